"""Frames and their times: counted from a film's packets without decoding, or decoded where packets do not tell."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from campaign.errors import MediaError
from campaign.media.probe import MOST_FRAMES, NAMED_RATES, moving_picture, named_rate, opened

QUARTER = Fraction(1, 4)
"""Of a frame: allows for a camera's jitter, which leaves every frame nearest to its own place."""
EXACT = Fraction(1, 20)
"""Of a frame: stamps this near to a grid, and to a tick, were written for it. Those of a camera's clock lie farther off."""
USUAL_RATES = tuple(sorted((*(Fraction(rate) for rate in (10, 12, 15, 20)), *NAMED_RATES)))
STEADY = Fraction(1, 20)
"""How far (relative) the mean pace may lie from that of the usual gap: farther, it is a mean of several paces."""


@dataclass(frozen=True, slots=True)
class Counted:
    """Frames that are shown; how far (in frames) any lies from a constant `rate`'s grid; the rate at which they pass where
    none is left out; the seconds from the first frame's time to the last's (None = not known)."""

    frames: int
    rate: Fraction
    drift: Fraction
    pace: Fraction
    span: Fraction | None = None

    @property
    def constant(self) -> bool:
        """Whether every frame is where the rate puts it. An unusual rate is a mean that the stamps may only happen to lie
        around, unless they were written for it."""
        return self.drift <= (QUARTER if self.rate in USUAL_RATES else EXACT)


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
    pace = _pace(times, tick)
    rate = _rate(times, named_rate(told), pace, tick)
    span = (times[-1] - times[0]) * tick if times else None
    return Counted(len(shown), rate, _drift(times, rate * tick), pace or rate, span)


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
    return _onwards(shown)


def _onwards(times: list[int | None]) -> list[int | None]:
    """The same times where a clock was set back in between, as in two broadcast recordings joined byte by byte: what comes
    then goes on a usual gap after the frame before, as ffmpeg plays it."""
    told = [time for time in times if time is not None]
    gaps = sorted(later - time for time, later in pairwise(told) if later > time)
    usual = gaps[len(gaps) // 2] if gaps else 0
    found, shift, last = list[int | None](), 0, None
    for time in times:
        if time is not None:
            if last is not None and time + shift < last - usual:
                shift = last + usual - time
            last = time + shift
        found.append(None if time is None else time + shift)
    return found


def _require_few(count: int, path: Path) -> None:
    """A header may promise a second and the file hold hours."""
    if count > MOST_FRAMES:
        raise MediaError(f"{path}: holds more than {MOST_FRAMES:,} frames. Give the film in parts.")


def _short(path: Path, promised: int, held: int) -> str:
    return f"{path}: cut short: its index promises {promised} frames, {held} are there. Copy or export it again."


def _rate(times: list[int], told: Fraction, pace: Fraction | None, tick: Fraction) -> Fraction:
    """A usual rate on whose grid the frames lie: the one that the container tells, when they lie on it to a tick, else the
    one nearest to their pace; what the container tells only where there is none.

    Of jittered stamps a container tells the average (26918/897 for 30), which is no rate that anything was shot at.
    """
    fits = [usual for usual in USUAL_RATES if _drift(times, usual * tick) <= QUARTER]
    if not fits or pace is None or (told in fits and _drift(times, told * tick) <= EXACT + told * tick / 2):
        return told
    return min(fits, key=lambda usual: abs(usual - pace))


def _pace(times: list[int], tick: Fraction) -> Fraction | None:
    """Frames a second where none is left out: that of the usual gap or, near it, by least squares over all times, each frame
    as many places after the one before as the usual gap goes into theirs. None for fewer than two times."""
    gaps = [later - time for time, later in pairwise(times)]
    usual = sorted(gaps)[len(gaps) // 2] if gaps else 0
    if not usual:
        return None
    places = list(accumulate((max(1, round(Fraction(gap, usual))) for gap in gaps), initial=0))
    count, both = len(times), sum(place * time for place, time in zip(places, times, strict=True))
    spread = count * sum(place * place for place in places) - sum(places) ** 2
    mean, each = spread / (tick * (count * both - sum(places) * sum(times))), 1 / (usual * tick)
    return mean if abs(mean / each - 1) <= STEADY else each


def _drift(times: list[int], frames_per_tick: Fraction) -> Fraction:
    """The farthest any frame lies from the nearest grid of a frame each, in frames."""
    many, per = frames_per_tick.as_integer_ratio()
    places = [time * many - n * per for n, time in enumerate(times)] or [0]
    return Fraction(max(places) - min(places), 2 * per)


_COUNTERS = {"mov": _packets, "matroska": _packets, "avi": _placed}
"""Whose packets tell when each frame is shown; those of others must be decoded to know."""
