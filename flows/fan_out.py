"""The campaign flow: opens the workshop, runs the market flows, gathers, and says how it ended."""

import asyncio
from decimal import Decimal
from pathlib import Path

from prefect import State, flow
from prefect.client.orchestration import get_client
from prefect.logging import get_run_logger

from campaign.model.orders import RunOrder
from campaign.settings import read_settings
from flows.board import LiveBoard
from flows.market import ADMISSION, ALL_ADMITTED, Admission, market
from flows.pages import Page, pages
from flows.progress import progress, reported
from flows.stopping import own_flow_run_id, unless_stopped
from flows.verdict import verdict
from tasks.workshop import Workshop, at_work, current_or_none


@flow(name="fan-out", persist_result=False)
async def fan_out(
    campaign_file: Path,
    provider: str | None = None,
    draft: bool = False,
    only: list[str] | None = None,
    skip_bad: bool = False,
    max_usd: Decimal | None = None,
    films: list[str] | None = None,
) -> State[None]:
    """Make the films of a campaign in every market and aspect ratio.

    Args:
        campaign_file: the campaign.toml, as the machine that runs this sees it
        provider: who makes it (local, luma, runware, fal); empty: as in the file
        draft: at the provider's draft resolution
        only: selectors such as market=DE,ratio=9:16; empty: the whole campaign
        skip_bad: leave faulty rows out and go on with the good ones
        max_usd: the most that this run may spend
        films: ids of films, in place of selectors
    """
    shop = current_or_none()
    if shop is not None:
        return await run(shop)
    from flows.opening import opened

    order = RunOrder(
        campaign_file=campaign_file,
        provider=provider,
        draft=draft,
        only=tuple(only or ()),
        skip_bad=skip_bad,
        max_usd=max_usd,
        films=tuple(films) if films is not None else None,
    )
    async with opened(order, read_settings()) as shop:
        with at_work(shop):
            return await run(shop)


async def run(shop: Workshop) -> State[None]:
    """Do what is left, gather what there is, and judge the run by its films."""
    await _introduce(shop)
    board = LiveBoard(shop)
    async with reported(shop, board):
        stopped = await unless_stopped(_run_pages(shop), own_flow_run_id())
    for name in await asyncio.to_thread(shop.hands.gather):
        get_run_logger().info("no longer asked for, moved to superseded/: %s", name)
    state = verdict(list(shop.tally.ends.values()), shop.tally.films, stopped=stopped)
    final = progress(shop.tally, await asyncio.to_thread(shop.hands.money))
    await asyncio.to_thread(shop.hands.conclude, state.name or "")
    await board.conclude(f"{shop.plan.campaign}: {state.name}", final, shop.tally)
    return state


async def _introduce(shop: Workshop) -> None:
    """Name the flow run as a sentence, and mark it, so that `fanout cancel` finds it.

    Marked in the server, not by Prefect's `tags`: those go on to every task run, and cost a request each.
    """
    async with get_client() as client:
        await client.update_flow_run(own_flow_run_id(), name=title(shop), tags=["fanout", shop.plan.campaign])


def title(shop: Workshop) -> str:
    """`fresh-days: 12 variants x 6 ratios, draft on local`."""
    films = [film for film in shop.films if film.skip is None]
    variants, ratios = len({film.variant.key for film in films}), len({film.ratio for film in films})
    return (
        f"{shop.plan.campaign}: {variants} variant{'s' if variants != 1 else ''} x "
        f"{ratios} ratio{'s' if ratios != 1 else ''}, "
        f"{'draft' if shop.plan.draft else 'final'} on {shop.plan.provider}"
    )


async def _run_pages(shop: Workshop) -> None:
    """Open market flows one at a time, the next when all variants of the last have been let in.

    So few are open side by side, and always enough to fill the window; many at once is what SQLite does not bear.
    """
    ADMISSION.set(Admission(shop.window))
    async with asyncio.TaskGroup() as opened_pages:
        for page in pages(shop.left.works.values()):
            all_admitted = asyncio.Event()
            running = opened_pages.create_task(_run_page(page, all_admitted))
            admission = asyncio.create_task(all_admitted.wait())
            try:
                await asyncio.wait({running, admission}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                admission.cancel()


async def _run_page(page: Page, all_admitted: asyncio.Event) -> None:
    ALL_ADMITTED.set(all_admitted)
    await market(page.title, [work.variant.key for work in page.works], return_state=True)
