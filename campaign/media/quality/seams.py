"""Joins inside a shot, where no cut is: whether the picture jumps there more than it does from frame to frame around it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from campaign.media.quality.drift import ENOUGH, edges, patches
from campaign.media.quality.views import Stretch
from campaign.media.samples import Picture, Planes, Samples, halved

REACH = 3
"""Frames looked at before and after a join."""
FEWEST = 3
"""Steps from frame to frame that tell what is usual."""
FLOORS = {"luma": 0.6, "colour": 0.6, "structure": 0.5}
"""What a locked-off shot may change from frame to frame (of 255): grain and coding."""

Seen = Mapping[str, Picture]
"""One frame as each kind of jump sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """A join: `frame` is the first after it. `jump` is how many usual frame-to-frame differences the picture jumps there
    beyond the usual one and beyond what the master does in the same place; `kind` names what jumps most."""

    frame: int
    kind: str
    jump: float


def joins(stretches: Sequence[Stretch]) -> tuple[int, ...]:
    """First frames of pieces that go on with the shot of the piece before."""
    return tuple(after.start_frame for before, after in pairwise(stretches) if before.shot == after.shot)


def around(joins: Iterable[int], frames: int) -> tuple[int, ...]:
    """Frames that must be sampled to judge these joins."""
    wanted = {frame for join in joins for frame in range(join - REACH, join + REACH)}
    return tuple(sorted(frame for frame in wanted if 0 <= frame < frames))


def seam(join: int, own: Samples, shown: Samples) -> Seam | None:
    """The jump at one join; None when the film has too few frames to tell."""
    frames = [n for n in range(join - REACH, join + REACH) if n in shown and n in own]
    steps = [(before, after) for before, after in pairwise(frames) if after == before + 1]
    if (join - 1, join) not in steps or len(steps) < FEWEST:
        return None
    theirs, ours = ({n: _seen(samples[n]) for n in frames} for samples in (own, shown))
    jumps = {kind: _jump(kind, join, steps, ours) - max(0.0, _jump(kind, join, steps, theirs)) for kind in FLOORS}
    kind = max(jumps, key=lambda name: jumps[name])
    return Seam(frame=join, kind=kind, jump=jumps[kind])


def _seen(planes: Planes) -> Seen:
    picture = planes.astype(np.float32)
    picture = halved(picture) if min(picture.shape[1:]) >= ENOUGH else picture
    grid = patches(picture)
    return {"luma": grid[:1], "colour": grid[1:], "structure": edges(picture[0])[None]}


def _jump(kind: str, join: int, steps: Sequence[tuple[int, int]], seen: Mapping[int, Seen]) -> float:
    found = {after: _distance(seen[before][kind], seen[after][kind]) for before, after in steps}
    usual = max(float(np.median([value for n, value in found.items() if n != join])), FLOORS[kind])
    return (found[join] - usual) / usual


def _distance(one: Picture, other: Picture) -> float:
    """Mean distance of two pictures, planes taken together."""
    return float(np.sqrt(np.square(one - other).sum(0)).mean())
