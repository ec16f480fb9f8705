"""Tells cuts from flashes: whether the picture comes back after it jumped."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from campaign.media.detection.shots import FLASH
from campaign.media.probe import moving_picture, opened

ALIKE = 20.0
"""Mean difference (of 255) of two small pictures below which they are one shot's: cuts of real films lie above it."""
LIT = 0.95
"""Correlation of two small pictures above which one is the other under another light."""
AFTERGLOW = 3
"""How many times as long as a flash its light may take to fade."""
_SMALL = (32, 18)

Picture = NDArray[np.float32]


def without_flashes(path: Path, cuts: Sequence[int], rate: Fraction) -> tuple[int, ...]:
    """The cuts of a film less those that flashes make, which leave the picture as it was; and with those that hide right
    behind a flash: scdet is blind to the second of two jumps in a row.

    Of jumps at most FLASH frames apart that lead to another picture the first is the cut: a burst of motion after a cut,
    a white frame between two shots; unless the frames between still show what was before.
    """
    longest = longest_flash(rate)
    windows = tuple(_windows(sorted(set(cuts)), longest))
    pictures = pictures_at(path, [frame for window in windows for frame in window])
    flagged = frozenset(cuts)
    found = [cut for window in windows for cut in judged(pictures, window, flagged, longest)]
    kept: list[int] = []
    for cut in found:
        if not kept or cut - kept[-1] > FLASH:
            kept.append(cut)
        elif _lit(pictures, kept[-1] - 1, kept[-1]) and not _lit(pictures, cut, kept[-1]):
            kept[-1] = cut
    return tuple(kept)


def without_lights(path: Path, cuts: Sequence[int], tinted: Collection[int]) -> tuple[int, ...]:
    """The cuts of a film less those of the `tinted` at which one picture only comes under a light of another colour."""
    pictures = pictures_at(path, [n for cut in tinted for n in (cut - 1, cut)])
    return tuple(cut for cut in cuts if cut not in tinted or not _lit(pictures, cut - 1, cut, tinted=True))


def longest_flash(rate: Fraction) -> int:
    """How many frames a flash may last: FLASH at 25 frames a second, as long in seconds at higher rates."""
    return max(FLASH, round(rate * FLASH / 25))


def judged(pictures: Mapping[int, Picture], window: range, flagged: Collection[int], longest: int) -> Iterator[int]:
    """The cuts in a window whose first frame belongs to a shot: `flagged` frames, and frames right behind a jump, unless
    within `longest` frames the picture is again what it was before."""
    shot, frame = window.start, window.start + 1
    while frame in window and frame in pictures:
        told, back = frame in flagged, None
        if told or apart(pictures, frame - 2, frame - 1) >= ALIKE:
            away = apart(pictures, shot, frame)
            back = back_at(pictures, shot, frame, min(ALIKE, away / 2), longest)
            if back is None and (told or away >= ALIKE):
                yield frame
        # The first frame after a flash may still be lit: what comes next is held against the frame before it.
        shot, frame = (frame, frame + 1) if back is None else (shot, back + 1)


def back_at(pictures: Mapping[int, Picture], shot: int, frame: int, near: float, longest: int) -> int | None:
    """The frame at which a flash that began at `frame` is over, None when it is none. Its light may fade longer than it
    lasts, as long as it is the shot that is lit."""
    for n in range(frame + 1, frame + AFTERGLOW * longest + 1):
        if apart(pictures, shot, n) < near:
            return n
        if n > frame + longest and not _lit(pictures, shot, n):
            return None
    return None


def _windows(cuts: Sequence[int], longest: int) -> Iterator[range]:
    """The frames to look at: around each cut, those that overlap as one."""
    start: int | None = None
    end = 0
    for cut in cuts:
        if start is not None and cut - 1 > end:
            yield range(start, end)
            start = None
        start = max(cut - 1, 0) if start is None else start
        end = cut + (AFTERGLOW + 1) * longest + 2
    if start is not None:
        yield range(start, end)


def pictures_at(path: Path, wanted: Sequence[int]) -> dict[int, Picture]:
    """Frames by index, small and in colour."""
    left, found = set(wanted), dict[int, Picture]()
    if not left:
        return found
    last = max(left)
    with opened(path) as container:
        stream = moving_picture(container, path)
        stream.thread_type = "AUTO"
        for n, frame in enumerate(container.decode(stream)):
            if n in left:
                found[n] = frame.reformat(*_SMALL, "rgb24", interpolation="AREA").to_ndarray().astype(np.float32)
            if n >= last:
                break
    return found


def apart(pictures: Mapping[int, Picture], one: int, other: int) -> float:
    """How far two pictures differ (of 255); one that is not there is as far as can be from any other, 0 from itself."""
    if one == other:
        return 0.0
    if one not in pictures or other not in pictures:
        return 0.0 if one < other and one not in pictures else 255.0
    return float(np.abs(pictures[one] - pictures[other]).mean())


def _lit(pictures: Mapping[int, Picture], one: int, other: int, *, tinted: bool = False) -> bool:
    """Whether both show the same, however bright; `tinted`: red, green and blue each however bright."""
    if one not in pictures or other not in pictures:
        return False
    shapes = [pictures[n] - pictures[n].mean(axis=(0, 1)) for n in (one, other)]
    if tinted:
        shapes = [shape / np.maximum(shape.std(axis=(0, 1)), 1) for shape in shapes]
    sizes = [float(np.sqrt((shape * shape).sum())) for shape in shapes]
    return min(sizes) > 0 and float((shapes[0] * shapes[1]).sum()) > LIT * sizes[0] * sizes[1]
