"""Sending a job: packed first, then money and intent, then the one request at once, then its id on disk."""

import asyncio
from dataclasses import dataclass

from campaign.buying.deal import Deal
from campaign.buying.endings import moderated
from campaign.buying.holding import to_the_end
from campaign.buying.patience import growing
from campaign.buying.recording import insist, write_down
from campaign.errors import ProviderBarred, ProviderBusy, ProviderRejected, ProviderThrottled, SubmissionUnknown
from campaign.ledger.intents import next_intent_id
from campaign.ledger.records import Intent, JobRecord, Outcome, Room
from campaign.model.outcomes import JobState, Reason
from campaign.providers.base import Generation, GenerationState, Order, Parcel, Posts
from campaign.providers.departure import SendBy

_SOON_S, _FIRST_S, _MOST_S = 0.2, 0.5, 30.0
_STALE_S = 300.0
"""A parcel older than this is packed anew: addresses in it may have died. What is uploaded already stays where it is."""
_RESENDS = 3
"""How often one purchase sends an intent anew that was proved not to have arrived."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What a try to buy came to: the job as it is now; when to try again (None: not in this run), and why it was not bought."""

    record: JobRecord
    again_s: float | None = None
    why: str = ""


class Sending:
    """The requests of one job at one provider."""

    def __init__(self, deal: Deal) -> None:
        self._deal = deal
        self._purchases = deal.counter.ledger.purchases
        self._troubles = 0
        self._resends = 0
        self._packed: tuple[Order, Parcel, float] | None = None

    async def try_once(self, record: JobRecord) -> Tried:
        """Take the job, reserve its price, send it. Holds nothing afterwards unless the provider has it, or may have it.

        Raises StoreError for a job with nothing to start from.
        """
        deal, counter = self._deal, self._deal.counter
        provider, job = deal.provider, deal.job
        postman = counter.postman if counter.postman is not None and counter.postman.serves(provider) else None
        if postman is not None:
            postman.begin()  # while things are uploaded
        try:
            order, parcel = await self._pack(next_intent_id(record, provider.name))
        except ProviderThrottled as throttled:
            await deal.hear(Outcome.THROTTLED, throttled.detail, throttled.retry_after_s)
            return Tried(record, self._pause(throttled), throttled.detail)
        except ProviderBusy as busy:
            return Tried(record, self._pause(busy), busy.detail)
        except ProviderBarred as barred:
            await deal.bar(barred.detail)
            return Tried(record, None, barred.detail)
        except ProviderRejected as refused:
            return await self._refused_unsent(record, refused)
        if not provider.traits.free:
            await counter.downloads.none_waiting()
        async with counter.gate.answering(
            provider.name, job.operation, provider.traits.unanswered, priority=deal.planned.priority
        ):
            if (why := counter.patience.barred.get(provider.name)) is not None:
                return Tried(record, None, why)
            poster = None if postman is None else await postman.owner()
            send_by = SendBy(provider.traits.send_s)  # before the ledger's own, so that it never ends later
            intent = await to_the_end(self._intend(order, poster))
            if not intent.granted:
                return Tried(intent.record, intent.wait_s, intent.why)
            if intent.record.intent_id != order.intent_id:  # another run made an attempt of its own since it was read
                after = await deal.holding.write(
                    self._purchases.unsent, intent.record.lease, "Packed for another attempt."
                )
                return Tried(after, 0.0)
            return await to_the_end(self._post(intent.record, parcel, send_by))

    async def resend(self, record: JobRecord) -> Tried:
        """Send an intent of ours again that was proved not to have arrived. Raises ProviderBusy when none arrives."""
        deal = self._deal
        self._resends += 1
        if self._resends > _RESENDS:
            raise ProviderBusy(deal.provider.name, "requests keep getting lost on the way there. Try again later.")
        try:
            order, parcel = await self._pack(record.intent_id)
        except ProviderBarred as barred:
            await deal.bar(barred.detail)
            after = await deal.holding.write(self._purchases.unsent, record.lease, barred.detail)
            return Tried(after, None, barred.detail)
        except ProviderRejected as refused:
            return await self._refused(record, refused)
        send_by = SendBy(deal.provider.traits.send_s)
        digest = await asyncio.to_thread(deal.provider.request_sha256, order)
        record = await deal.holding.write(
            self._purchases.resend, record.lease, request_sha256=digest, send_s=deal.provider.traits.send_s
        )
        if record.state is not JobState.INTENT:
            return Tried(record, 0.0, record.note)
        return await to_the_end(self._post(record, parcel, send_by))

    async def _pack(self, intent: str) -> tuple[Order, Parcel]:
        """Whatever has to be uploaded, before any money is held: it may take long, and may be repeated for nothing."""
        now = self._deal.counter.clock()
        if self._packed is not None:
            order, parcel, since = self._packed
            if order.intent_id == intent and now - since < _STALE_S:
                return order, parcel
        order = await self._deal.make_order(intent)
        parcel = await self._deal.provider.pack(order)
        self._packed = (order, parcel, now)
        return order, parcel

    async def _intend(self, order: Order, poster: str | None = None) -> Intent:
        """Held by who posts it (None: this run) for as long as it may take him: nobody renews his leases."""
        deal, counter, traits = self._deal, self._deal.counter, self._deal.provider.traits
        room = Room(slots=counter.gate.size(deal.provider.name, deal.job.operation), unanswered=traits.unanswered)
        intent = await counter.desk.ask(
            self._purchases.intend,
            deal.planned,
            owner=poster or counter.owner,
            caps=counter.purse.caps(deal.planned),
            request_sha256=await asyncio.to_thread(deal.provider.request_sha256, order),
            lease_s=counter.lease_s if poster is None else traits.send_s + traits.settle_s,
            send_s=traits.send_s,
            room=Room() if traits.free else room,
        )
        if intent.granted:
            deal.holding.sent = deal.holding.silent = False
            deal.holding.keep(intent.record)
        return intent

    async def _post(self, record: JobRecord, parcel: Parcel, send_by: SendBy) -> Tried:
        tried = await self._ask(record, parcel, send_by)
        if self._deal.counter.postman is not None:
            self._deal.counter.postman.written(record.lease)
        return tried

    async def _submit(self, record: JobRecord, parcel: Parcel, send_by: SendBy) -> Generation:
        """By whoever holds the intent: this run, or its postman."""
        provider, postman = self._deal.provider, self._deal.counter.postman
        if postman is not None and record.lease_owner == postman.name and isinstance(provider, Posts):
            return await postman.post(provider, record.lease, parcel, send_by)
        return await provider.submit(parcel, send_by)

    async def _ask(self, record: JobRecord, parcel: Parcel, send_by: SendBy) -> Tried:
        """The one request of an intent. Its answer reaches the ledger before anything else may happen."""
        deal, purchases = self._deal, self._purchases
        deal.holding.sent = True
        try:
            answer = await self._submit(record, parcel, send_by)
        except ProviderThrottled as throttled:
            record = await insist(deal, purchases.unsent, record.lease, throttled.detail)
            await deal.hear(Outcome.THROTTLED, throttled.detail, throttled.retry_after_s)
            return Tried(record, _SOON_S, throttled.detail)  # the ledger says how long all have to wait
        except ProviderBusy as busy:
            record = await insist(deal, purchases.unsent, record.lease, busy.detail)
            self._packed = None  # what was uploaded may be what it does not know any more
            await deal.hear(Outcome.FAILED, busy.detail)
            return Tried(record, self._pause(busy), busy.detail)
        except ProviderBarred as barred:
            record = await insist(deal, purchases.unsent, record.lease, barred.detail)
            await deal.bar(barred.detail)
            return Tried(record, None, barred.detail)
        except ProviderRejected as refused:
            tried = await self._refused(record, refused)
            await deal.hear(Outcome.OK)  # the way is sound: it answered
            return tried
        except SubmissionUnknown as unknown:
            deal.holding.silent = True  # we stopped listening: nobody else can be answered
            return Tried(await insist(deal, purchases.reconciling, record.lease, unknown.detail, answer=unknown.answer))
        if answer.state is GenerationState.MODERATED:
            record = await moderated(deal, record, answer)
            tried = Tried(record, 0.0 if record.state is JobState.PLANNED else None)
        else:
            tried = Tried(await write_down(deal, record, answer))
            deal.holding.silent = tried.record.state is JobState.RECONCILING  # no other answer will come
        deal.counter.patience.taken(deal.provider.name)
        await deal.hear(Outcome.OK)
        return tried

    async def _refused(self, record: JobRecord, refused: ProviderRejected) -> Tried:
        return Tried(
            await insist(
                self._deal,
                self._purchases.ended,
                record.lease,
                JobState.REJECTED,
                reason=Reason.REJECTED,
                note=str(refused),
                answer=refused.answer,
            )
        )

    async def _refused_unsent(self, record: JobRecord, refused: ProviderRejected) -> Tried:
        """What is refused before it was sent ends like everything else: through an intent, which is given back."""
        order = await self._deal.make_order(next_intent_id(record, self._deal.provider.name))
        intent = await to_the_end(self._intend(order))
        if not intent.granted:
            return Tried(intent.record, intent.wait_s, intent.why or str(refused))
        tried = await to_the_end(self._refused(intent.record, refused))
        await self._deal.hear(Outcome.OK)  # the way is sound: it answered
        return tried

    def _pause(self, busy: ProviderBusy) -> float:
        self._troubles += 1
        return max(growing(self._troubles - 1, _FIRST_S, _MOST_S), min(busy.retry_after_s or 0.0, 600.0))
