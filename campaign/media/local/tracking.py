"""Where a window must be to keep the subject: one path a shot, locked off where that serves as well. numpy only."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from campaign.media.local.saliency import Attention, Profile

LOCKED = 0.96
"""A fixed window that keeps at least this part of what the moving one keeps is preferred: editors lock off too."""
MOST_SPEED = Fraction(1, 40)
"""How far the window may travel a frame, in picture widths (or heights)."""
_CALM = 0.05
"""What a travel of one pixel costs, in votes."""
_SMOOTHING = 7
"""Half length, in frames, of the average that takes the corners out of a path."""
_BORDER = 0.15
_STEADY = 6
"""Votes are averaged over so many frames before and after, so that a flash does not pull the window."""
_DISTINCT = 0.6
"""A reason speaks at full voice when its best window keeps so much more (of 1) than its mean window."""


@dataclass(frozen=True, slots=True)
class CropPath:
    """A window over a shot: `window` is its part of the picture's width (or height, when `upright`), `centres` where
    its middle is on every frame, as a fraction of the same. It spans the picture the other way."""

    window: float
    upright: bool
    centres: tuple[float, ...]

    @property
    def locked(self) -> bool:
        """Whether the window never moves."""
        return len(set(self.centres)) <= 1


def track(seen: Attention, shape: Fraction) -> CropPath:
    """The path of a window of `shape` (width over height) over one shot, following what draws the eye."""
    picture = Fraction(seen.width, seen.height)
    upright = shape > picture
    window = min(1.0, float(picture / shape if upright else shape / picture))
    length = seen.height if upright else seen.width
    votes = _votes(seen, max(1, round(window * length)), upright=upright)
    places = _best_places(_smooth(votes, _STEADY), int(length * MOST_SPEED) + 1)
    margin = (length - votes.shape[1]) / 2
    centres = np.clip((places + margin + 0.5) / length, window / 2, 1 - window / 2)
    return CropPath(window, upright, tuple(float(centre) for centre in centres))


def outside(profile: Profile, path: CropPath) -> Profile:
    """What of a profile along the path's direction lies outside its window, frame by frame."""
    place = (np.arange(profile.shape[1]) + 0.5) / profile.shape[1]
    beyond = np.abs(place[None] - np.array(path.centres)[:, None]) > path.window / 2
    return np.asarray((profile * beyond).sum(1))


def lost(seen: Attention, path: CropPath) -> float:
    """Which part of what draws the eye lies outside the window, on the average frame: 0 (nothing) to 1."""
    profile = seen.profile(upright=path.upright)
    return float(outside(profile, path).sum() / max(float(profile.sum()), 1e-9))


def _votes(seen: Attention, window: int, *, upright: bool) -> Profile:
    """(frames, places): how much speaks for a window at every place.

    Each reason has one vote, its best place counting 1 and its mean place 0, so that a small fast thing does not outvote
    all others by its heat. A reason that is spread evenly over the shot has little to say and says it softly.
    """
    votes = np.zeros(())
    for drawn in seen.reasons:
        kept = _kept(drawn.profile(upright=upright), window)
        mean, best = float(kept.mean()), float(np.percentile(kept.max(1), 75))
        voice = drawn.weight * min(1.0, (best / max(mean, 1e-9) - 1) / _DISTINCT)
        votes = votes + voice * np.clip((kept - mean) / max(best - mean, 1e-9), 0, 1)
    return np.asarray(votes)


def _kept(profile: Profile, window: int) -> Profile:
    """What a window keeps at every place, counting its middle more than its edges."""
    place = (np.arange(window) + 0.5) / window * 2 - 1
    weight = np.cos(place * np.pi / 2) * (1 - _BORDER) + _BORDER
    return np.stack([np.convolve(row, weight, "valid") for row in profile])


def _smooth(values: Profile, reach: int) -> Profile:
    """Running means over `reach` frames on both sides, along the first axis."""
    padded = np.pad(values, [(reach, reach)] + [(0, 0)] * (values.ndim - 1), mode="edge")
    total = np.cumsum(np.concatenate((np.zeros_like(padded[:1]), padded)), 0)
    return np.asarray((total[2 * reach + 1 :] - total[: -2 * reach - 1]) / (2 * reach + 1))


def _best_places(scores: Profile, speed: int) -> Profile:
    """Left (or top) of the window on every frame, in pixels: the best moving path, or one place that is as good."""
    moving = _cheapest(scores, speed)
    rows = np.arange(len(scores))
    still = int(scores.sum(0).argmax())
    if scores[:, still].sum() >= LOCKED * scores[rows, moving].sum():
        return np.full(len(scores), float(still))
    return _smooth(_smooth(moving.astype(np.float64), _SMOOTHING), _SMOOTHING)


def _cheapest(scores: Profile, speed: int) -> NDArray[np.int_]:
    """Dynamic programming: the path that keeps most, less what its travel costs, never faster than `speed` a frame."""
    frames, places = scores.shape
    steps = np.arange(-speed, speed + 1)
    best, came = scores[0].copy(), np.zeros((frames, places), np.int_)
    for n in range(1, frames):
        padded = np.pad(best, speed, constant_values=-np.inf)
        reached = np.stack([padded[speed + step : speed + step + places] - _CALM * abs(step) for step in steps])
        choice = reached.argmax(0)
        came[n] = np.arange(places) + steps[choice]
        best = reached[choice, np.arange(places)] + scores[n]
    path = np.empty(frames, np.int_)
    path[-1] = best.argmax()
    for n in range(frames - 1, 0, -1):
        path[n - 1] = came[n, path[n]]
    return path
