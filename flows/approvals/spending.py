"""Asks whether money may be spent: above the campaign's threshold a run of the room waits for a person's yes."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

from prefect import State
from prefect.logging import get_run_logger
from prefect.states import Completed

from campaign.ledger.ledger import Ledger
from campaign.model import money
from campaign.model.approvals import SpendApproval, SpendState
from campaign.preparing.memory import open_memory
from campaign.settings import Settings
from flows.approvals.asking import WHERE, Answer, ask, for_notices, gallery
from flows.approvals.quoting import Quote
from flows.approvals.wishes import Wish
from flows.showing.escaping import plain
from flows.showing.events import Kind, tell
from flows.showing.tables import counted

IN_TIME = "Not approved in time"
NOT_APPROVED = "Not approved"


async def agree(wish: Wish, quote: Quote, settings: Settings) -> Answer | State[None]:
    """The yes to spending what `quote` says, kept in the ledger; or the state in which the run ends without.

    Whichever comes first counts: the answer in the UI, or one in the ledger (`fanout approve --spend`). Of two at the same
    moment a no counts, and all is left out that either leaves out.
    """
    memory = open_memory(wish.order.campaign_file, settings)
    ledger = (await asyncio.to_thread(memory.__enter__)).ledger
    try:
        return await _agree(quote, ledger, settings)
    finally:
        await asyncio.to_thread(memory.__exit__, None, None, None)


async def _agree(quote: Quote, ledger: Ledger, settings: Settings) -> Answer | State[None]:
    earlier = await asyncio.to_thread(ledger.spend_answer, quote.campaign, quote.spend.plan_sha256)
    asked = quote.spend.approval(quote.campaign, SpendState.ASKED, by=settings.user)
    await asyncio.to_thread(ledger.say_of_spending, asked)
    until = asked.at + timedelta(hours=quote.wait_hours)
    words = describe(quote, until)
    get_run_logger().warning("waiting for approval: %s would cost %s. %s", quote.campaign, quote.price, WHERE)
    price = money.text(quote.price_usd)
    tell(
        Kind.APPROVAL_WAITING,
        quote.campaign,
        for_notices(words),
        about="spend",
        price_usd=price,
        until=until.isoformat(),
    )
    look = partial(_said_elsewhere, ledger, asked, earlier)
    here = elsewhere = None
    try:
        here = await ask(words, quote.variants, look=look, wait_s=(until - datetime.now(UTC)).total_seconds())
    finally:
        elsewhere = await asyncio.to_thread(look)
        if here is None and elsewhere is None:
            unanswered = quote.spend.approval(quote.campaign, SpendState.UNANSWERED, by=settings.user)
            await asyncio.to_thread(ledger.say_of_spending, unanswered)
    answer = _together(here, elsewhere)
    if answer is None:
        return Completed(name=IN_TIME, message=f"Nobody agreed to {quote.price} within {quote.wait_hours:g} h. {AGAIN}")
    if answer != elsewhere:
        await asyncio.to_thread(ledger.say_of_spending, _kept(quote, answer))
    if answer.yes:
        return answer
    note = f" ({answer.note})" if answer.note else ""
    return Completed(name=NOT_APPROVED, message=f"{answer.your_name} said no to {quote.price}{note}. {AGAIN}")


def _said_elsewhere(ledger: Ledger, asked: SpendApproval, earlier: SpendApproval | None) -> Answer | None:
    """The answer in the ledger to what was asked. A no of an `earlier` run was not said to this one."""
    said = ledger.spend_answer(asked.campaign, asked.plan_sha256)
    if said is None or (said == earlier and said.state is SpendState.REFUSED):
        return None
    approve: Literal["yes", "no"] = "yes" if said.state is SpendState.AGREED else "no"
    return Answer(your_name=said.by, approve=approve, leave_out=said.left_out, note=said.note)


def _together(here: Answer | None, elsewhere: Answer | None) -> Answer | None:
    """What counts of an answer in the UI and one in the ledger."""
    answers = [answer for answer in (elsewhere, here) if answer is not None]
    if not answers:
        return None
    counts = next((answer for answer in answers if not answer.yes), answers[0])
    left_out = dict.fromkeys(variant for answer in answers for variant in answer.leave_out)
    return counts.model_copy(update={"leave_out": tuple(left_out)})


def _kept(quote: Quote, answer: Answer) -> SpendApproval:
    state = SpendState.AGREED if answer.yes else SpendState.REFUSED
    return quote.spend.approval(quote.campaign, state, by=answer.your_name, left_out=answer.leave_out, note=answer.note)


AGAIN = "Nothing was spent. Start the run again, and it asks again."


def describe(quote: Quote, until: datetime) -> str:
    """What is asked, as Markdown."""
    quality = "draft" if quote.draft else "final"
    lines = [
        f"**May {plain(quote.campaign)} spend {plain(quote.price)}?**",
        "",
        f"- {counted(len(quote.films), 'film')} of {counted(len(quote.variants), 'variant')}, {quality} at {quote.resolution}",
    ]
    if quote.asks:
        lines.append("- made anew: each gets a new edition")
    if quote.again:
        lines.append(f"- {plain(quote.again)}")
    lines += [f"- {plain(limit.told)}" for limit in quote.limits if not limit.name.startswith("budget.market")]
    lines += [
        f"- {gallery(quote.home, quote.campaign, quote.out)}",
        f"- plan `{quote.spend.plan_sha256[:12]}`: any other job or price asks anew",
        "",
        f"Answer here, or with `fanout approve --spend --by NAME`. Without an answer by {until:%Y-%m-%d %H:%M} UTC the run "
        "ends and nothing is spent.",
    ]
    return "\n".join(lines)
