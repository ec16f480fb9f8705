"""Fulfils a wish of the room from beginning to end: quote, a person's yes where one is needed, new editions, films."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from functools import partial
from pathlib import Path

from prefect import State
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from campaign.buying.purse import run_scope
from campaign.errors import CampaignError
from campaign.gathering.gather import gather
from campaign.intake.campaign_file import read_leniently
from campaign.intake.catalogue import read_catalogue
from campaign.ledger.budgets import limit_of
from campaign.preparing.memory import open_memory
from campaign.preparing.prepare import prepare
from campaign.preparing.regenerating import SHARED
from campaign.secrets import guarded
from campaign.settings import Settings, read_settings
from flows.approvals.agreeing import agreed, waited
from flows.approvals.drafting import judged
from flows.approvals.quoting import Ask, Quote, quote
from flows.approvals.rehearsing import nothing_meant, rehearse
from flows.approvals.wishes import Wish
from flows.control.calling_off import call_off_all, told
from flows.control.opening import opened
from flows.control.working import in_good_order
from flows.markets.making import introduce, make
from tasks.workshop import at_work

GRACE_S = 8.0
"""How long a stopped run waits for vendors: whoever stopped it kills it after half a minute."""


class Quality(StrEnum):
    """What is made, in the words of the form."""

    DRAFT = "draft"
    FINAL = "final"
    BOTH = "draft, then final"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """How making ended; ids of the films that were meant, none when it ended before anything was made; and what the run's own
    limit leaves, None where it has none."""

    state: State[None]
    films: Sequence[str] = ()
    left_usd: Decimal | None = None


async def fulfil(wish: Wish, quality: Quality | None, *, dry_run: bool = False) -> State[None]:
    """Do what a wish says, in a flow run that nobody has opened a workshop for.

    `quality` None: finals, and drafts before them where `approval.draft_first` asks for an approval of those. Ends Failed
    with the sentence where files are faulty or something named does not exist. A dry run writes no edition, spends nothing
    and leaves its quote as artifacts.
    """
    settings = read_settings(beside=wish.order.campaign_file.parent)
    quality = quality or _usual(wish.order.campaign_file)
    wish = replace(wish, order=replace(wish.order, draft=quality is not Quality.FINAL))
    home = settings.home_of(wish.order.campaign_file.absolute().parent)
    with guarded():
        return await in_good_order(home, partial(_work, wish, quality, settings, dry_run=dry_run))


def _usual(campaign_file: Path) -> Quality:
    campaign = read_leniently(campaign_file, read_catalogue()).campaign
    return Quality.BOTH if campaign is not None and campaign.draft_first else Quality.FINAL


async def _work(wish: Wish, quality: Quality, settings: Settings, *, dry_run: bool) -> State[None]:
    try:
        if dry_run:
            found = await asyncio.to_thread(quote, wish, settings)
            await introduce(found.campaign, f"dry run of {found.title}")
            return await rehearse(wish, found)
        drafts = await _make(wish, settings)
        if quality is not Quality.BOTH or not drafts.state.is_completed() or not drafts.films:
            return drafts.state
        approved = await waited(judged(wish.order, drafts.films, settings))
        if isinstance(approved, State):
            return approved
        order = replace(wish.order, draft=False, films=approved, max_usd=drafts.left_usd)
        return (await _make(replace(wish, what=None, order=order), settings)).state
    except CampaignError as error:
        return Failed(message=str(error))


async def _make(wish: Wish, settings: Settings) -> _Made:
    """Make the films of a wish once its price is agreed to."""
    found = await asyncio.to_thread(quote, wish, settings)
    await introduce(found.campaign, found.title)
    if not found.films:
        return _Made(state=Completed(message=nothing_meant(wish, found)))
    if found.lacks:
        return _Made(state=Failed(message=f"{' '.join(found.lacks)} Nothing was spent."))
    if found.settled:
        await asyncio.to_thread(_bring_in_line, wish, found, settings)
        since = f" since {found.since:%Y-%m-%d %H:%M} UTC" if found.since else ""
        nothing = f"Nothing changed{since}: all {len(found.films)} films are delivered. {found.remark}".rstrip()
        return _Made(state=Completed(message=nothing), films=found.ids, left_usd=wish.order.max_usd)
    bound = await agreed(wish, found, settings)
    if isinstance(bound, State):
        return _Made(state=bound)
    return await _buy(wish, found, bound, settings)


async def _buy(wish: Wish, found: Quote, bound: Quote, settings: Settings) -> _Made:
    """Write the new editions down and make the films, bound to what was quoted. What another run has begun meanwhile is made
    with it: the ledger lets each job be bought by one."""
    if not bound.films:
        return _Made(state=Completed(message="All variants were left out: nothing was to be made."))
    given = await asyncio.to_thread(_bump, wish, bound, settings)
    shared = found.begun > 0 or any(ask not in given and ask[0] in bound.variants for ask in found.asks)
    if shared:
        get_run_logger().warning(SHARED)
    order = replace(wish.order, films=bound.ids)
    async with opened(order, settings, bound=bound.spend) as shop:
        with at_work(shop):
            state = await make(shop, partial(_called_off, wish.order.campaign_file, settings))
        limits = await asyncio.to_thread(shop.hands.limits)
    if shared:
        state = state.model_copy(update={"message": f"{state.message} {SHARED}"})
    left_usd = next((limit.left_usd for limit in limits if limit.name == limit_of(run_scope(""))), None)
    return _Made(state=state, films=bound.ids, left_usd=left_usd)


def _bump(wish: Wish, quote: Quote, settings: Settings) -> Collection[Ask]:
    """Ask for the new editions. Returns those that this run was the first to ask for."""
    if not quote.asks:
        return ()
    with open_memory(wish.order.campaign_file, settings) as memory:
        return memory.ledger.bump(quote.campaign, quote.asks, by=settings.user)


def _bring_in_line(wish: Wish, quote: Quote, settings: Settings) -> None:
    """Manifest and gallery are of the campaign as it is now, whether anything was made or not."""
    with prepare(wish.order, settings) as prepared:
        gather(prepared, frozenset(quote.ids))


def _called_off(campaign_file: Path, settings: Settings) -> list[str]:
    try:
        after = call_off_all(campaign_file, settings, say=lambda sentence: None, grace_s=GRACE_S)
    except CampaignError as error:
        return [f"not called off: {error} `fanout cancel` tries again."]
    return [f"{heading}: {sentence}" if heading else sentence for heading, sentence in told(after)]
