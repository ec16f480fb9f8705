"""Where the eye goes in a shot: movement against the camera's, what breaks the pattern, rare colours. numpy only."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]
"""(frames, 3, height, width): planes of Y, Cb and Cr of one shot, small (160 pixels along the longer side is plenty)."""
Maps = NDArray[np.float32]
"""(frames, height, width): how much each pixel draws the eye."""
Profile = NDArray[np.float64]

_BINS = (6, 12, 12)
_STEP = 2
"""Movement is measured over so many frames: slow movers are lost in the grain from one to the next."""
_ROUNDS = 4
_MOVEMENT, _SURPRISE, _RARITY = 1.3, 0.6, 1.0
"""How loud each reason speaks: found on the sample under nine looks, where 36 of 36 shots then keep their subject."""
_SLOW = 0.12
"""Movement (pixels over _STEP frames, where it is fastest) below which it says nothing."""
_AT_ONCE = 32
"""Frames worked on together: a film of two minutes fits into memory."""
_SAMPLES = 12


@dataclass(frozen=True, slots=True)
class Drawn:
    """One reason to look somewhere, summed over the columns (`across`) and over the rows (`down`) of every frame: (frames,
    length), 1 on average. `weight` is how much it counts in this shot.
    """

    across: Profile
    down: Profile
    weight: float

    def profile(self, *, upright: bool) -> Profile:
        """From left to right, or from top to bottom when `upright`."""
        return self.down if upright else self.across


@dataclass(frozen=True, slots=True)
class Attention:
    """What draws the eye over one shot whose small pictures are `width` by `height`, reason by reason."""

    width: int
    height: int
    reasons: tuple[Drawn, ...]

    def profile(self, *, upright: bool) -> Profile:
        """All reasons together, each as loud as it counts: (frames, length)."""
        return np.asarray(np.sum([drawn.weight * drawn.profile(upright=upright) for drawn in self.reasons], 0))


def attention(frames: Frames) -> Attention:
    """What draws the eye over one shot: movement, surprise, rare colours."""
    table = _rare_colours(frames[:: max(1, len(frames) // _SAMPLES)])
    movement, speed = _drawn(frames, lambda rows: _movement(frames, rows), _MOVEMENT)
    surprise, _ = _drawn(frames, lambda rows: _surprise(frames[rows].astype(np.float32)), _SURPRISE)
    rarity, _ = _drawn(frames, lambda rows: _blurred(table[_bins(frames[rows])], 1), _RARITY)
    movement = replace(movement, weight=_MOVEMENT * min(1.0, speed / _SLOW))
    return Attention(frames.shape[3], frames.shape[2], (movement, surprise, rarity))


def _drawn(frames: Frames, look: Callable[[NDArray[np.int_]], Maps], weight: float) -> tuple[Drawn, float]:
    """A reason and the height at which its single hot pixels are cut off."""
    rows = np.arange(len(frames))
    high = float(np.percentile(look(rows[:: max(1, len(rows) // _SAMPLES)]), 99.5))
    chunks = [np.minimum(look(rows[n : n + _AT_ONCE]), high) for n in range(0, len(rows), _AT_ONCE)]
    across, down = (np.concatenate([chunk.sum(axis, dtype=np.float64) for chunk in chunks]) for axis in (1, 2))
    return Drawn(_levelled(across), _levelled(down), weight), high


def _levelled(sums: Profile) -> Profile:
    return sums / max(float(sums.mean()), 1e-9)


def _movement(frames: Frames, rows: NDArray[np.int_]) -> Maps:
    """Speed across edges that the camera's own movement does not explain, in pixels."""
    last = len(frames) - 1
    ones = np.minimum(rows, max(0, last - _STEP))
    pairs = [_blurred(frames[[one, min(one + _STEP, last)], 0].astype(np.float32), 2) for one in ones]
    return _blurred(np.stack([_own_speed(one, other) for one, other in pairs]), 3)


