"""The way of one variant: modify, then each ratio by itself; whatever fails stays with the films it concerns."""

import asyncio

from campaign.model.outcomes import Reason
from campaign.model.plan import Film
from tasks.finish import finish
from tasks.modify import modify
from tasks.outstanding import FilmWork, VariantWork
from tasks.policy import NotMade, go_on
from tasks.reframe import reframe
from tasks.tally import FilmEnd, Tally


async def make_variant(work: VariantWork, tally: Tally) -> None:
    """Make all that is left of a variant. Raises only when cancelled: failures are told to the tally."""
    if work.modifies:
        try:
            tally.task_runs += 1
            go_on(await modify(work.variant.key, work.modifies))
        except Exception as trouble:
            for film in work.films:
                tally.film_ended(_failed(film.film, trouble))
            return
    await asyncio.gather(*(_make_film(film, tally) for film in work.films))


async def _make_film(work: FilmWork, tally: Tally) -> None:
    film = work.film
    try:
        if work.reframes:
            tally.task_runs += 1
            go_on(await reframe(film.variant.key, film.ratio.label, work.reframes))
        tally.task_runs += 1
        go_on(await finish(film.variant.key, film.ratio.label))
    except Exception as trouble:
        tally.film_ended(_failed(film, trouble))
    else:
        tally.film_ended(FilmEnd(film=film, made=True))


def _failed(film: Film, trouble: Exception) -> FilmEnd:
    reason: Reason | None = trouble.reason if isinstance(trouble, NotMade) else None
    sentence = str(trouble) if isinstance(trouble, NotMade) else f"{type(trouble).__name__}: {trouble}"
    return FilmEnd(film=film, made=False, reason=reason, sentence=sentence)
