"""Decisions about the drafts of a plan, and pictures of their takes, for tests of what a final rests on."""

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

from builders import an_approval

from campaign.model.approvals import Approval, Take
from campaign.model.jobs import Operation
from campaign.model.plan import Film, Plan
from campaign.model.prompts import Keyframe
from campaign.planning.pins import Stills, pinned_frames
from campaign.planning.words import Words


def film_of(plan: Plan, film_id: str) -> Film:
    return next(each for each in plan.films if each.id == film_id)


def decision(draft: Plan, film_id: str, **changes: Any) -> Approval:
    """An approval of a film of a draft plan, whose takes are named after their jobs."""
    film = film_of(draft, film_id)
    base: dict[str, Any] = {
        "campaign": draft.campaign,
        "variant": film.variant.key,
        "ratio": film.ratio.label,
        "file": film.outputs[0].file,
        "file_sha256": hashed(film.outputs[0].key),
        "prompt_sha256": words_of(draft, film),
        "model": draft.model,
        "takes": takes_of(draft, film),
    }
    return an_approval(**(base | changes))


def words_of(plan: Plan, film: Film) -> str:
    return Words(lambda key: plan.jobs[key].job).of(film)


def takes_of(draft: Plan, film: Film) -> tuple[Take, ...]:
    jobs = (draft.jobs[key].job for key in film.jobs)
    return tuple(
        Take(job.segment.start_frame, job.segment.end_frame, hashed(f"take {job.key}"))
        for job in jobs
        if job.operation is Operation.MODIFY
    )


def stills_for(plan: Plan, decisions: Iterable[Approval]) -> Stills:
    """Pictures of all takes of some decisions, each named after its take and frame."""
    return {take: _pictures(take, plan) for each in decisions for take in each.takes}


def pinned_plan(draft: Plan, decisions: Iterable[Approval]) -> Mapping[str, Any]:
    """What `make_plan` is told of decisions."""
    listed = tuple(decisions)
    return {"decisions": listed, "stills": stills_for(draft, listed)}


def hashed(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _pictures(take: Take, plan: Plan) -> tuple[Keyframe, ...]:
    indexes = pinned_frames(take.end_frame - take.start_frame, plan.master.rate)
    return tuple(
        Keyframe(
            frame=take.start_frame + index,
            path=f"/stills/{take.sha256[:8]}-{index}.png",
            sha256=hashed(f"{take.sha256} {index}"),
            pinned=True,
        )
        for index in indexes
    )
