"""Regeneration: which asks get a new edition when a person wants films made anew."""

from collections.abc import Collection, Iterable

from campaign.model.jobs import How, Operation, PlannedJob
from campaign.model.outcomes import Reason
from campaign.model.plan import Film, Plan
from campaign.model.standing import FilmStanding

FIRST = 1


def asks_of(plan: Plan, films: Iterable[Film], beside: Iterable[Film] = ()) -> dict[tuple[str, str], int]:
    """The (variant key, ask_key) pairs to bump so that `films` become new and as little else as possible, each with the
    edition that it has in `plan`.

    A variant selected in all its ratios gets new modifies, from which everything of it follows. Otherwise only the
    reframes of the selected ratios are bumped: for a ratio cropped from a neighbour the neighbour's reframe, for the
    master's own ratio, which has none, the modifies. Of a window on these nothing is made anew alone (see `windows`).
    `beside` were selected too, but may not be made now.
    """
    chosen = {film.id: film for film in films}
    whole = _whole(plan, chosen.keys() | {film.id for film in beside})
    found: dict[tuple[str, str], int] = {}
    for film in chosen.values():
        if film.window and film.variant.key not in whole:
            continue
        jobs = [plan.jobs[key] for key in film.jobs]
        reframes = [job for job in jobs if job.job.operation is Operation.REFRAME and not _derived(job)]
        modifies = [job for job in jobs if job.job.operation is Operation.MODIFY]
        bumped = modifies if film.variant.key in whole or not reframes else reframes
        found.update(((film.variant.key, job.job.ask_key), job.job.edition) for job in bumped)
    return found


def windows(plan: Plan, films: Iterable[Film], asks: Iterable[tuple[str, str]]) -> tuple[Film, ...]:
    """Those of `films` that only show what was made for another ratio, which `asks` leave as it is."""
    bumped = frozenset(asks)
    return tuple(
        film
        for film in films
        if film.window and not any((film.variant.key, plan.jobs[key].job.ask_key) in bumped for key in film.jobs)
    )


def _whole(plan: Plan, selected: Collection[str]) -> set[str]:
    """Keys of the variants of which every film is selected."""
    rows = {film.variant.key for film in plan.films}
    return rows - {film.variant.key for film in plan.films if film.id not in selected}


def begun(chosen: Iterable[FilmStanding]) -> frozenset[str]:
    """Keys of the variants with a later edition that was asked for before and is not made yet.

    They are to be finished, not bumped again: who repeats an interrupted regeneration wants the rest of it.
    """
    return frozenset(standing.film.variant.key for standing in chosen if _waits(standing))


def _waits(standing: FilmStanding) -> bool:
    stopped = standing.status is None or standing.reason is Reason.CANCELLED
    return standing.film.edition > FIRST and stopped and bool(standing.todo)


def _derived(planned: PlannedJob) -> bool:
    return planned.job.framing is not None and planned.job.framing.how is How.DERIVE
