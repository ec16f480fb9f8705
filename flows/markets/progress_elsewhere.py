"""What other machines have done for a run, told to its tally from ledger and store."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from prefect.logging import get_run_logger

from campaign.model.outcomes import JobState, Reason
from campaign.model.plan import Film
from campaign.model.standing import Standing
from tasks.outstanding import UNDER_WAY, outstanding
from tasks.tally import FilmEnd
from tasks.workshop import Workshop

LOOK_S = 5.0
SHARE = 10
"""A look may take this part of the time at most: it reads the whole campaign."""


@asynccontextmanager
async def watched(shop: Workshop) -> AsyncIterator[None]:
    """Keep the tally in line while the block runs, and bring it in line once more at its end."""
    watching = asyncio.create_task(_watch(shop))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait({watching})


async def look(shop: Workshop) -> Standing:
    """Where everything stands now; the tally is told of every film that has ended and of the jobs under way."""
    standing = await asyncio.to_thread(shop.hands.standing)
    for end in outstanding(shop.plan, standing, shop.films).settled:
        shop.tally.film_ended(end)
    for key, job in standing.jobs.items():
        if job.state is JobState.STORED:
            shop.tally.job_ended(key)
        elif job.state in UNDER_WAY:
            planned = shop.plan.jobs[key].job
            shop.tally.job_began(key, f"{planned.operation} of {planned.segment.name} at {job.provider}")
        else:
            shop.tally.job_dropped(key)
    return standing


def give_up(
    shop: Workshop, films: Sequence[Film], standing: Standing, trouble: str, reason: Reason | None = None
) -> None:
    """Say of each of `films` that has not ended why it is missing: what the ledger says of it, else `trouble` and `reason`."""
    standings = {film.film.id: film for film in standing.films}
    for film in films:
        if film.id not in shop.tally.ends:
            known = standings[film.id]
            shop.tally.film_ended(
                FilmEnd(film=film, made=False, reason=known.reason or reason, sentence=known.sentence or trouble)
            )


async def _watch(shop: Workshop) -> None:
    while True:
        began = time.monotonic()
        try:
            await look(shop)
        except Exception as error:  # the ledger may be busy for a moment: the next look tells
            get_run_logger().warning("the ledger could not be read: %s", error)
        await asyncio.sleep(max(LOOK_S, SHARE * (time.monotonic() - began)))
