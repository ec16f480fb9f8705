"""How much a camera shakes: jumps of the whole picture against where it was going, by phase correlation."""

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from campaign.model.ratios import Size

SURE = 0.15
"""The height of the correlation's peak below which two pictures are not the same scene moved."""
JUMP = 0.01
"""Of the picture's longer side: a jump that is seen."""
MOST = 1200
"""Pairs of frames that are looked at; a longer film is looked at in stretches."""
_RUN = 24


def jitter_of(gray: Path, size: Size) -> float:
    """The part of a film's frames that jump, of small grey pictures of it one after another in the file `gray`.

    A pan or a zoom does not count: a frame jumps when its movement differs from the mean of its neighbours' by more than
    JUMP. 0 where no two frames can be compared.
    """
    film = np.memmap(gray, np.uint8, "r").reshape(-1, size.height, size.width)
    every = max(1, -(-len(film) // MOST))
    jumps: list[bool] = []
    for start in range(0, len(film) - 3, _RUN * every):
        jumps += _jumps(film[start : start + _RUN], JUMP * max(size.width, size.height))
    return sum(jumps) / len(jumps) if jumps else 0.0


def _jumps(frames: NDArray[np.uint8], least: float) -> list[bool]:
    window = np.outer(np.hanning(frames.shape[1]), np.hanning(frames.shape[2]))
    seen = [np.fft.rfft2((frame - frame.mean()) * window) for frame in frames]
    moves = [_move(one, other, window.shape) for one, other in pairwise(seen)]
    found = []
    for before, here, after in zip(moves, moves[1:], moves[2:], strict=False):
        if before is not None and here is not None and after is not None:
            found.append(float(np.abs(here - (before + after) / 2).max()) > least)
    return found


def _move(
    one: NDArray[np.complex128], other: NDArray[np.complex128], shape: tuple[int, ...]
) -> NDArray[np.float64] | None:
    """By how many pixels (down, right) the picture moved, to a fraction of one; None when that cannot be told."""
    product = other * np.conj(one)
    peak = np.fft.irfft2(product / (np.abs(product) + 1e-6), shape)
    row, column = (int(place) for place in np.unravel_index(int(peak.argmax()), shape))
    if peak[row, column] < SURE:
        return None
    return np.array([_between(peak[:, column], row), _between(peak[row], column)])


def _between(line: NDArray[np.float64], place: int) -> float:
    """A peak's place between its neighbours, counted from the middle."""
    left, top, right = line[place - 1], line[place], line[(place + 1) % len(line)]
    bend = left - 2 * top + right
    at = place + (0.5 * (left - right) / bend if bend else 0.0)
    return float(at - len(line) if at > len(line) / 2 else at)
