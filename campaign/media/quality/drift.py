"""How far a film's picture has drifted from the master's, on frames of both that show the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from campaign.media.quality.views import Stretch, aligned, boxes
from campaign.media.samples import Picture, Samples, halved, resized
from campaign.model.ratios import Size

GRID = 16
"""Patches along the longer side."""
SPREAD = 2
"""Frames between two samples whose difference is movement."""
ENOUGH = 128
"""Pixels a side from which on half of them tell as much."""
MOVES = 1.5
"""Mean difference (of 255) from which on a picture moves enough to compare how it moves."""
PLACES, FEW_PLACES = (1, 3, 5, 7), (2, 6)
"""Eighths of a stretch at which it is sampled; of a short one."""
SHORT = 36
"""Frames below which a stretch is short."""

Plane = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One frame of a film beside the master's: mean distance of patches in luma and in colour (of 255), likeness of edges
    and of movement (1 = the same, 0 = nothing in common; movement None where the master hardly moves)."""

    frame: int
    luma: float
    colour: float
    structure: float
    motion: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A frame of the master and one of the film, both cut to what they share."""

    frame: int
    own: Picture
    shown: Picture


def places(stretches: Iterable[Stretch]) -> tuple[int, ...]:
    """Frames to look at: some of every stretch, each with the one that tells how it moves."""
    found = set()
    for stretch in stretches:
        length = stretch.end_frame - stretch.start_frame
        for eighth in PLACES if length >= SHORT else FEW_PLACES:
            frame = stretch.start_frame + length * eighth // 8
            found |= {frame, min(frame + SPREAD, stretch.end_frame - 1)}
    return tuple(sorted(found))


def side_by_side(stretch: Stretch, own: Samples, shown: Samples, master: Size, film: Size) -> tuple[Beside, ...]:
    """All sampled frames of a stretch as pairs; empty when nobody knows what it shows of the master."""
    if stretch.view is None:
        return ()
    pairs = []
    for frame in places([stretch]):
        if frame in own and frame in shown:
            parts = boxes(stretch.view, frame - stretch.start_frame, master, film)
            pair = aligned(own[frame], shown[frame], parts)
            pairs += [Beside(frame, *_coarse(pair))] if pair else []
    return tuple(pairs)


def _coarse(pair: tuple[Picture, Picture]) -> tuple[Picture, Picture]:
    """At half the size where that is enough: edges and movement cost a quarter."""
    return (halved(pair[0]), halved(pair[1])) if min(pair[0].shape[1:]) >= ENOUGH else pair


def drifts(pairs: Sequence[Beside]) -> tuple[Drift, ...]:
    """How far each frame has drifted."""
    by_frame = {pair.frame: pair for pair in pairs}
    return tuple(drift(pair, by_frame.get(pair.frame + SPREAD)) for pair in pairs)


def drift(pair: Beside, later: Beside | None) -> Drift:
    """One pair, with a later one of the same stretch to see how it moves."""
    one, other = patches(pair.own), patches(pair.shown)
    return Drift(
        frame=pair.frame,
        luma=float(np.abs(one[0] - other[0]).mean()),
        colour=float(np.hypot(one[1] - other[1], one[2] - other[2]).mean()),
        structure=likeness(edges(pair.own[0]), edges(pair.shown[0])),
        motion=_moving(pair, later) if later is not None and later.own.shape == pair.own.shape else None,
    )


def patches(picture: Picture) -> Picture:
    """Mean values of a coarse grid."""
    height, width = picture.shape[1:]
    across = GRID if width >= height else max(2, round(GRID * width / height))
    down = GRID if height > width else max(2, round(GRID * height / width))
    return resized(picture, Size(min(across, width), min(down, height)))


def edges(plane: Plane) -> Plane:
    """Where the picture changes from pixel to pixel, softened: a shift of a pixel is not another structure."""
    soft = _soft(plane)
    across, down = np.gradient(soft)
    return _soft(np.hypot(across, down))


def likeness(one: Plane, other: Plane) -> float:
    """Correlation of two planes. Two plain ones are alike; a plain one is unlike any other."""
    first, second = one - one.mean(), other - other.mean()
    powers = float(np.square(first).mean()), float(np.square(second).mean())
    if min(powers) < 1e-3:
        return 1.0 if max(powers) < 1e-1 else 0.0
    return float((first * second).mean() / np.sqrt(powers[0] * powers[1]))


def _moving(pair: Beside, later: Beside) -> float | None:
    own = np.abs(later.own[0] - pair.own[0])
    if float(own.mean()) < MOVES:
        return None
    return likeness(_soft(_soft(own)), _soft(_soft(np.abs(later.shown[0] - pair.shown[0]))))


def _soft(plane: Plane) -> Plane:
    """Means over three by three pixels."""
    padded = np.pad(plane, 1, mode="edge")
    rows = padded[:-2] + padded[1:-1] + padded[2:]
    return np.asarray((rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / 9, np.float32)
