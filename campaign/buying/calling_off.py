"""Calling off what runs at vendors, where they can: what is not called off for certain is collected, or named with its price."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from campaign.buying.collecting import collect
from campaign.buying.counter import Counter
from campaign.buying.desk import Desk
from campaign.buying.endings import billed_usd, gone
from campaign.buying.gate import Gate
from campaign.buying.hints import Hints
from campaign.buying.holding import Holding, to_the_end
from campaign.buying.inspecting import Inspect, inspect_film
from campaign.buying.purse import Purse
from campaign.errors import FenceLost, ProviderBarred, ProviderBusy, StoreError
from campaign.ledger.ledger import Ledger
from campaign.ledger.owner import new_owner
from campaign.ledger.records import JobRecord
from campaign.model.jobs import PlannedJob
from campaign.model.money import ZERO
from campaign.model.outcomes import JobState, Reason
from campaign.providers.base import Generation, GenerationState, Provider
from campaign.store.files import Store

GRACE_S = 30.0
"""How long a cancel waits for vendors to say what became of it."""
_LEAST_S = 5.0
"""What is done is fetched for so long at least; what takes longer than the grace is for the next run."""
BILLING = (JobState.INTENT, JobState.RECONCILING, JobState.IN_DOUBT, JobState.SUBMITTED, JobState.CANCELLING)
"""States in which a job is, or may be, with a vendor and not yet paid."""
_RUNNING = frozenset({JobState.SUBMITTED, JobState.CANCELLING})
_SIDE_BY_SIDE = 8


@dataclass(frozen=True, slots=True)
class CalledOff:
    """What came of calling off: jobs that cost nothing any more, results that were done and are kept, and what still bills:
    `remote_id` is its name at the vendor (None: not known), `price_reserved_usd` the most that it will cost."""

    cancelled: tuple[JobRecord, ...]
    collected: tuple[JobRecord, ...]
    billing: tuple[JobRecord, ...]


def at_most_usd(records: tuple[JobRecord, ...]) -> Decimal:
    """What jobs under way will cost at most."""
    return sum((record.price_reserved_usd for record in records), ZERO)


async def call_off(
    *,
    ledger: Ledger,
    store: Store,
    providers: Mapping[str, Provider],
    campaign: str,
    jobs: Mapping[str, PlannedJob] | None = None,
    rate: Fraction = Fraction(24),
    grace_s: float = GRACE_S,
    inspect: Inspect = inspect_film,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> CalledOff:
    """Call off every job of a campaign that runs at a provider which can, when no run holds it; collect what is done.

    `jobs` are those of the plan, where there is one: results are held against them. A job is CANCELLED only when its vendor
    confirms it within `grace_s`; one that had finished is STORED. Safe to repeat. Raises LedgerError.
    """
    desk = Desk()
    counter = Counter(
        ledger=ledger,
        store=store,
        providers=providers,
        gate=Gate({}, cores=1),
        purse=Purse(campaign=campaign, run="cancel"),
        owner=new_owner(),
        desk=desk,
        hints=Hints(ledger, desk, sleep),
        inspect=inspect,
        sleep=sleep,
        lease_s=grace_s + 600.0,
        watch_s=0.5,
        rate=rate,
    )
    records = await counter.desk.ask(ledger.records_in, campaign, (*BILLING, JobState.READY))
    few, planned = asyncio.Semaphore(_SIDE_BY_SIDE), jobs or {}

    async def one(record: JobRecord) -> JobRecord:
        async with few:
            return await _Call(counter, record.key, planned.get(record.key), grace_s).run(record)

    try:
        after = await asyncio.gather(*(one(record) for record in records if record.price_usd))
    finally:
        counter.desk.close()
    return CalledOff(
        cancelled=tuple(record for record in after if record.state is JobState.CANCELLED),
        collected=tuple(record for record in after if record.state is JobState.STORED),
        billing=tuple(record for record in after if record.state in BILLING),
    )


class _Call:
    """One job that is to be called off."""

    def __init__(self, counter: Counter, key: str, planned: PlannedJob | None, grace_s: float) -> None:
        self._counter = counter
        self._holding = Holding(counter, key, set())
        self._job = planned.job if planned else None
        self._until = counter.clock() + grace_s

    async def run(self, record: JobRecord) -> JobRecord:
        """The job afterwards. What cannot be reached, or is held by a run, stays as it is."""
        provider = self._counter.providers.get(record.provider)
        wanted = record.state is JobState.READY or (record.state in _RUNNING and provider and provider.traits.cancels)
        if provider is None or not wanted:
            return record
        try:
            record = await self._holding.claim(record)
            if self._holding.record is None:
                return record
            return await self._go_through(provider, record)
        except (FenceLost, ProviderBusy, ProviderBarred, StoreError, TimeoutError):
            return await self._holding.read()
        finally:
            await to_the_end(self._holding.let_go())

    async def _go_through(self, provider: Provider, record: JobRecord) -> JobRecord:
        answer = None
        if record.state is not JobState.READY:
            record = await self._holding.write(
                self._counter.ledger.purchases.cancelling, record.lease, "A person called it off."
            )
            answer = await self._outcome(provider, record.remote_id or record.intent_id)
            if answer is None:
                return record
            record = await self._ended(provider, record, answer)
        if record.state is JobState.READY:
            async with asyncio.timeout(max(self._until - self._counter.clock(), _LEAST_S)):
                record = await collect(self._counter, self._holding, self._job, record, answer)
        return record

    async def _outcome(self, provider: Provider, remote_id: str) -> Generation | None:
        """How the work ended, None when that is not known within the grace."""
        asked = False
        while True:
            try:
                answer = await (provider.poll(remote_id) if asked else provider.cancel(remote_id))
                asked = True
                if answer.state is not GenerationState.RUNNING:
                    return answer
            except ProviderBusy:
                pass
            if self._counter.clock() > self._until:
                return None
            await self._counter.sleep(max(provider.traits.poll_s, 0.05))

    async def _ended(self, provider: Provider, record: JobRecord, answer: Generation) -> JobRecord:
        purchases, write = self._counter.ledger.purchases, self._holding.write
        if answer.state is GenerationState.DONE:
            return await write(
                purchases.ready,
                record.lease,
                price_usd=answer.price_usd,
                url_expires_at=answer.url_expires_at,
                answer=answer.answer,
            )
        if answer.state is GenerationState.GONE:
            return await gone(self._counter, self._holding, record, answer)
        called_off = answer.state is GenerationState.CANCELLED
        detail = answer.detail or (
            "called off" if called_off else f"it was {answer.state} before it could be called off"
        )
        return await write(
            purchases.ended,
            record.lease,
            JobState.DEAD if answer.billed else JobState.CANCELLED,
            reason=Reason.REJECTED if answer.billed else Reason.CANCELLED,
            note=f"{provider.name}: {detail} ({answer.remote_id})",
            billed_usd=billed_usd(record, answer) if answer.billed else None,
            answer=answer.answer,
        )
