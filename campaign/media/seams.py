"""Joins inside a shot, where no cut is: whether the picture jumps there more than it does from frame to frame around it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from campaign.media.drift import edges, patches
from campaign.media.samples import Planes, Samples
from campaign.media.views import Stretch

REACH = 4
"""Frames looked at before and after a join."""
FLOORS = {"luma": 0.6, "colour": 0.6, "structure": 0.5}
"""What a locked-off shot may change from frame to frame (of 255): grain and coding."""


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
    steps = [
        n for n in range(join - REACH + 1, join + REACH) if n in shown and n - 1 in shown and n in own and n - 1 in own
    ]
    if join not in steps or len(steps) < 3:
        return None
    jumps = {kind: _jump(kind, join, steps, shown) - max(0.0, _jump(kind, join, steps, own)) for kind in FLOORS}
    kind = max(jumps, key=lambda name: jumps[name])
    return Seam(frame=join, kind=kind, jump=jumps[kind])


def _jump(kind: str, join: int, steps: Sequence[int], samples: Samples) -> float:
    found = {n: _step(kind, samples[n - 1], samples[n]) for n in steps}
    usual = max(float(np.median([value for n, value in found.items() if n != join])), FLOORS[kind])
    return (found[join] - usual) / usual


def _step(kind: str, before: Planes, after: Planes) -> float:
    one, other = before.astype(np.float32), after.astype(np.float32)
    if kind == "structure":
        return float(np.abs(edges(one[0]) - edges(other[0])).mean())
    first, second = patches(one), patches(other)
    if kind == "luma":
        return float(np.abs(first[0] - second[0]).mean())
    return float(np.hypot(first[1] - second[1], first[2] - second[2]).mean())