def _own_speed(one: Maps, other: Maps) -> Maps:
    down, across = _shift(one, other)
    other = np.roll(other, (-down, -across), (0, 1))
    fall, slope = np.gradient((one + other) / 2)
    change = other - one
    y, x = np.mgrid[-1 : 1 : one.shape[0] * 1j, -1 : 1 : one.shape[1] * 1j]
    terms = np.stack((slope, fall, slope * x.astype(np.float32) + fall * y.astype(np.float32))).reshape(3, -1)
    rest = change.reshape(-1)
    weight = np.ones_like(rest)
    for _ in range(_ROUNDS):  # pan, tilt and zoom by least squares, whatever moves by itself counting less each round
        weighted = terms * weight
        camera = np.linalg.lstsq(weighted @ terms.T, -(weighted @ rest), rcond=None)[0].astype(np.float32)
        left = np.abs(rest + camera @ terms)
        weight = 1 / (1 + left / (left.mean() + 0.5))
    steep = np.hypot(fall, slope)
    return np.asarray((left.reshape(one.shape) * steep) / (steep**2 + 9.0), np.float32)


def _shift(one: Maps, other: Maps) -> tuple[int, int]:
    """By how many whole pixels the picture as a whole moved down and right (phase correlation); (0, 0) when unsure."""
    spectrum = np.fft.rfft2(other - other.mean()) * np.conj(np.fft.rfft2(one - one.mean()))
    peak = np.fft.irfft2(spectrum / (np.abs(spectrum) + 1e-6), one.shape)
    row, column = np.unravel_index(int(peak.argmax()), one.shape)
    if peak.max() < 0.15:
        return 0, 0
    height, width = one.shape
    return int(row) - height * (row > height // 2), int(column) - width * (column > width // 2)


def _surprise(planes: Maps) -> Maps:
    """Spectral residual: what is left of each picture when its regular texture is taken away."""
    even = planes[:, :, : planes.shape[2] // 2 * 2, : planes.shape[3] // 2 * 2]
    half = (even[:, :, ::2, ::2] + even[:, :, 1::2, ::2] + even[:, :, ::2, 1::2] + even[:, :, 1::2, 1::2]) / 4
    spectrum = np.fft.rfft2(half)
    logs = np.log(np.abs(spectrum) + 1e-3)
    flat = logs.reshape(-1, *logs.shape[2:])
    residual = np.exp(logs - _blurred(flat, 1).reshape(logs.shape))
    found = np.fft.irfft2(residual * np.exp(1j * np.angle(spectrum)), half.shape[2:]) ** 2
    strong = _blurred(np.asarray(found.sum(1), np.float32), 2)
    grown = np.repeat(np.repeat(strong, 2, 1), 2, 2)
    short = ((0, 0), (0, planes.shape[2] - grown.shape[1]), (0, planes.shape[3] - grown.shape[2]))
    return np.asarray(np.pad(grown, short, mode="edge"), np.float32)


def _bins(frames: Frames) -> NDArray[np.int64]:
    """Which bin of colour each pixel falls into."""
    luma, blue, red = ((frames[:, n].astype(np.int64) * bins) >> 8 for n, bins in enumerate(_BINS))
    return np.asarray((luma * _BINS[1] + blue) * _BINS[2] + red)


def _rare_colours(frames: Frames) -> Maps:
    """For each bin of colour: how far it is from the colours of the whole shot, 0 to 1."""
    index, size = _bins(frames).reshape(-1), _BINS[0] * _BINS[1] * _BINS[2]
    counts = np.bincount(index, minlength=size)
    present = np.flatnonzero(counts)
    sums = [np.bincount(index, frames[:, n].reshape(-1), size)[present] for n in range(3)]
    colours = np.stack(sums, -1) / counts[present][:, None] * (0.5, 1.6, 1.6)  # hue draws the eye more than lightness
    apart = np.sqrt(((colours[:, None] - colours[None]) ** 2).sum(-1)) @ (counts[present] / counts.sum())
    table = np.zeros(size, np.float32)
    table[present] = ((apart - apart.min()) / (apart.max() - apart.min() + 1e-6)) ** 2
    return table


def _blurred(maps: Maps, radius: int) -> Maps:
    """Each map averaged twice over a square of `radius` pixels around every pixel."""
    for _ in range(2):
        maps = _averaged(_averaged(maps, radius).swapaxes(1, 2), radius).swapaxes(1, 2)
    return maps


def _averaged(maps: Maps, radius: int) -> Maps:
    """Running means along the last axis, edges repeated."""
    padded = np.pad(maps, ((0, 0), (0, 0), (radius, radius)), mode="edge")
    length = maps.shape[2]
    total = padded[..., :length].copy()
    for step in range(1, 2 * radius + 1):
        total += padded[..., step : step + length]
    return np.asarray(total / np.float32(2 * radius + 1))
