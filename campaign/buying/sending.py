"""Sending a job and waiting for its end, inside a slot: intent, one POST, its id on disk, polls."""

from collections.abc import Callable
from decimal import Decimal

from campaign.buying.counter import Counter
from campaign.buying.holding import Holding, to_the_end
from campaign.buying.reconcile import look_up
from campaign.errors import FenceLost, LedgerError, ProviderBusy, ProviderRejected, SubmissionUnknown
from campaign.ledger.records import Intent, JobRecord
from campaign.model.jobs import Job, PlannedJob
from campaign.model.outcomes import JobState, Reason
from campaign.providers.base import Generation, GenerationState, Order, Provider, SendBy

_UNSURE = frozenset({JobState.INTENT, JobState.RECONCILING})
_RUNNING = frozenset({JobState.SUBMITTED, JobState.CANCELLING})
_RESENDS = 3
"""How often one purchase sends an intent anew that was proved not to have arrived."""

_STUBBORN_S = (0.2, 1.0, 3.0, 5.0)

MakeOrder = Callable[[str], Order]
"""The order of a job, sent under the intent id given."""


class Sending:
    """One job at one provider. `result` is the finished generation, once there is one."""

    def __init__(self, counter: Counter, holding: Holding, provider: Provider, job: Job, make_order: MakeOrder) -> None:
        self.result: Generation | None = None
        self._counter = counter
        self._purchases = counter.ledger.purchases
        self._holding = holding
        self._provider = provider
        self._job = job
        self._make_order = make_order
        self._began = counter.clock()
        self._resends = 0

    async def begin(self, planned: PlannedJob, intent_id: str) -> JobRecord:
        """Take the job, reserve its price, send it, wait for its end; the row as it is when it may not be bought."""
        send_by = SendBy(self._provider.traits.send_s)  # before the ledger's own, so that it never ends later
        intent = await to_the_end(self._intend(planned, self._make_order(intent_id)))
        if not intent.granted:
            return intent.record
        self._began = self._counter.clock()
        return await self._finish(await to_the_end(self._send(intent.record, send_by)))

    async def go_on(self, record: JobRecord) -> JobRecord:
        """Continue a job that is ours and was, or may have been, sent before."""
        if record.state in _RUNNING:
            record = await self._poll(record)
        return await self._finish(record)

    async def _finish(self, record: JobRecord) -> JobRecord:
        while True:
            if record.state in _UNSURE:
                record = await self._reconcile(record)
            elif record.state in _RUNNING:
                await self._pause()
                record = await self._poll(record)
            else:
                return record

    async def _intend(self, planned: PlannedJob, order: Order) -> Intent:
        counter = self._counter
        intent = await counter.desk.ask(
            self._purchases.intend,
            planned,
            owner=counter.owner,
            caps=counter.purse.caps(planned),
            request_sha256=self._provider.request_sha256(order),
            lease_s=counter.lease_s,
            send_s=self._provider.traits.send_s,
        )
        if intent.granted:
            self._holding.sent = False
            self._holding.keep(intent.record)
        return intent

    async def _send(self, record: JobRecord, send_by: SendBy) -> JobRecord:
        """The one request of an intent. Its answer reaches the ledger before anything else may happen."""
        self._holding.sent = True
        write = self._holding.write
        try:
            answer = await self._provider.submit(self._make_order(record.intent_id), send_by)
        except ProviderBusy as busy:
            await write(self._purchases.unsent, record.lease, busy.detail)
            raise
        except ProviderRejected as refused:
            return await write(
                self._purchases.ended, record.lease, JobState.REJECTED, reason=Reason.REJECTED, note=refused.detail
            )
        except SubmissionUnknown as unknown:
            return await write(self._purchases.reconciling, record.lease, unknown.detail)
        if answer.state is GenerationState.MODERATED:
            return await self._refused(record, answer, Reason.MODERATED)
        return await self._accepted(record, answer)

    async def _accepted(self, record: JobRecord, answer: Generation) -> JobRecord:
        """Write down the provider's id; an answer that cannot be written now is not given up at once: it is paid for."""
        for pause in _STUBBORN_S:
            try:
                return await self._holding.write(
                    self._purchases.submitted, record.lease, remote_id=answer.remote_id, request_id=answer.request_id
                )
            except FenceLost:
                raise
            except LedgerError as error:
                trouble = error
            await self._counter.sleep(pause)
        raise LedgerError(
            f"{self._provider.name} took job {self._job.short} as {answer.remote_id}, which could not be written down: note it. "
            f"{trouble}"
        )

    async def _reconcile(self, record: JobRecord) -> JobRecord:
        write = self._holding.write
        try:
            found = await look_up(self._counter, self._provider, record)
        except SubmissionUnknown as doubt:
            if record.state is JobState.INTENT:
                record = await write(self._purchases.reconciling, record.lease, "No answer was recorded.")
            return await write(self._purchases.in_doubt, record.lease, doubt.detail)
        return await (self._resend(record) if found is None else self._accepted(record, found))

    async def _resend(self, record: JobRecord) -> JobRecord:
        self._resends += 1
        if self._resends > _RESENDS:
            raise ProviderBusy(self._provider.name, "requests keep getting lost on the way there. Try again later.")
        traits = self._provider.traits
        send_by = SendBy(traits.send_s)
        digest = self._provider.request_sha256(self._make_order(record.intent_id))
        record = await self._holding.write(
            self._purchases.resend, record.lease, request_sha256=digest, send_s=traits.send_s
        )
        return await to_the_end(self._send(record, send_by)) if record.state is JobState.INTENT else record

    async def _pause(self) -> None:
        pause = self._counter.pace.pause(
            self._provider.name, self._job.operation, self._provider.traits.poll_s, self._waited_s()
        )
        if pause > 0:
            await self._counter.sleep(pause)

    async def _poll(self, record: JobRecord) -> JobRecord:
        answer = await self._provider.poll(record.remote_id or record.intent_id)
        match answer.state:
            case GenerationState.RUNNING:
                return record
            case GenerationState.DONE:
                return await self._done(record, answer)
            case GenerationState.MODERATED:
                return await self._refused(record, answer, Reason.MODERATED)
            case GenerationState.FAILED:
                return await self._failed(record, answer)
            case GenerationState.GONE:
                return await gone(self._counter, self._holding, record, answer)

    async def _done(self, record: JobRecord, answer: Generation) -> JobRecord:
        self.result = answer
        self._counter.pace.learn(self._provider.name, self._job.operation, self._waited_s())
        return await self._holding.write(
            self._purchases.ready, record.lease, price_usd=answer.price_usd, url_expires_at=answer.url_expires_at
        )

    async def _failed(self, record: JobRecord, answer: Generation) -> JobRecord:
        if answer.billed:
            return await self._holding.write(
                self._purchases.ended,
                record.lease,
                JobState.DEAD,
                reason=Reason.REJECTED,
                note=f"{answer.detail} (billed; {self._provider.name} calls it {answer.remote_id})",
                billed_usd=_billed(record, answer),
            )
        if answer.hopeless or record.attempt >= self._provider.traits.attempts:
            return await self._refused(record, answer, Reason.REJECTED)
        return await self._holding.write(self._purchases.again, record.lease, answer.detail)

    async def _refused(self, record: JobRecord, answer: Generation, reason: Reason) -> JobRecord:
        return await self._holding.write(
            self._purchases.ended,
            record.lease,
            JobState.REJECTED,
            reason=reason,
            note=answer.detail,
            billed_usd=_billed(record, answer) if answer.billed else None,
        )

    def _waited_s(self) -> float:
        return self._counter.clock() - self._began


async def gone(counter: Counter, holding: Holding, record: JobRecord, answer: Generation) -> JobRecord:
    """A provider no longer has what it had: what was free is made again, what was paid is lost, by name."""
    if not record.price_usd:
        return await holding.write(counter.ledger.purchases.remake, record.lease, answer.detail)
    known = "" if record.price_final_usd is not None else " It may have been billed: its price counts as spent."
    why = answer.detail or "it gave no reason"
    return await holding.write(
        counter.ledger.purchases.ended,
        record.lease,
        JobState.LOST,
        reason=Reason.LOST,
        note=f"{record.provider} no longer has {record.remote_id} ({why}). Ask there for a refund.{known}",
        billed_usd=record.price_reserved_usd,
    )


def _billed(record: JobRecord, answer: Generation) -> Decimal:
    return record.price_reserved_usd if answer.price_usd is None else answer.price_usd
