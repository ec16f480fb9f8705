"""Jobs of earlier runs that this one does not want: a row was changed, or fewer are selected. What is paid is collected anyway.

Nothing is bought here. Left alone, such jobs would hold money and slots for good, and their results would die at the vendor.
"""

import asyncio
from collections.abc import Collection
from datetime import UTC, datetime

from campaign.buying.collecting import collect
from campaign.buying.counter import Counter
from campaign.buying.endings import billed_usd, gone
from campaign.buying.holding import Holding, to_the_end
from campaign.buying.patience import growing
from campaign.buying.reconcile import await_answer, look_up, out_of_doubt
from campaign.errors import FenceLost, LedgerError, ProviderBarred, ProviderBusy, StoreError, SubmissionUnknown
from campaign.ledger.records import JobRecord
from campaign.model.outcomes import JobState, Reason
from campaign.providers.base import Generation, GenerationState, Provider

_UNSURE = frozenset({JobState.INTENT, JobState.RECONCILING})
_RUNNING = frozenset({JobState.SUBMITTED, JobState.CANCELLING})
_SIDE_BY_SIDE = 8
_MOST_S = 60.0


async def collect_leftovers(counter: Counter, campaign: str, wanted: Collection[str], held: set[str]) -> None:
    """Bring every paid job of a campaign that is under way, not `wanted` and held by nobody as far as it can be brought now.

    Those in doubt are among them, wanted or not, where the provider has told of them since. What does not work now is left to
    the next run. Its leases are kept in `held`, for whoever renews them.
    """
    states = (*_UNSURE, *_RUNNING, JobState.READY, JobState.IN_DOUBT)
    records = await counter.desk.ask(counter.ledger.records_in, campaign, states)
    few = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def one(record: JobRecord) -> None:
        async with few:
            await _Leftover(counter, record, held).bring(record)

    ours = (record for record in records if record.key not in wanted or record.state is JobState.IN_DOUBT)
    await asyncio.gather(*(one(record) for record in ours if record.price_usd))


class _Leftover:
    """One job, of which nothing is known but its row."""

    def __init__(self, counter: Counter, record: JobRecord, held: set[str]) -> None:
        self._counter = counter
        self._purchases = counter.ledger.purchases
        self._holding = Holding(counter, record.key, held)
        self._result: Generation | None = None

    async def bring(self, record: JobRecord) -> None:
        provider = self._counter.providers.get(record.provider)
        if provider is None:
            return
        try:
            if record.state is JobState.IN_DOUBT:
                record = await out_of_doubt(self._counter, self._holding, provider, record) or record
            else:
                record = await self._holding.claim(record)
            if self._holding.record is not None:
                await self._go_through(provider, record)
        except (FenceLost, LedgerError, ProviderBusy, ProviderBarred, StoreError):
            return  # it stays as it is, by name, in the ledger
        finally:
            await to_the_end(self._holding.let_go())

    async def _go_through(self, provider: Provider, record: JobRecord) -> None:
        if record.state in _UNSURE:
            record = await self._clear_up(provider, record)
        if record.state in _RUNNING:
            record = await self._follow(provider, record)
        if record.state is JobState.READY:
            await collect(self._counter, self._holding, None, record, self._result)

    async def _clear_up(self, provider: Provider, record: JobRecord) -> JobRecord:
        write = self._holding.write
        try:
            found = await await_answer(self._counter, self._holding, provider, record)
        except SubmissionUnknown as doubt:
            if record.state is JobState.INTENT:
                record = await write(self._purchases.reconciling, record.lease, "No answer was recorded.")
            return await write(self._purchases.in_doubt, record.lease, doubt.detail)
        found = found or await look_up(self._counter, provider, record)
        if found is None:
            return await write(self._purchases.unsent, record.lease, "It never arrived, and is not wanted now.")
        told = {"remote_id": found.remote_id, "request_id": found.request_id, "answer": found.answer}
        return await write(self._purchases.submitted, record.lease, **told)

    async def _follow(self, provider: Provider, record: JobRecord) -> JobRecord:
        counter, began, troubles = self._counter, self._counter.clock(), 0
        while True:
            try:
                answer = await provider.poll(record.remote_id or record.intent_id)
            except ProviderBusy as busy:
                _require_time(provider, record, busy.detail)
                pause, troubles = growing(troubles, max(provider.traits.poll_s, 0.01), _MOST_S), troubles + 1
            else:
                if answer.state is not GenerationState.RUNNING:
                    return await self._ended(provider, record, answer)
                _require_time(provider, record, "it is still running")
                waited_s = counter.clock() - began
                pause = counter.pace.pause(provider.name, record.operation, provider.traits.poll_s, waited_s)
            await counter.hints.pause(record, pause)

    async def _ended(self, provider: Provider, record: JobRecord, answer: Generation) -> JobRecord:
        purchases, write = self._purchases, self._holding.write
        match answer.state:
            case GenerationState.DONE:
                self._result = answer
                return await write(
                    purchases.ready, record.lease, price_usd=answer.price_usd, url_expires_at=answer.url_expires_at,
                    answer=answer.answer,
                )  # fmt: skip
            case GenerationState.GONE:
                return await gone(self._counter, self._holding, record, answer)
            case GenerationState.FAILED if not answer.billed and not answer.hopeless:
                return await write(purchases.again, record.lease, answer.detail, answer=answer.answer)
            case GenerationState.CANCELLED:
                to, reason = JobState.CANCELLED, Reason.CANCELLED
            case GenerationState.MODERATED:
                to, reason = JobState.REJECTED, Reason.MODERATED
            case _:
                to, reason = JobState.DEAD if answer.billed else JobState.REJECTED, Reason.REJECTED
        return await write(
            purchases.ended, record.lease, to, reason=reason,
            note=f"{provider.name}: {answer.detail or 'called off'} ({answer.remote_id})",
            billed_usd=billed_usd(record, answer) if answer.billed else None, answer=answer.answer,
        )  # fmt: skip


def _require_time(provider: Provider, record: JobRecord, why: str) -> None:
    """Raise ProviderBusy when a job is older than its provider's deadline."""
    sent = record.last_send_by or record.updated_at
    if (datetime.now(UTC) - sent).total_seconds() > provider.traits.deadline_s:
        raise ProviderBusy(provider.name, f"{record.remote_id} stays there: {why}")
