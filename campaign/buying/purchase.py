"""One job on its way from the plan to the store. The order of writes here is what money depends on."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from campaign.buying.bought import Bought, bought
from campaign.buying.choosing import best, refused_by
from campaign.buying.collecting import collect, restore
from campaign.buying.counter import Counter
from campaign.buying.deal import Deal
from campaign.buying.following import Following
from campaign.buying.holding import Holding, to_the_end
from campaign.buying.ordering import Want, order_of
from campaign.buying.patience import growing
from campaign.buying.reconcile import out_of_doubt
from campaign.buying.sending import Sending, Tried
from campaign.errors import FenceLost, ProviderBusy
from campaign.ledger.records import JobRecord
from campaign.model.jobs import PlannedJob
from campaign.model.outcomes import JobState, Reason
from campaign.providers.base import Generation

_TO_BUY = frozenset({JobState.PLANNED, JobState.BUDGET, JobState.CANCELLED, JobState.REJECTED})
_ENDED = frozenset({JobState.DEAD, JobState.LOST, JobState.IN_DOUBT})


class Purchase:
    """Obtains one job. Whatever happens, its row stays in a state from which the next attempt continues."""

    def __init__(self, counter: Counter, want: Want, held: set[str]) -> None:
        self._counter = counter
        self._want = want
        self._holding = Holding(counter, want.planned.job.key, held)
        self._result: Generation | None = None
        self._over: str | None = None
        self._stays = ""

    async def run(self) -> Bought:
        """The job's end, as far as it can be reached now.

        Raises ProviderBusy and LedgerBusy (repeat), ProviderBarred (it lies at a provider that refuses our key), StoreError,
        SetupError.
        """
        try:
            return await self._drive()
        finally:
            await to_the_end(self._holding.let_go())

    async def _drive(self) -> Bought:
        record = await self._holding.read()
        came_as = record.state
        while not await self._is_over(record, came_as):
            try:
                record = await self._step(record)
                if record.state is JobState.IN_DOUBT:
                    record = await self._told_of(record)
            except FenceLost:  # our answer is dropped, the new owner's is awaited
                self._holding.lose()
                record = await self._holding.read()
            if self._over is not None:
                return bought(record, reused=False, note=self._with_price(self._over))
        return bought(record, reused=not self._holding.worked)

    async def _told_of(self, record: JobRecord) -> JobRecord:
        """A job that has come into doubt, once its provider tells of it unasked; as it is when it does not. No slot is held
        meanwhile."""
        provider = self._counter.providers.get(record.provider)
        if provider is None or record.last_send_by is None:
            return record
        left = (record.last_send_by - datetime.now(UTC)).total_seconds() + provider.traits.told_s
        return await out_of_doubt(self._counter, self._holding, provider, record, left) or record

    async def _step(self, record: JobRecord) -> JobRecord:
        if record.state in _TO_BUY:
            return await self._buy(record)
        if not self._holding.is_ours(record):
            return await self._holding.take_over(record)
        match record.state:
            case JobState.STORED:
                return await restore(self._counter, self._holding, record)
            case JobState.READY:
                return await collect(self._counter, self._holding, self._want.planned.job, record, self._result)
            case _:
                return await self._resume(record)

    async def _is_over(self, record: JobRecord, came_as: JobState) -> bool:
        """Whether nothing is left to do: an end, or bytes that are here."""
        match record.state:
            case JobState.STORED:
                return await asyncio.to_thread(self._is_kept, record)
            case JobState.REJECTED:
                if record.reason is not Reason.MODERATED and self._counter.failover.others:
                    return False
                return self._holding.worked or record.provider == self._want.planned.provider
            case JobState.CANCELLED:  # while we had it, or waited for it: only a new run buys it again
                return came_as is not JobState.CANCELLED
            case _:
                return record.state in _ENDED

    def _is_kept(self, record: JobRecord) -> bool:
        """Whether the store has all files of a result, wherever it lies."""
        extras = [extra.sha256 for extra in record.extras]
        return all(map(self._counter.store.exists, [record.artifact_sha256 or "", *extras]))

    async def _buy(self, record: JobRecord) -> JobRecord:
        """Reserve, write the intent, send, wait for the end: all of it in one slot. `_over` says why it was not bought."""
        planned, counter = await self._choose(record), self._counter
        if planned is None:
            self._over = record.note
            return record
        provider = counter.provider(planned.provider)
        async with counter.gate.slot(provider.name, planned.job.operation, priority=planned.priority):
            await asyncio.to_thread(counter.store.require_room)
            deal = self._deal(planned)
            sending = Sending(deal)
            tried = await self._send(sending, deal, record)
            if self._holding.is_ours(tried.record):
                tried = await self._follow(deal, sending, tried.record)
        untouched = tried.record.fence == record.fence and tried.again_s is None
        return await self._heed(tried, over=untouched)

    async def _send(self, sending: Sending, deal: Deal, record: JobRecord) -> Tried:
        """Try until it is sent, or cannot be in this run, or had better be bought elsewhere (`again_s` 0 then).

        Raises ProviderBusy when patience is at its end.
        """
        counter, name = self._counter, deal.provider.name
        began = counter.clock()
        while True:
            why = counter.patience.barred.get(name)
            tried = await sending.try_once(record) if why is None else Tried(record, None, why)
            if tried.record.state not in _TO_BUY:
                return tried
            if await self._may_turn(deal, tried.record):
                return Tried(tried.record, 0.0)
            if tried.again_s is None:
                return tried
            if counter.patience.is_over(name, began):
                minutes, why = (counter.clock() - began) / 60, self._with_price(tried.why)
                raise ProviderBusy(name, f"job {deal.job.short} could not be sent for {minutes:.0f} min: {why}")
            pause = growing(0, tried.again_s, tried.again_s)
            counter.complain(name, tried.why, pause)
            await counter.sleep(pause)
            record = tried.record

    async def _resume(self, record: JobRecord) -> JobRecord:
        """Go on with what was sent before. At a vendor it runs already: it counts as a slot, but waits for none."""
        counter, planned = self._counter, self._want.planned
        provider = counter.provider(record.provider)
        deal = self._deal(replace(planned, provider=record.provider, price_usd=record.price_usd))
        async with counter.gate.slot(provider.name, planned.job.operation, at_once=not provider.traits.free):
            tried = await self._follow(deal, Sending(deal), record, at_once=True)
        return await self._heed(tried)

    async def _follow(self, deal: Deal, sending: Sending, record: JobRecord, *, at_once: bool = False) -> Tried:
        following = Following(deal, sending)
        tried = await following.to_its_end(record, at_once=at_once)
        self._result = following.result
        return tried

    async def _heed(self, tried: Tried, *, over: bool = False) -> JobRecord:
        """Do as a try says that did not lead to a purchase: wait, or end here (`over`, or it says why)."""
        if tried.record.state in _TO_BUY:
            if tried.again_s:
                await self._counter.sleep(tried.again_s)
            elif over or (tried.again_s is None and tried.why):
                self._over = tried.why or tried.record.note
        return tried.record

    async def _choose(self, record: JobRecord) -> PlannedJob | None:
        """The job at the provider where it is bought now; None when all that may be turned to have refused it."""
        counter, planned = self._counter, self._want.planned
        places = counter.failover.places(planned, self._want.parent)
        if not counter.failover.others or record.reason is Reason.MODERATED:
            return planned
        refused: frozenset[str] = frozenset()
        if record.state is JobState.REJECTED:
            history = await counter.desk.ask(counter.ledger.history, record.key)
            refused = refused_by(history, [place.provider for place in places])
        routes = await counter.desk.ask(counter.ledger.routes) if len(places) > 1 else ()
        choose = partial(best, routes=routes, barred=counter.patience.barred, refused=refused)
        place, self._stays = counter.failover.chosen(planned, places, choose)
        return place

    def _with_price(self, why: str) -> str:
        """Why it was not bought; with what kept it from the next place, where that is its price."""
        return f"{why.rstrip('.')}. {self._stays}" if self._stays else why

    async def _may_turn(self, deal: Deal, record: JobRecord) -> bool:
        """Whether there is a better place than this one by now."""
        if not self._counter.failover.others:
            return False
        better = await self._choose(record)
        return better is not None and better.provider != deal.provider.name

    def _deal(self, planned: PlannedJob) -> Deal:
        make_order = partial(order_of, self._counter, self._want, planned.provider)
        return Deal(self._counter, self._holding, self._counter.provider(planned.provider), planned, make_order)
