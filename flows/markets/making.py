"""Makes the films of an open workshop: market flows page by page, then gathering, and a verdict on how it ended."""

import asyncio
import time
from collections.abc import Callable, Sequence

from prefect import State
from prefect.client.orchestration import get_client
from prefect.logging import get_run_logger
from prefect.utilities.urls import url_for

from flows.control.saying import say
from flows.control.stopping import own_flow_run_id, unless_stopped
from flows.markets.market import ADMISSION, STEPS, Admission, Steps, market
from flows.markets.pages import Page, pages
from flows.markets.spreading import spread_pages
from flows.showing.announcing import announce
from flows.showing.board import LiveBoard, gallery_link
from flows.showing.gaps import next_steps
from flows.showing.progress import progress, reported
from flows.showing.tables import counted, run_title
from flows.showing.verdict import verdict
from tasks.tally import FilmEnd
from tasks.workshop import Workshop

SERVER_BACK_S = 90.0
NAMED = 5
AHEAD = 3
"""Market flows that are open though not all of their variants have been let in."""

Aftermath = Callable[[], Sequence[str]]
"""Calls off what runs at providers, and tells in sentences what came of it. May block."""


async def make(shop: Workshop, aftermath: Aftermath | None = None) -> State[None]:
    """Do what is left, gather what there is, and judge the run by its films. `aftermath` is asked for when it was stopped."""
    shop.tally.begin()
    await _introduce(shop)
    board = LiveBoard(shop)
    async with reported(shop, board):
        work = spread_pages(shop, shop.spread) if shop.spread is not None else _run_pages(shop)
        stopped = await unless_stopped(work, own_flow_run_id()) is not None
    called_off = await asyncio.to_thread(aftermath) if stopped and aftermath is not None else ()
    await _gather(shop)
    state = verdict(list(shop.tally.ends.values()), shop.tally.films, stopped=stopped, fault=shop.tally.fault)
    final = progress(shop, await asyncio.to_thread(shop.hands.money))
    await asyncio.to_thread(shop.hands.conclude, state.name or "")
    await board.conclude(state.name or "", final, shop.tally, stopped=stopped, called_off=called_off)
    _take_leave(shop, called_off, stopped=stopped)
    announce(shop, state.name or "", stopped=stopped)
    return state


def _take_leave(shop: Workshop, called_off: Sequence[str], *, stopped: bool) -> None:
    """Leave in the log what a person looks for when a run has ended."""
    for sentence in called_off:
        get_run_logger().warning(sentence)
    get_run_logger().info("films: %s", shop.plan.out / "deliverables")
    get_run_logger().info("gallery: %s", gallery_link(shop))
    for step in next_steps(shop.tally.failures, stopped=stopped):
        get_run_logger().warning("next: %s", step)


async def _gather(shop: Workshop) -> None:
    """Bring deliverables, manifest and gallery in line; a fault is kept for the end, so that the run still ends in order."""
    try:
        if moved := await asyncio.to_thread(shop.hands.gather):
            names = ", ".join(moved[:NAMED]) + (", ..." if len(moved) > NAMED else "")
            get_run_logger().info(
                "no longer asked for, moved to superseded/: %s: %s", counted(len(moved), "file"), names
            )
    except Exception as fault:
        get_run_logger().exception("gathering failed")
        shop.tally.fault = fault


async def _introduce(shop: Workshop) -> None:
    """Say which run it is, and what a person should know of it."""
    await introduce(shop.plan.campaign, title(shop))
    say(f"this run: {url_for('flow-run', obj_id=own_flow_run_id())}")
    for note in shop.notes:
        say(note)
        get_run_logger().warning(note)


async def introduce(campaign: str, name: str) -> None:
    """Name the flow run as a sentence, and mark it, so that `fanout cancel` finds it.

    Marked in the server, not by Prefect's `tags`: those go on to every task run, and cost a request each.
    A server that is being started again is waited for: a client that has reached nobody yet does not ask twice.
    """
    deadline = time.monotonic() + SERVER_BACK_S
    while True:
        try:
            async with get_client() as client:
                await client.update_flow_run(own_flow_run_id(), name=name, tags=["fanout", campaign])
            return
        except Exception as error:  # whatever its client's library raises
            if time.monotonic() > deadline:
                get_run_logger().warning("the server does not take this run's name: %s", error)
                return
            await asyncio.sleep(1)


def title(shop: Workshop) -> str:
    """`fresh-days: 12 variants x 6 ratios, draft on local`."""
    variants, ratios = len({film.variant.key for film in shop.films}), len({film.ratio for film in shop.films})
    return run_title(shop.plan.campaign, variants, ratios, shop.plan.provider, draft=shop.plan.draft)


async def _run_pages(shop: Workshop) -> None:
    """Open market flows one at a time, a few ahead of the variants that are let in.

    Ahead, because a SQLite server that is busy recording takes seconds to create one, and nothing must wait for it; one
    at a time and only a few, because many at once is what such a server does not bear.
    """
    ADMISSION.set(Admission(shop.window))
    ahead = asyncio.Semaphore(AHEAD)
    async with asyncio.TaskGroup() as running:
        for page in pages(shop.left.works.values()):
            await ahead.acquire()
            steps = Steps(begun=asyncio.Event(), all_admitted=asyncio.Event())
            flow_run = running.create_task(_run_page(shop, page, steps))
            flow_run.add_done_callback(steps.pass_all)
            running.create_task(_when(steps.all_admitted, ahead.release))
            await steps.begun.wait()


async def _run_page(shop: Workshop, page: Page, steps: Steps) -> None:
    """Run a market flow; one that breaks as a whole (its server is gone, say) takes no other with it."""
    STEPS.set(steps)
    keys = [work.variant.key for work in page.works]
    try:
        state = await market(f"{page.title} of {shop.plan.campaign}", keys, return_state=True)
        if state.is_cancelled():
            return
        trouble = state.message or "its market flow broke"
    except Exception as error:
        trouble = f"its market flow broke: {type(error).__name__}: {error}"
    for film in (film.film for work in page.works for film in work.films):
        if film.id not in shop.tally.ends:
            shop.tally.film_ended(FilmEnd(film=film, made=False, sentence=trouble))


async def _when(event: asyncio.Event, act: Callable[[], None]) -> None:
    await event.wait()
    act()
