"""Regeneration: which asks get a new edition when a person wants films made anew."""

from collections.abc import Iterable

from campaign.model.jobs import How, Operation, PlannedJob
from campaign.model.plan import Film, Plan


def asks_of(plan: Plan, films: Iterable[Film], *, one_ratio: bool) -> tuple[tuple[str, str], ...]:
    """The (variant key, ask_key) pairs to bump so that `films` become new and nothing else of other variants does.

    Normally the modify jobs, from which everything of the variant follows. With `one_ratio` only the ratio's own reframe;
    for a ratio cropped from a neighbour that is the neighbour's reframe, for the master's own ratio the modify.
    """
    found: dict[tuple[str, str], None] = {}
    for film in films:
        jobs = [plan.jobs[key] for key in film.jobs]
        reframes = [job for job in jobs if job.job.operation is Operation.REFRAME and not _derived(job)]
        chosen = reframes if one_ratio and reframes else [job for job in jobs if job.job.operation is Operation.MODIFY]
        found.update(((film.variant.key, job.job.ask_key), None) for job in chosen)
    return tuple(found)


def _derived(planned: PlannedJob) -> bool:
    return planned.job.framing is not None and planned.job.framing.how is How.DERIVE
