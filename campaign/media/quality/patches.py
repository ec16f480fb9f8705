"""Why the colours of passed-through frames differ from the master's: the mistakes that files are made with, tried one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from campaign.media.quality.drift import Beside, patches

Matrix = NDArray[np.float64]
KR_KB = {"709": (0.2126, 0.0722), "601": (0.299, 0.114)}


@dataclass(frozen=True, slots=True)
class Explanation:
    """The mistake that fits best, in words (empty: none does better than plain equality), with what is left of the
    difference under it and what the difference is at all: root mean squares of patches, of 255."""

    words: str
    left: float
    plain: float


def explain(pairs: Sequence[Beside]) -> Explanation:
    """The nearest explanation of how the film's patches came from the master's."""
    own = np.concatenate([patches(pair.own).reshape(3, -1) for pair in pairs], 1).astype(np.float64)
    shown = np.concatenate([patches(pair.shown).reshape(3, -1) for pair in pairs], 1).astype(np.float64)
    left = {
        words: _rms(_clipped(matrix @ own + shift[:, None]) - shown) for words, (matrix, shift) in _MISTAKES.items()
    }
    plain = _rms(own - shown)
    best = min(left, key=lambda words: left[words])
    return Explanation(best, left[best], plain) if left[best] < plain else Explanation("", plain, plain)


def _rms(values: Matrix) -> float:
    return float(np.sqrt(np.square(values).mean()))


def _clipped(values: Matrix) -> Matrix:
    return np.clip(values, 0, 255)


def _coded(name: str) -> Matrix:
    """RGB (0 to 1) into Y, Cb, Cr at video levels."""
    red, blue = KR_KB[name]
    luma = np.array([red, 1 - red - blue, blue])
    chroma = [(np.array([0, 0, 1]) - luma) / (2 - 2 * blue), (np.array([1, 0, 0]) - luma) / (2 - 2 * red)]
    return np.stack([219 * luma, 224 * chroma[0], 224 * chroma[1]])


def _affine(matrix: Matrix, low: float = 16.0) -> tuple[Matrix, Matrix]:
    """`matrix` applied around black and grey; black then lies at `low`."""
    return matrix, np.array([low, 128.0, 128.0]) - matrix @ np.array([16.0, 128.0, 128.0])


_SWAPPED = _coded("601") @ np.linalg.inv(_coded("709"))
_FULL = np.diag([255 / 219, 255 / 224, 255 / 224])
_MISTAKES: Mapping[str, tuple[Matrix, Matrix]] = {
    "looks like BT.601 pixels tagged BT.709": _affine(_SWAPPED),
    "looks like BT.709 pixels converted as if they were BT.601": _affine(np.linalg.inv(_SWAPPED)),
    "looks like full-range pixels tagged as video range": _affine(_FULL, 0.0),
    "looks like video-range pixels converted as if they were full range": (
        np.linalg.inv(_FULL),
        np.array([16.0, 128.0, 128.0]) - np.linalg.inv(_FULL) @ np.array([0.0, 128.0, 128.0]),
    ),
    "looks like full-range BT.601 pixels tagged BT.709 video range": _affine(_FULL @ _SWAPPED, 0.0),
}
"""Each as the matrix and shift that lead from right values to the ones in the file."""
