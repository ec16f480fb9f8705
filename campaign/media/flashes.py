"""Tells cuts from flashes: whether the picture is the same again after it jumped twice."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from campaign.media.probe import moving_picture, opened
from campaign.media.shots import FLASH

ALIKE = 20.0
"""Mean difference (of 255) of two small pictures below which they are one shot's: cuts of real films lie above it."""
_SMALL = (32, 18)

Picture = NDArray[np.float32]


def without_flashes(path: Path, cuts: Sequence[int]) -> tuple[int, ...]:
    """The cuts of a film less those that a flash makes, which leaves the picture as it was.

    Of jumps at most FLASH frames apart that lead to another picture the first is the cut: a burst of motion after a cut,
    a white frame between two shots.
    """
    runs = tuple(_runs(cuts))
    before_after = {run: (run[0] - 1, run[-1]) for run in runs if len(run) > 1}
    if not before_after:
        return tuple(cuts)
    small = _pictures(path, {frame for pair in before_after.values() for frame in pair})
    return tuple(run[0] for run in runs if run not in before_after or not _alike(small, *before_after[run]))


def _runs(cuts: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Cuts in groups that lie close together."""
    run: list[int] = []
    for cut in sorted(set(cuts)):
        if run and cut - run[-1] > FLASH:
            yield tuple(run)
            run = []
        run.append(cut)
    if run:
        yield tuple(run)


def _pictures(path: Path, wanted: Iterable[int]) -> dict[int, Picture]:
    """Frames by index, small and in colour."""
    left, found = set(wanted), dict[int, Picture]()
    with opened(path) as container:
        for n, frame in enumerate(container.decode(moving_picture(container, path))):
            if n in left:
                found[n] = frame.reformat(*_SMALL, "rgb24", interpolation="AREA").to_ndarray().astype(np.float32)
            if len(found) == len(left):
                break
    return found


def _alike(pictures: dict[int, Picture], before: int, after: int) -> bool:
    if before not in pictures or after not in pictures:
        return True
    return float(np.abs(pictures[before] - pictures[after]).mean()) < ALIKE
