"""Following work to its end: polls at its own pace, through whatever keeps the provider from answering."""

from datetime import UTC, datetime
from typing import assert_never

from campaign.buying.deal import Deal
from campaign.buying.endings import failed, gone, moderated
from campaign.buying.patience import growing
from campaign.buying.reconcile import await_answer, look_up
from campaign.buying.recording import write_down
from campaign.buying.sending import Sending, Tried
from campaign.errors import ProviderBarred, ProviderBusy, SubmissionUnknown
from campaign.ledger.records import JobRecord
from campaign.model.outcomes import JobState, Reason
from campaign.providers.base import Generation, GenerationState

UNSURE = frozenset({JobState.INTENT, JobState.RECONCILING})
RUNNING = frozenset({JobState.SUBMITTED, JobState.CANCELLING})
_LEAST_S = 60.0
"""However old a job is, a run gives its provider so long to answer."""
_MOST_S = 60.0


class Following:
    """One job that its provider has, or may have. `result` is the finished generation, once there is one."""

    def __init__(self, deal: Deal, sending: Sending) -> None:
        self.result: Generation | None = None
        self._deal = deal
        self._sending = sending
        self._began = deal.counter.clock()
        self._troubles = 0
        self._odd: set[str] = set()

    async def to_its_end(self, record: JobRecord, *, at_once: bool = False) -> Tried:
        """The job once it is neither running nor unsure; `at_once` asks before the first pause.

        Raises ProviderBusy when it runs for longer than `deadline_s`, or cannot be asked for so long: it stays with the
        provider and is asked for by the next run. ProviderBarred likewise, when our key is refused.
        """
        tried = Tried(record)
        while True:
            if tried.record.state in UNSURE:
                tried = await self._clear_up(tried.record)
            elif tried.record.state in RUNNING:
                if not at_once:
                    await self._pause(tried.record)
                at_once = False
                tried = await self._look(tried.record)
            else:
                return tried

    async def _clear_up(self, record: JobRecord) -> Tried:
        """Find out whether an intent was accepted: go on with it, send it again, or leave it to a person."""
        deal = self._deal
        try:
            found = await await_answer(deal.counter, deal.holding, deal.provider, record)
        except SubmissionUnknown as doubt:
            purchases, write = deal.counter.ledger.purchases, deal.holding.write
            if record.state is JobState.INTENT:
                record = await write(purchases.reconciling, record.lease, "No answer was recorded.")
            return Tried(await write(purchases.in_doubt, record.lease, doubt.detail))
        found = found or await look_up(deal.counter, deal.provider, record)
        return await self._sending.resend(record) if found is None else Tried(await write_down(deal, record, found))

    async def _look(self, record: JobRecord) -> Tried:
        """Ask once. Silence and refusals never fail a job: it is there, and paid."""
        deal = self._deal
        try:
            answer = await deal.provider.poll(record.remote_id or record.intent_id)
        except ProviderBarred as barred:
            if deal.counter.patience.is_refused(deal.provider.name):
                raise ProviderBarred(deal.provider.name, self._left_there(record, barred.detail)) from barred
            return await self._wait(record, barred.detail)
        except ProviderBusy as busy:
            return await self._wait(record, busy.detail)
        self._troubles = 0
        deal.counter.patience.answered(deal.provider.name)
        return await self._heard(record, answer)

    async def _heard(self, record: JobRecord, answer: Generation) -> Tried:
        deal = self._deal
        match answer.state:
            case GenerationState.RUNNING:
                return Tried(await self._still_running(record, answer))
            case GenerationState.DONE:
                return Tried(await self._done(record, answer))
            case GenerationState.MODERATED:
                return Tried(await moderated(deal, record, answer))
            case GenerationState.FAILED:
                after, why = await failed(deal, record, answer)
                return Tried(after, None, why)
            case GenerationState.CANCELLED:
                return Tried(await self._cancelled(record, answer))
            case GenerationState.GONE if self._may_appear(record):
                return await self._wait(record, answer.detail or f"it does not know {record.remote_id}")
            case GenerationState.GONE:
                return Tried(await gone(deal.counter, deal.holding, record, answer))
            case _:
                assert_never(answer.state)

    async def _still_running(self, record: JobRecord, answer: Generation) -> JobRecord:
        if answer.odd and answer.odd not in self._odd:
            self._odd.add(answer.odd)
            note = f"{self._deal.provider.name} says {answer.odd!r}, a state that no document knows: taken for running."
            purchases = self._deal.counter.ledger.purchases
            record = await self._deal.holding.write(purchases.noted, record.lease, note, answer=answer.answer)
        if self._is_overdue(record):
            raise ProviderBusy(self._deal.provider.name, self._left_there(record, "it is still running"))
        return record

    async def _done(self, record: JobRecord, answer: Generation) -> JobRecord:
        deal = self._deal
        self.result = answer
        deal.counter.pace.learn(deal.provider.name, deal.job.operation, self._waited_s())
        deal.counter.patience.earn(deal.provider.name)
        return await deal.holding.write(
            deal.counter.ledger.purchases.ready,
            record.lease,
            price_usd=answer.price_usd,
            url_expires_at=answer.url_expires_at,
            answer=answer.answer,
        )

    async def _cancelled(self, record: JobRecord, answer: Generation) -> JobRecord:
        return await self._deal.holding.write(
            self._deal.counter.ledger.purchases.ended,
            record.lease,
            JobState.CANCELLED,
            reason=Reason.CANCELLED,
            note=answer.detail or f"{self._deal.provider.name} called it off.",
            answer=answer.answer,
        )

    async def _wait(self, record: JobRecord, detail: str) -> Tried:
        deal = self._deal
        if self._is_overdue(record):
            raise ProviderBusy(deal.provider.name, self._left_there(record, detail))
        pause = growing(self._troubles, max(deal.provider.traits.poll_s, 0.01), _MOST_S)
        deal.counter.complain(deal.provider.name, detail, pause)
        await deal.counter.hints.pause(record, pause)
        self._troubles += 1
        return Tried(record)

    def _may_appear(self, record: JobRecord) -> bool:
        """Whether an id that they do not know is too young to be given up."""
        visible_s = self._deal.provider.traits.visible_s
        if not visible_s or record.last_send_by is None:
            return False
        return (datetime.now(UTC) - record.last_send_by).total_seconds() < visible_s

    def _is_overdue(self, record: JobRecord) -> bool:
        deadline_s = self._deal.provider.traits.deadline_s
        if record.last_send_by is None or self._waited_s() < min(_LEAST_S, deadline_s):
            return False
        return (datetime.now(UTC) - record.last_send_by).total_seconds() > deadline_s

    def _left_there(self, record: JobRecord, why: str) -> str:
        return (
            f"job {self._deal.job.short} is there as {record.remote_id} and stays there: {why}. Run again later: it is asked "
            "for then, and not bought again."
        )

    async def _pause(self, record: JobRecord) -> None:
        deal = self._deal
        pause = deal.counter.pace.pause(
            deal.provider.name, deal.job.operation, deal.provider.traits.poll_s, self._waited_s()
        )
        await deal.counter.hints.pause(record, pause)

    def _waited_s(self) -> float:
        return self._deal.counter.clock() - self._began
