"""How far a run is, for the terminal and the Prefect UI: counts, money, time left, and what is being waited for."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Protocol

from campaign.ledger.records import Money
from campaign.model.orders import Progress
from tasks.tally import Stretch, Tally
from tasks.workshop import Workshop

TICK_S = 0.5
BOARD_S = 10.0
LONG_S = 20.0
"""A job that takes longer than this, and twice as long as is usual in this run, is named."""

Listener = Callable[[Progress], None]
LISTENER: ContextVar[Listener] = ContextVar("listener")
"""Who hears of progress in this process: the terminal's bar. A worker has none."""


class Board(Protocol):
    """Something that shows progress slowly and in full: the artifacts in the UI."""

    async def show(self, progress: Progress, tally: Tally) -> None: ...


@asynccontextmanager
async def reported(shop: Workshop, board: Board) -> AsyncIterator[None]:
    """Report while the block runs, and once more at its end."""
    loop = asyncio.create_task(_report(shop, board))
    try:
        yield
    finally:
        loop.cancel()
        await asyncio.wait({loop})
        await _tell(shop, board)


async def _report(shop: Workshop, board: Board) -> None:
    clock = asyncio.get_running_loop().time
    next_board = clock()
    while True:
        due = clock() >= next_board
        await _tell(shop, board if due else None)
        if due:
            next_board = clock() + BOARD_S
        await asyncio.sleep(TICK_S)


async def _tell(shop: Workshop, board: Board | None) -> None:
    now = progress(shop, await asyncio.to_thread(shop.hands.money))
    listener = LISTENER.get(None)
    if listener is not None:
        with contextlib.suppress(OSError):  # after SIGHUP there is no terminal to tell
            listener(now)
    if board is not None:
        await board.show(now, shop.tally)


def progress(shop: Workshop, money: Money) -> Progress:
    """The counts as of now; running is what has a slot, films being finished included."""
    tally = shop.tally
    return Progress(
        films=tally.films,
        delivered=tally.made,
        failed=len(tally.failures),
        jobs_total=tally.jobs_total,
        jobs_done=tally.jobs_done,
        jobs_running=max(0, len(tally.running) + len(tally.finishing) - shop.hands.waiting()),
        spent_usd=money.spent_usd,
        reserved_usd=money.reserved_usd,
        elapsed_s=tally.elapsed_s,
        seconds_left=seconds_left(tally),
        note=_note(tally),
    )


def seconds_left(tally: Tally) -> float | None:
    """What is left at the rate so far, each kind of work weighed by its mean time; None until something has ended.

    What ended elsewhere was not timed, and weighs like what was.
    """
    known = next((stretch.mean for stretch in (tally.jobs, tally.finishes) if stretch.mean is not None), 1.0)
    job, finish = (known if stretch.mean is None else stretch.mean for stretch in (tally.jobs, tally.finishes))
    done = tally.jobs_ended_here * job + tally.films_ended_here * finish
    if done <= 0:
        return None
    left = (tally.jobs_total - tally.jobs_done) * job + (tally.films - len(tally.ends)) * finish
    return tally.elapsed_s * left / done


def _note(tally: Tally) -> str:
    """What is waited for, in words: a bar that stands still is no answer."""
    longest = tally.longest()
    if longest is not None and longest[1] > max(LONG_S, 2 * (tally.jobs.mean or 0)):
        label, seconds = longest
        return f"waiting for {label} for {_span(seconds)}{_usual(tally.jobs)}"
    if tally.running or not tally.finishing:
        return ""
    return f"finishing {next(iter(tally.finishing))}"


def _usual(jobs: Stretch) -> str:
    return f", usually {_span(jobs.mean)}" if jobs.mean is not None else ""


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
