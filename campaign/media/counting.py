"""Frames and their times: counted from a film's packets without decoding, or decoded where packets do not tell."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from campaign.errors import MediaError
from campaign.media.probe import MOST_FRAMES, moving_picture, named_rate, opened

QUARTER = Fraction(1, 4)
"""Of a frame: allows for millisecond time stamps."""
USUAL_RATES = tuple(Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"))


@dataclass(frozen=True, slots=True)
class Counted:
    """Frames that are shown; how far (in frames) any lies from a constant `rate`'s grid; the rate of the usual gap; the
    seconds from the first frame's time to the last's (None = not known)."""

    frames: int
    rate: Fraction
    drift: Fraction
    pace: Fraction
    span: Fraction | None = None

    @property
    def constant(self) -> bool:
        """Whether every frame is where the rate puts it."""
        return self.drift <= QUARTER


def count_frames(path: Path, *, master: bool = False) -> Counted:
    """Count what a player shows: packets that an edit list discards are left out.

    Raises MediaError when the index promises more frames than the file holds, or when it holds more than we open.
    """
    with opened(path, master=master) as container:
        stream = moving_picture(container, path)
        told = Fraction(stream.average_rate or stream.guessed_rate or 1)
        kind = container.format.name.split(",")[0]
        shown = _COUNTERS.get(kind, _decoded)(container, stream, path)
        tick = Fraction(stream.time_base or 1)
    times = sorted(time for time in shown if time is not None)
    rate = _rate(times, told, tick)
    gaps = sorted(later - time for time, later in pairwise(times)) or [0]
    gap = gaps[len(gaps) // 2]
    span = (times[-1] - times[0]) * tick if times else None
    return Counted(len(shown), rate, _drift(times, rate * tick), 1 / (gap * tick) if gap else rate, span)


def _packets(container: InputContainer, stream: VideoStream, path: Path) -> list[int | None]:
    packets: list[Packet[VideoStream]] = []
    for packet in container.demux(stream):
        if packet.size:
            packets.append(packet)
        _require_few(len(packets), path)
    if stream.frames > len(packets) or any(packet.is_corrupt for packet in packets):
        raise MediaError(_short(path, stream.frames, len(packets)))
    return [packet.pts for packet in packets if not packet.is_discard and packet.pts is not None]


def _placed(container: InputContainer, stream: VideoStream, path: Path) -> list[int | None]:
    """An AVI has no times but the place of each frame, and empty ones where the one before is shown on."""
    places = [packet.dts for packet in container.demux(stream) if packet.size and packet.dts is not None]
    _require_few(len(places), path)
    if stream.frames > max(places, default=-1) + 1:
        raise MediaError(_short(path, stream.frames, len(places)))
    return list(places)


def _decoded(container: InputContainer, stream: VideoStream, path: Path) -> list[int | None]:
    stream.thread_type = "AUTO"
    shown: list[int | None] = []
    for frame in container.decode(stream):
        if frame.is_corrupt:
            raise MediaError(f"{path}: damaged: frame {len(shown)} cannot be decoded whole. Copy or export it again.")
        shown.append(frame.pts)
        _require_few(len(shown), path)
    if stream.frames > len(shown):
        raise MediaError(_short(path, stream.frames, len(shown)))
    return shown


def _require_few(count: int, path: Path) -> None:
    """A header may promise a second and the file hold hours."""
    if count > MOST_FRAMES:
        raise MediaError(f"{path}: holds more than {MOST_FRAMES:,} frames. Give the film in parts.")


def _short(path: Path, promised: int, held: int) -> str:
    return f"{path}: cut short: its index promises {promised} frames, {held} are there. Copy or export it again."


def _rate(times: list[int], told: Fraction, tick: Fraction) -> Fraction:
    """What the container tells, unless the frames lie on the grid of a usual rate and not on that one's."""
    rate = named_rate(told)
    if _drift(times, rate * tick) <= QUARTER:
        return rate
    fits = (usual for usual in USUAL_RATES if _drift(times, usual * tick) <= QUARTER)
    return next(fits, rate)


def _drift(times: list[int], frames_per_tick: Fraction) -> Fraction:
    """The farthest any frame lies from the grid that starts at the first, in frames."""
    return max((abs((time - times[0]) * frames_per_tick - n) for n, time in enumerate(times)), default=Fraction(0))


_COUNTERS = {"mov": _packets, "matroska": _packets, "avi": _placed}
"""Whose packets tell when each frame is shown; those of others must be decoded to know."""
