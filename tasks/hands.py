"""The hands of a real run: sources from master and store, jobs through the buyer, films through finishing."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from campaign.buying.bought import Bought
from campaign.buying.buyer import Buyer
from campaign.buying.gate import LOCAL, Gate
from campaign.buying.purse import Purse
from campaign.delivery.finishing import CUTS, finish
from campaign.gathering.gather import gather
from campaign.ledger.records import Money
from campaign.media.cutting import cut_segment
from campaign.model.finished import Finished
from campaign.model.jobs import Job, Operation, PlannedJob
from campaign.model.orders import RunOrder
from campaign.model.plan import Film
from campaign.model.standing import Standing
from campaign.preparing.prepare import Prepared
from campaign.providers import open_provider

USUAL_SLOTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignHands:
    """Makes jobs and films of a prepared campaign. `selected` are the ids of the films the run was asked for."""

    prepared: Prepared
    buyer: Buyer
    gate: Gate
    providers: frozenset[str]
    run_id: str
    selected: frozenset[str]

    async def make(self, planned: PlannedJob) -> Bought:
        """Buy a job: a modify from the master's frames, a reframe from what its parent left in the store."""
        parent = planned.job.parent
        record = await asyncio.to_thread(self.prepared.ledger.record, parent) if parent is not None else None
        return await self.buyer.obtain(planned, await self._cut(planned.job), record)

    async def finish(self, film: Film) -> tuple[Finished, ...]:
        """Put a film together, in its turn on this machine."""
        prepared = self.prepared
        async with self.gate.slot(LOCAL, "finish", priority=film.variant.priority):
            return await finish(
                film,
                prepared.plan,
                ledger=prepared.ledger,
                store=prepared.store,
                home=prepared.home,
                engine=prepared.engine,
            )

    def waiting(self) -> int:
        """Who waits at the gate: at a vendor by operation, on this machine everybody together."""
        vendors = self.providers - {LOCAL}
        pools = [(LOCAL, "finish"), *((name, operation) for name in vendors for operation in Operation)]
        return sum(self.gate.waiting(provider, operation) for provider, operation in pools)

    def money(self) -> Money:
        """What the campaign holds and has spent."""
        return self.prepared.ledger.money(self.prepared.plan.campaign)

    def gather(self) -> tuple[str, ...]:
        """Place, count and show what there is."""
        return gather(self.prepared, self.selected).withdrawn

    def standing(self) -> Standing:
        """Where every film stands now."""
        return self.prepared.standing()

    def conclude(self, outcome: str) -> None:
        """Write down how the run ended."""
        self.prepared.ledger.end_run(self.run_id, outcome)

    async def _cut(self, job: Job) -> Path:
        """The master's own frames of a job's segment, at the size of the modify that it hangs on."""
        plan = self.prepared.plan
        root = job
        while root.parent is not None:
            root = plan.jobs[root.parent].job
        return await cut_segment(plan.master, job.segment, root.size, self.prepared.home / CUTS, self.prepared.engine)


@contextmanager
def campaign_hands(
    prepared: Prepared, order: RunOrder, run_id: str, films: tuple[Film, ...]
) -> Iterator[CampaignHands]:
    """Hands for a run of `films`; close them in the loop that used them. Raises SetupError for a provider not built."""
    campaign, plan = prepared.brief.campaign, prepared.plan
    needed = frozenset(plan.jobs[key].provider for film in films for key in film.jobs)
    gate = Gate(campaign.slots, cores())
    buyer = Buyer(
        ledger=prepared.ledger,
        store=prepared.store,
        providers={
            name: open_provider(name, engine=prepared.engine, temporary=prepared.store.temporary) for name in needed
        },
        gate=gate,
        purse=purse_of(prepared, order, run_id),
    )
    try:
        yield CampaignHands(
            prepared=prepared,
            buyer=buyer,
            gate=gate,
            providers=needed,
            run_id=run_id,
            selected=frozenset(film.id for film in films),
        )
    finally:
        buyer.close()


def purse_of(prepared: Prepared, order: RunOrder, run_id: str) -> Purse:
    """The budgets that a run pays from: the campaign's, and its own `max_usd`."""
    campaign = prepared.brief.campaign
    return Purse(
        campaign=campaign.name,
        run=run_id,
        budget=campaign.budget,
        run_usd=order.max_usd,
        markets={film.variant.key: film.variant.market for film in prepared.plan.films},
        timezone=campaign.timezone,
    )


def window(provider: str, slots: Mapping[tuple[str, str], int]) -> int:
    """How many variants to keep open: twice the slots, so that no slot waits for a task run to begin."""
    usual = cores() if provider == LOCAL else USUAL_SLOTS
    return 2 * max((size for (name, _), size in slots.items() if name == provider), default=usual)


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
