"""Frame rates: as people write them, and how a film shows a master's frames at another one."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

NTSC = Fraction(1001, 1000)
"""23.976 and 24, 29.97 and 30, 59.94 and 60 are this far apart: 0.1 %."""


def rate_text(rate: Fraction) -> str:
    """Frames a second to three places, without idle zeros: `23.976`, `25`."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")


class Convert(StrEnum):
    """What becomes of a master whose rate a spec does not take: refused; each frame shown twice, or every second one
    left out, where that gives just a rate that is taken; or, where it does not, all frames played 0.1 % faster or slower,
    the sound with them."""

    REFUSE = "refuse"
    EXACT = "exact"
    SPEED = "speed"


@dataclass(frozen=True, slots=True)
class Cadence:
    """How a film at `rate` shows a master's frames: each of them `repeat` times, or every `step`-th one (one of both is 1),
    then the last for `hold` frames more, in silence.

    No frame is ever made of two. Where the rate is another and neither changes, the film runs at another speed.
    """

    rate: Fraction
    repeat: int = 1
    step: int = 1
    hold: int = 0

    def source(self, frame: int) -> int:
        """The master's frame that a frame of the film shows."""
        return frame * self.step // self.repeat

    def place(self, frame: int) -> int:
        """The first frame of the film that shows the master's `frame` or a later one."""
        return -(-frame * self.repeat // self.step)

    def frames(self, own: int) -> int:
        """How many frames the film of a master of `own` frames has."""
        return self.place(own) + self.hold

    def speed(self, rate: Fraction) -> Fraction:
        """How many times as fast as a master at `rate` the film runs: 1, or off by 0.1 %."""
        return self.rate * self.step / (self.repeat * rate)

    def words(self, rate: Fraction) -> str:
        """What is done to a master at `rate`, for people."""
        held = f"its last frame is held for {float(self.hold / self.rate):g} s of silence" if self.hold else ""
        if self.rate == rate:
            return held
        if self.repeat > 1:
            done = "each frame is shown twice"
        elif self.step > 1:
            done = "every second frame is left out"
        else:
            done = f"every frame is kept, picture and sound run 0.1 % {'faster' if self.rate > rate else 'slower'}"
        become = f"{rate_text(rate)} frames a second become {rate_text(self.rate)}: {done}"
        return f"{become}; {held}" if held else become


def cadence_to(rate: Fraction, taken: Iterable[Fraction], convert: Convert) -> Cadence | None:
    """How a master at `rate` becomes one of the rates `taken`; None where it is one of them, where nobody says what is
    taken, and where `convert` knows no way. What loses no frame goes first."""
    rates = tuple(taken)
    if rate in rates or convert is Convert.REFUSE:
        return None
    ways = [Cadence(2 * rate, repeat=2)]
    if convert is Convert.SPEED:
        ways += [Cadence(rate * NTSC), Cadence(rate / NTSC)]
    ways.append(Cadence(rate / 2, step=2))
    return next((way for way in ways if way.rate in rates), None)
