"""The hands of a real run: sources from master and store, jobs through the buyer, films through finishing."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from campaign.buying.buyer import Bought, Buyer
from campaign.buying.gate import Gate
from campaign.delivery.finishing import CUTS, finish
from campaign.errors import StoreError
from campaign.gathering.gather import gather
from campaign.ledger.records import JobRecord, Money
from campaign.media.cutting import cut_segment
from campaign.model.finished import Finished
from campaign.model.jobs import PlannedJob
from campaign.model.plan import Film
from campaign.model.standing import Standing
from campaign.preparing.prepare import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignHands:
    """Makes jobs and films of a prepared campaign. `selected` are the ids of the films the run was asked for."""

    prepared: Prepared
    buyer: Buyer
    gate: Gate
    selected: frozenset[str]

    async def make(self, planned: PlannedJob) -> Bought:
        """Buy a job: a modify from the master's frames, a reframe from what its parent left in the store."""
        if planned.job.parent is None:
            return await self.buyer.obtain(planned, await self._cut(planned), None)
        parent = await asyncio.to_thread(self.prepared.ledger.record, planned.job.parent)
        return await self.buyer.obtain(planned, self._left_by(parent, planned), parent)

    async def finish(self, film: Film) -> tuple[Finished, ...]:
        """Put a film together, in its turn on this machine."""
        prepared = self.prepared
        async with self.gate.slot("local", "finish"):
            return await finish(
                film,
                prepared.plan,
                ledger=prepared.ledger,
                store=prepared.store,
                home=prepared.home,
                engine=prepared.engine,
            )

    def money(self) -> Money:
        """What the campaign holds and has spent."""
        return self.prepared.ledger.money(self.prepared.plan.campaign)

    def gather(self) -> tuple[str, ...]:
        """Place, count and show what there is."""
        return gather(self.prepared, self.selected).withdrawn

    def standing(self) -> Standing:
        """Where every film stands now."""
        return self.prepared.standing()

    async def _cut(self, planned: PlannedJob) -> Path:
        plan, job = self.prepared.plan, planned.job
        return await cut_segment(plan.master, job.segment, job.size, self.prepared.home / CUTS, self.prepared.engine)

    def _left_by(self, parent: JobRecord | None, planned: PlannedJob) -> Path:
        if parent is None or parent.artifact_sha256 is None:
            raise StoreError(f"job {planned.job.short}: its parent has left no file in the store; run again to make it")
        return self.prepared.store.local(parent.artifact_sha256)
