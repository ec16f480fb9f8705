"""Drives the jobs of one task run side by side, each chain of them in order."""

import asyncio
from collections.abc import Sequence

from campaign.errors import ProviderBarred
from campaign.model.jobs import PlannedJob
from campaign.model.outcomes import JobState
from tasks.outstanding import Chain
from tasks.policy import NotMade, is_passing
from tasks.workshop import Workshop


async def make_chains(shop: Workshop, chains: Sequence[Chain]) -> None:
    """Make all jobs, to the end of every chain that can be made, then raise the trouble that matters most, if any.

    Passing trouble first, since the retry makes only what is still missing; then our own faults; then NotMade.
    """
    ended = await asyncio.gather(*(_make_chain(shop, chain) for chain in chains), return_exceptions=True)
    troubles = sorted((end for end in ended if isinstance(end, BaseException)), key=_urgency)
    if troubles:
        raise troubles[0]


WORDS = {JobState.PLANNED: "not bought", JobState.BUDGET: "not bought"}
"""What a person calls the state of a job that a run has ended without."""


async def _make_chain(shop: Workshop, chain: Chain) -> None:
    for key in chain:
        await _make(shop, shop.plan.jobs[key])


async def _make(shop: Workshop, planned: PlannedJob) -> None:
    key = planned.job.key
    shop.tally.job_began(key, _label(planned))
    try:
        made = await shop.hands.make(planned)
    except ProviderBarred as barred:  # a person must act: no retry of the task can help
        shop.tally.job_dropped(key)
        raise NotMade(f"{_label(planned)}: {barred}", None) from barred
    except BaseException:
        shop.tally.job_dropped(key)
        raise
    shop.tally.job_ended(key)
    if made.state is not JobState.STORED:
        state = WORDS.get(made.state, made.state)
        told = f"{_label(planned)} (job {planned.job.short}) is {state}: {made.note or 'no reason given'}"
        raise NotMade(told, made.reason)


def _label(planned: PlannedJob) -> str:
    job = planned.job
    ratio = f" to {job.ratio}" if job.ratio else ""
    return f"{job.operation} of {job.segment.name}{ratio} at {planned.provider}"


def _urgency(trouble: BaseException) -> int:
    if isinstance(trouble, asyncio.CancelledError):
        return 0
    if is_passing(trouble):
        return 1
    return 3 if isinstance(trouble, NotMade) else 2
