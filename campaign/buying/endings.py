"""How a job ends without a result, as its provider tells it: written down with the money that goes with it."""

from decimal import Decimal

from campaign.buying.counter import Counter
from campaign.buying.deal import Deal
from campaign.buying.holding import Holding
from campaign.ledger.records import JobRecord, Outcome
from campaign.model.jobs import PlannedJob
from campaign.model.outcomes import JobState, Reason
from campaign.providers.base import Generation

MODERATED = "refused by moderation"
_WORDS_SHOWN = 160


async def failed(deal: Deal, record: JobRecord, answer: Generation) -> tuple[JobRecord, str]:
    """A generation that failed: DEAD when it was billed, else PLANNED again while attempts and retries are left.

    The sentence, when there is one, says why this run does not try it again.
    """
    write, purchases, name = deal.holding.write, deal.counter.ledger.purchases, deal.provider.name
    if answer.billed:
        note = f"{answer.detail} (billed; {name} calls it {answer.remote_id})"
        after = await write(
            purchases.ended, record.lease, JobState.DEAD, reason=Reason.REJECTED, note=note,
            billed_usd=billed_usd(record, answer), answer=answer.answer,
        )  # fmt: skip
        await deal.hear(Outcome.FAILED, answer.detail)
        return after, ""
    if answer.hopeless:  # the fault of what was asked, not of the way there
        return await refused(deal, record, answer, Reason.REJECTED, f"{name}: {answer.detail}"), ""
    if record.attempt >= deal.provider.traits.attempts:
        after = await refused(deal, record, answer, Reason.REJECTED, f"{name}: {answer.detail}")
        await deal.hear(Outcome.FAILED, answer.detail)
        return after, ""
    after = await write(purchases.again, record.lease, answer.detail, answer=answer.answer)
    await deal.hear(Outcome.FAILED, answer.detail)
    if deal.provider.traits.free or deal.counter.patience.may_retry(name):
        return after, ""
    why = f"{answer.detail}. The retry budget of this run for {name} is spent: run again to try it once more."
    return after, why


async def moderated(deal: Deal, record: JobRecord, answer: Generation) -> JobRecord:
    """Moderation refused words or pictures: the same is asked again only as often as the campaign says."""
    counter = deal.counter
    note = f"{MODERATED}: {answer.detail.removeprefix(f'{MODERATED}: ')} ({said_by(deal.planned)})"
    if counter.moderation_retries and not answer.billed:
        history = await counter.desk.ask(counter.ledger.history, record.key)
        times = sum(event.to_state is JobState.REJECTED and event.note.startswith(MODERATED) for event in history)
        if times < counter.moderation_retries:
            return await deal.holding.write(
                counter.ledger.purchases.again, record.lease, note, answer=answer.answer
            )  # fmt: skip
    return await refused(deal, record, answer, Reason.MODERATED, note)


async def refused(deal: Deal, record: JobRecord, answer: Generation, reason: Reason, note: str) -> JobRecord:
    """REJECTED, with `note` for a person."""
    return await deal.holding.write(
        deal.counter.ledger.purchases.ended, record.lease, JobState.REJECTED, reason=reason, note=note,
        billed_usd=billed_usd(record, answer) if answer.billed else None, answer=answer.answer,
    )  # fmt: skip


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
        answer=answer.answer,
    )


def billed_usd(record: JobRecord, answer: Generation) -> Decimal:
    """What a failure cost: what they say, else all that was held for it."""
    return record.price_reserved_usd if answer.price_usd is None else answer.price_usd


def said_by(planned: PlannedJob) -> str:
    """Which row and which words a job came from, for whoever has to change them."""
    first, others = planned.variants[0], len(planned.variants) - 1
    rows = first if not others else f"{first} and {others} more"
    words = " ".join(planned.job.prompt.text.split())
    shown = words if len(words) <= _WORDS_SHOWN else f"{words[: _WORDS_SHOWN - 1]}…"
    return f'row {rows}, template {planned.job.prompt.template}: "{shown}"'
