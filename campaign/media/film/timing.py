"""How a clip's frames become just as many as its segment has, at the film's rate. Pure."""

from dataclasses import dataclass
from fractions import Fraction

from campaign.media.counting import Counted
from campaign.model.rates import rate_text

SAME_RATE = Fraction(1, 500)
"""Rates closer than this (relative) are one rate with other stamps: 23.976 and 24."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a clip with frames too many or too few lies against the master: the film's frame n is its frame n + `skip`.
    `sure` = what moves in it tells so, else it is supposed to begin as the master does."""

    skip: int
    sure: bool


UNSURE = Fit(0, sure=False)


@dataclass(frozen=True, slots=True)
class Timing:
    """How a clip's frames are brought to the film's: resampled by time (`retimed`) or taken one by one.

    `told` says what is done, in words. Of `spare` frames too many `skip` are dropped at its head, the others at its tail;
    of frames missing (negative) as many are filled by holding the first, the others by holding the last.
    """

    retimed: bool
    told: tuple[str, ...]
    spare: int = 0
    skip: int = 0

    @property
    def missing(self) -> int:
        """How many frames are filled by holding another."""
        return max(-self.spare, 0)


def timing(wanted: int, counted: Counted, rate: Fraction, fit: Fit = UNSURE) -> Timing:
    """How a clip becomes `wanted` frames at `rate`.

    With just the frames wanted it is taken frame by frame whatever its stamps say: providers restamp 23.976 as 24. At
    another rate it is resampled, unless frame by frame it comes nearer: 97 frames at 25 fps are 96 at 24 and one more,
    not 93.
    """
    if counted.frames == wanted:
        same = counted.rate == rate and counted.constant
        return Timing(False, () if same else (f"re-stamped from {fps(counted.rate)} to {fps(rate)}, no frame changed",))
    by_time = _by_time(counted, rate)
    other = abs(counted.rate / rate - 1) > SAME_RATE or not counted.constant
    retimed = other and abs(by_time - wanted) <= abs(counted.frames - wanted)
    frames = by_time if retimed else counted.frames
    told = []
    if retimed:
        told.append(f"resampled from {fps(counted.rate)} to {fps(rate)}")
    elif counted.rate != rate:
        told.append(f"re-stamped from {fps(counted.rate)} to {fps(rate)}")
    spare = frames - wanted
    if spare:
        told.append(_evened(spare, wanted, fit))
    return Timing(retimed, tuple(told), spare, fit.skip)


def _evened(spare: int, wanted: int, fit: Fit) -> str:
    """What is done about frames too many or too few, at which end, and whether that could be seen."""
    if spare < 0:
        differs, ends, done = "short of", ("first frame", "last frame"), "held"
    else:
        differs, ends, done = "longer than", ("head", "tail"), "dropped"
    if fit.skip in (0, spare):
        which = f"its {ends[fit.skip == 0]} is {done}"
    else:
        which = f"{abs(fit.skip)} at its head and {abs(spare - fit.skip)} at its tail are {done}"
    known = "so it moves as the master does" if fit.sure else "though its motion does not tell at which end it differs"
    return f"{frame_count(abs(spare))} {differs} {wanted}: {which}, {known}"


def _by_time(counted: Counted, rate: Fraction) -> int:
    """How many frames of `rate` the clip's times make."""
    if counted.constant or counted.span is None:
        return round(counted.frames * rate / counted.rate)
    return round(counted.span * rate) + 1


def fps(rate: Fraction) -> str:
    """A rate with its unit: `23.976 fps`."""
    return f"{rate_text(rate)} fps"


def frame_count(count: int) -> str:
    """So many frames, in words."""
    return f"{count} frame" if count == 1 else f"{count} frames"
