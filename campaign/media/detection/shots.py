"""Shots of the master: those a person gave, checked against its frames, or those its cuts make."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from campaign.errors import InputError
from campaign.model.edit import Shot
from campaign.model.faults import Fault

FLASH = 3
"""A shot has more frames than this: what jumps back sooner is a flash."""


def shots_at(cuts: Sequence[int], frames: int, scores: Sequence[float] = ()) -> tuple[Shot, ...]:
    """Shots between cuts (first frames after a jump), named shot-01, shot-02 and so on; `scores` tell how sure each cut is."""
    sure = dict(zip(cuts, scores, strict=False))
    edges = [0, *_edits(cuts, frames), frames]
    return tuple(
        Shot(id=f"shot-{n:02}", start_frame=start, end_frame=end, found=_found(sure.get(start)))
        for n, (start, end) in enumerate(pairwise(edges), 1)
    )


def _found(score: float | None) -> str:
    return "scdet" if score is None else f"scdet {score:.1f}"


def require_fit(shots: Sequence[Shot], frames: int) -> None:
    """Raise InputError unless the given shots cover frames [0, frames) in order, without gap or overlap."""
    faults = tuple(_faults(shots, frames))
    if faults:
        raise InputError(faults)


def _edits(cuts: Sequence[int], frames: int) -> list[int]:
    return sorted({cut for cut in cuts if FLASH < cut < frames - FLASH})


def _faults(shots: Sequence[Shot], frames: int) -> Iterator[Fault]:
    expected = 0
    for n, shot in enumerate(shots):
        if shot.start_frame != expected:
            problem = f"shot {shot.id!r} starts at frame {shot.start_frame}, the one before ends at {expected}."
            yield _fault(n, "start", shot.start_frame, problem, f"Set start = {expected}.")
        if not shot.start_frame < shot.end_frame <= frames:
            problem = f"shot {shot.id!r} ends at frame {shot.end_frame}, the master has {frames} frames."
            yield _fault(n, "end", shot.end_frame, problem, f"Set end to at most {frames} and above its start.")
        expected = shot.end_frame
    if shots and expected < frames:
        problem = f"the last shot ends at frame {expected}, the master has {frames} frames."
        cure = f"Set end = {frames}, or add a shot for the rest (modify = false passes it through)."
        yield _fault(len(shots) - 1, "end", expected, problem, cure)


def _fault(n: int, key: str, value: int, problem: str, cure: str) -> Fault:
    place = f"shots[{n}].{key}"
    return Fault(file="campaign.toml", place=place, problem=problem, cure=cure, rule=f"shots.{key}", value=str(value))
