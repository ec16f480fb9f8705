"""Frames and their times counted from a film's packets, without decoding."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from campaign.errors import MediaError
from campaign.media.probe import moving_picture, named_rate, opened


@dataclass(frozen=True, slots=True)
class Counted:
    """Frames that are shown; how far (in frames) any lies from a constant `rate`'s grid; the rate of the usual gap."""

    frames: int
    rate: Fraction
    drift: Fraction
    pace: Fraction

    @property
    def constant(self) -> bool:
        """Whether every frame is where the rate puts it. A quarter of a frame allows for millisecond time stamps."""
        return self.drift <= Fraction(1, 4)


def count_frames(path: Path) -> Counted:
    """Count what a player shows: packets that an edit list discards are left out.

    Raises MediaError when the index promises more frames than the file holds.
    """
    with opened(path) as container:
        stream = moving_picture(container, path)
        rate = named_rate(Fraction(stream.average_rate or stream.guessed_rate or 1))
        packets = [packet for packet in container.demux(stream) if packet.size]
        if stream.frames > len(packets) or any(packet.is_corrupt for packet in packets):
            raise MediaError(
                f"{path}: cut short: its index promises {stream.frames} frames, {len(packets)} are there. "
                "Copy or export it again."
            )
        times = sorted(packet.pts for packet in packets if not packet.is_discard and packet.pts is not None)
        tick = Fraction(stream.time_base or 1)
        gaps = sorted(later - time for time, later in pairwise(times)) or [0]
        gap = gaps[len(gaps) // 2]
        return Counted(len(times), rate, _drift(times, rate * tick), 1 / (gap * tick) if gap else rate)


def _drift(times: list[int], frames_per_tick: Fraction) -> Fraction:
    """The farthest any frame lies from the grid that starts at the first, in frames."""
    return max((abs((time - times[0]) * frames_per_tick - n) for n, time in enumerate(times)), default=Fraction(0))
