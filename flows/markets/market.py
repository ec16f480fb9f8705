"""The market flow: one page of variants, each made by a coroutine of its own, in the run's process or on another machine."""

import asyncio
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from prefect import State, flow
from prefect.states import Failed

from campaign.model.outcomes import Reason
from campaign.model.plan import Film
from flows.control.stopping import Ending, own_flow_run_id, unless_stopped
from flows.markets.page_order import PageOrder
from flows.markets.variant import make_variant
from flows.showing.verdict import verdict
from tasks.outstanding import VariantWork
from tasks.tally import FilmEnd, Tally
from tasks.workshop import Workshop, current, current_or_none

WATCH_S = 5.0
"""Seconds between looks at a market flow's own state; the campaign's is looked at more often."""


class Admission:
    """Lets a few variants in at a time, so that a task run that shows Running is at work, not waiting for a slot."""

    def __init__(self, window: int) -> None:
        self._free = asyncio.Semaphore(window)

    async def make(self, work: VariantWork, tally: Tally, admitted: Callable[[], None]) -> None:
        """Make a variant in its turn; `admitted` is called when its turn has come."""
        async with self._free:
            admitted()
            await make_variant(work, tally)


ADMISSION: ContextVar[Admission] = ContextVar("admission")
"""The admission that all market flows of a run share."""


@dataclass(frozen=True, slots=True)
class Steps:
    """How far a market flow has come: it exists and runs; its last variant has been let in."""

    begun: asyncio.Event
    all_admitted: asyncio.Event

    def pass_all(self, ended: object) -> None:
        """However it ended, nobody needs to wait for it."""
        self.begun.set()
        self.all_admitted.set()


STEPS: ContextVar[Steps] = ContextVar("steps")
"""The steps of this market flow, for whoever opens the next."""


@flow(name="market", flow_run_name="{title}", persist_result=False)
async def market(title: str, variants: list[str], page: PageOrder | None = None) -> State[None]:
    """Make the variants of one page.

    Args:
        title: what the page is called
        variants: keys of the variants on it
        page: what a worker of a pool has to know of it; the run that it belongs to fills it in
    """
    if page is not None:
        from flows.markets.away import make_away

        return await make_away(page, variants)
    if current_or_none() is None:
        return Failed(message="A page is started by the run that it belongs to. Start fan-out or regenerate instead.")
    STEPS.get().begun.set()
    return await make_page(current(), variants)


async def make_page(shop: Workshop, variants: list[str]) -> State[None]:
    """Make what is left of these variants, and judge the page by its films."""
    works = [work for key in variants if (work := shop.left.works.get(key)) is not None]
    ending = await unless_stopped(_make_all(works, shop.tally), own_flow_run_id(), watch_s=WATCH_S)
    films = [film.film for work in works for film in work.films]
    if ending is Ending.SERVER:
        _give_up(films, shop.tally)
    ends = [shop.tally.ends[film.id] for film in films if film.id in shop.tally.ends]
    return verdict(ends, len(films), stopped=ending is not None)


async def _make_all(works: list[VariantWork], tally: Tally) -> None:
    admission, steps = ADMISSION.get(), STEPS.get()
    waiting = len(works)

    def admitted() -> None:
        nonlocal waiting
        waiting -= 1
        if not waiting:
            steps.all_admitted.set()

    await asyncio.gather(*(admission.make(work, tally, admitted) for work in works))


def _give_up(films: list[Film], tally: Tally) -> None:
    """This market alone was cancelled: the campaign goes on, and has to say what it lacks."""
    for film in films:
        if film.id not in tally.ends:
            sentence = "its market was cancelled in Prefect; run again to make it"
            tally.film_ended(FilmEnd(film=film, made=False, reason=Reason.CANCELLED, sentence=sentence))
