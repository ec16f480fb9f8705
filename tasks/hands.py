"""The hands of a real run: sources from master and store, jobs through the buyer, films through finishing."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from pathlib import Path

from campaign.buying.bought import Bought
from campaign.buying.buyer import Buyer
from campaign.buying.choosing import failover_of
from campaign.buying.gate import LOCAL, Gate
from campaign.buying.limits import limits_of
from campaign.buying.postman import Postman
from campaign.buying.purse import Purse, run_scope
from campaign.delivery.finishing import finish
from campaign.delivery.pieces import CUTS
from campaign.errors import LedgerError, SetupError
from campaign.gathering.gather import gather
from campaign.ledger.records import Money
from campaign.media.film.cutting import cut_segment
from campaign.model.finished import Finished
from campaign.model.jobs import Job, Operation, PlannedJob
from campaign.model.orders import CapUse, RunOrder
from campaign.model.outcomes import JobState
from campaign.model.plan import Film
from campaign.model.standing import Standing
from campaign.net.hooks import SPEAKERS
from campaign.preparing.billing import asked_about
from campaign.preparing.prepare import Prepared
from campaign.providers import open_provider
from campaign.providers.base import Provider
from campaign.settings import Settings
from tasks.outstanding import UNDER_WAY

USUAL_SLOTS = 6
ROUND_S = 10.0
"""Between looks for what dead machines left. Their leases end a minute after their last word."""
LAST_WORDS_S = 10.0
"""So long does a run that has done its own work wait for what earlier ones left at providers: the next one goes on with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignHands:
    """Makes jobs and films of a prepared campaign. `selected` are the ids of the films the run was asked for."""

    prepared: Prepared
    buyer: Buyer
    gate: Gate
    providers: frozenset[str]
    run_id: str
    selected: frozenset[str]
    purse: Purse

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
                wanted=self.selected,
            )

    def waiting(self) -> int:
        """Who waits at the gate: at a vendor by operation, on this machine everybody together."""
        vendors = self.providers - {LOCAL}
        pools = [(LOCAL, "finish"), *((name, operation) for name in vendors for operation in Operation)]
        return sum(self.gate.waiting(provider, operation) for provider, operation in pools)

    def money(self) -> Money:
        """What the campaign holds and has spent."""
        return self.prepared.ledger.money(self.prepared.plan.campaign)

    def limits(self) -> tuple[CapUse, ...]:
        """The budgets that the run pays from, and what is taken from each."""
        return limits_of(self.prepared.ledger, self.purse)

    def spent_usd(self) -> Decimal:
        """What jobs that this run sent off were billed by now."""
        return self.prepared.ledger.budget(run_scope(self.run_id)).spent_usd

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


class Leftovers(Enum):
    """Whether a run brings in paid work that nobody living holds: ONCE what it does not want itself, AGAIN_AND_AGAIN what any
    machine that died leaves at providers, whose slots it holds there, NEVER when the run that it is a part of does so."""

    ONCE = "once"
    AGAIN_AND_AGAIN = "again and again"
    NEVER = "never"


async def _collect(buyer: Buyer, campaign: str, wanted: Iterable[str], leftovers: Leftovers) -> None:
    match leftovers:
        case Leftovers.ONCE:
            await buyer.collect_leftovers(campaign, frozenset(wanted))
        case Leftovers.AGAIN_AND_AGAIN:
            while True:
                with suppress(LedgerError):  # the next round asks it again
                    await buyer.collect_leftovers(campaign, frozenset())
                await asyncio.sleep(ROUND_S)
        case Leftovers.NEVER:
            return


@asynccontextmanager
async def campaign_hands(
    prepared: Prepared,
    order: RunOrder,
    run_id: str,
    films: tuple[Film, ...],
    settings: Settings,
    *,
    leftovers: Leftovers,
) -> AsyncIterator[CampaignHands]:
    """Hands for a run of `films`, whose providers are closed with the block. `leftovers` says what is collected beside it.

    Raises SetupError for a provider that is not built, or whose key is missing.
    """
    campaign, plan = prepared.brief.campaign, prepared.plan
    keys = dict.fromkeys(key for film in films for key in film.jobs)
    gate = Gate(campaign.slots, cores())
    agreed = await asyncio.to_thread(asked_about, prepared, films, part=leftovers is Leftovers.NEVER)
    failover = failover_of(campaign, plan, prepared.brief.catalogue.providers, dearer=not agreed)
    needed = dict.fromkeys((*(plan.jobs[key].provider for key in keys), *(other.name for other in failover.others)))
    under_way = await asyncio.to_thread(_under_way, prepared, keys)
    purse = purse_of(prepared, order, run_id)
    async with _opened(prepared, settings, needed, under_way) as providers:
        buyer = Buyer(
            ledger=prepared.ledger,
            store=prepared.store,
            providers=providers,
            gate=gate,
            purse=purse,
            rate=plan.master.rate,
            failover=failover,
            moderation_retries=campaign.moderation_retries,
            hooked=SPEAKERS if settings.webhook_url else (),
            postman=Postman(settings, settings.ledger_url(order.campaign_file.absolute().parent), providers.values()),
        )
        collecting = asyncio.create_task(_collect(buyer, plan.campaign, keys, leftovers), name="leftovers")
        try:
            yield CampaignHands(
                prepared=prepared,
                buyer=buyer,
                gate=gate,
                providers=frozenset(providers),
                run_id=run_id,
                selected=frozenset(film.id for film in films),
                purse=purse,
            )
            await asyncio.wait({collecting}, timeout=LAST_WORDS_S if leftovers is Leftovers.ONCE else 0)
        finally:
            collecting.cancel()
            await asyncio.gather(collecting, return_exceptions=True)
            buyer.close()


def _under_way(prepared: Prepared, keys: Iterable[str]) -> list[str]:
    """Where jobs were bought before: what lies there, or has to be fetched anew, is asked for there."""
    ledger = prepared.ledger
    stored = (record for record in ledger.records(keys).values() if record.state is JobState.STORED)
    return sorted({record.provider for record in (*stored, *ledger.records_in(prepared.plan.campaign, UNDER_WAY))})


@asynccontextmanager
async def _opened(
    prepared: Prepared, settings: Settings, needed: Iterable[str], wanted: Iterable[str]
) -> AsyncIterator[dict[str, Provider]]:
    """All that are `needed`, and of those `wanted` whichever can be opened: a job there says so when its turn comes."""
    async with AsyncExitStack() as closing:
        opened: dict[str, Provider] = {}
        for name in dict.fromkeys((*needed, *wanted)):
            try:
                provider = open_provider(
                    name,
                    engine=prepared.engine,
                    temporary=prepared.store.temporary,
                    settings=settings,
                    shelf=prepared.ledger.shelf,
                )
            except SetupError:
                if name in needed:
                    raise
                continue
            closing.push_async_callback(provider.close)
            opened[name] = provider
        yield opened


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
