"""Jumps that may be cuts all the same: too small for the detector to be sure, too large for their neighbourhood."""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from campaign.media.detection.detected import Jump
from campaign.media.detection.flashes import Picture, apart, back_at, longest_flash, pictures_at
from campaign.media.detection.shots import FLASH

CLEAR = 1.5
"""How many times as large as any other step around it a jump is that stands clear."""
AROUND = 5
"""Frames before and after it whose steps it is held against: animation drawn on twos or threes moves by such jumps only.
That right after it is not: footage brought to another rate may blend the two frames of a cut."""


def standing_clear(path: Path, jumps: Sequence[Jump], cuts: Collection[int], rate: Fraction) -> tuple[Jump, ...]:
    """Of a film's `jumps` those that are no motion, no flash and no part of one of its `cuts`."""
    alone = [jump for jump in jumps if all(abs(jump.frame - cut) > FLASH for cut in cuts)]
    longest = longest_flash(rate)
    windows = (range(max(jump.frame - AROUND, 0), jump.frame + max(AROUND, 4 * longest) + 2) for jump in alone)
    pictures = pictures_at(path, [frame for window in windows for frame in window])
    return tuple(jump for jump in alone if _clear(pictures, jump.frame, longest))


def _clear(pictures: Mapping[int, Picture], frame: int, longest: int) -> bool:
    step = apart(pictures, frame - 1, frame)
    others = [n for n in range(frame - AROUND + 1, frame + AROUND + 1) if n not in (frame, frame + 1)]
    steps = [apart(pictures, n - 1, n) for n in others if {n - 1, n} <= pictures.keys()]
    if step < CLEAR * max(steps, default=0.0):
        return False
    return back_at(pictures, frame - 1, frame, step / 2, longest) is None
