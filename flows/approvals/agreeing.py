"""What a run may buy: what was quoted where nobody has to be asked, else what a person has agreed to, worked out anew."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any, TypeVar

from prefect import State
from prefect.states import Cancelled, Completed

from campaign.ledger.editions import FIRST
from campaign.model.approvals import SpendState
from campaign.preparing.memory import open_memory
from campaign.settings import Settings
from flows.approvals.quoting import Quote, quote
from flows.approvals.spending import AGAIN, NOT_APPROVED, agree
from flows.approvals.wishes import Wish
from flows.control.opening import CHANGED
from flows.control.stopping import own_flow_run_id, unless_stopped

T = TypeVar("T")


async def agreed(wish: Wish, found: Quote, settings: Settings) -> Quote | State[None]:
    """What may be bought of what was `found`; or the state in which the run ends without."""
    by, left_out = settings.user, found.left_out
    if found.asked:
        answer = await waited(agree(wish, found, settings))
        if isinstance(answer, State):
            return answer
        by, left_out = answer.your_name, answer.leave_out
    elif not left_out:
        return found
    wish = replace(wish, left_out=wish.left_out | set(left_out))
    if await asyncio.to_thread(_begun_elsewhere, wish, found, settings):
        wish = replace(wish, what=None, order=replace(wish.order, films=found.ids))
    again = await asyncio.to_thread(quote, wish, settings)
    if not again.asked:
        return again
    if again.spend == found.spend:
        refused = f"Somebody said no to {found.price} at the same moment. {AGAIN}"
        return Completed(name=NOT_APPROVED, message=refused)
    if not again.spend.within(found.spend):
        return Completed(name=NOT_APPROVED, message=f"{CHANGED} {AGAIN}")
    await asyncio.to_thread(_write_down, wish, again, by, settings)
    return again


async def waited(work: Coroutine[Any, Any, T]) -> T | State[None]:
    """What comes of waiting for a person; Cancelled when the run is stopped meanwhile."""
    found: list[T] = []

    async def wait() -> None:
        found.append(await work)

    if await unless_stopped(wait(), own_flow_run_id()) is None:
        return found[0]
    return Cancelled(
        message="Stopped while it waited for an answer: nothing was bought. Start the run again, and it asks again."
    )


def _begun_elsewhere(wish: Wish, quote: Quote, settings: Settings) -> bool:
    """Whether another run has asked for new editions of these films since they were quoted."""
    with open_memory(wish.order.campaign_file, settings) as memory:
        now = memory.ledger.editions(quote.campaign)
    return any(now.get(ask, FIRST) != seen for ask, seen in quote.asks.items())


def _write_down(wish: Wish, quote: Quote, by: str, settings: Settings) -> None:
    """What is left to buy of an agreed plan is agreed to as well."""
    approval = quote.spend.approval(quote.campaign, SpendState.AGREED, by=by, note="the rest of what was agreed to")
    with open_memory(wish.order.campaign_file, settings) as memory:
        memory.ledger.say_of_spending(approval)
