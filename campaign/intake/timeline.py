"""Edit lists read into stretches of frames. With delivery the door of OpenTimelineIO; no media is opened, no path followed."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from campaign.intake.edl_text import EventRefused, PlainEdl, plain_edl, shown_rate
from campaign.intake.otio_text import CURE, plain_otio

MOST_BYTES = 16_000_000
MOST_EVENTS = 2_000
MOST_FRAMES = 10_000_000
DEEPEST = 100
"""Tables within tables. OpenTimelineIO follows any depth until the process dies (measured: 50,000)."""
BROKEN = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError)
"""What OpenTimelineIO raises over files whose parts are not what they say."""
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')
_BRACES = re.compile(r"[\[\]{}]")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Frames [start, end) of the edit between two cuts, `name` the clip's or reel's, "" where the list has none."""

    name: str
    where: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Blend:
    """A dissolve or wipe over frames [start, end) of the edit, at the cut that is frame `at`."""

    at: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Listed:
    """An edit list's picture from its first frame, whatever timecode that has."""

    stretches: tuple[Stretch, ...]
    blends: tuple[Blend, ...]


def read_list(path: Path, rate: Fraction) -> Listed:
    """What the list says of an edit at `rate`. Raises EventRefused; its `where` is "" when it is about the whole file."""
    raw = _content(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    head = text.lstrip()[:1]
    if head == "<":
        problem = "is XML, which is not read: a small XML file can be made to fill any memory"
        raise EventRefused("", problem, "Export the cuts as CMX 3600 EDL or as OpenTimelineIO (.otio).")
    if "\0" in text:
        raise EventRefused("", "is no text", "Export the cuts as CMX 3600 EDL or as OpenTimelineIO (.otio).")
    listed = _of_otio(text, rate) if head == "{" else _of_edl(text, rate)
    return Listed(tuple(each for each in listed.stretches if each.end > each.start), listed.blends)


def _content(path: Path) -> bytes:
    with path.open("rb") as stream:
        if stream.read(4) != b"PK\3\4":
            stream.seek(0)
            return _within(stream.read(MOST_BYTES + 1))
    try:
        with ZipFile(path) as bundle, bundle.open("content.otio") as inner:
            return _within(inner.read(MOST_BYTES + 1))
    except (BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError, EOFError) as error:
        raise EventRefused("", f"is no .otioz that can be read ({error})", "Export it again, or as .otio.") from None


def _within(content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        problem = f"is larger than {MOST_BYTES // 1_000_000} MB, which no list of cuts is"
        raise EventRefused("", problem, "Export only the timeline of this master.")
    return content


def _of_edl(text: str, rate: Fraction) -> Listed:
    from opentimelineio.exceptions import OTIOError
    from otio_cmx3600_adapter.cmx_3600 import read_from_string

    plain = plain_edl(text, rate)
    if not plain.events:
        raise EventRefused("", "has no event with picture", "Export the picture track as CMX 3600 EDL, or as .otio.")
    if len(plain.events) > MOST_EVENTS:
        raise EventRefused("", f"has more than {MOST_EVENTS} events", "Export only the timeline of this master.")

    def read(count: int) -> Any:
        lines = (line for event in plain.events[:count] for line in event.lines)
        try:
            return read_from_string("\n".join(lines), rate=float(rate))
        except (OTIOError, *BROKEN) as error:
            return error

    timeline = read(len(plain.events))
    if isinstance(timeline, Exception):
        raise _first_wrong(plain, read)
    return _named_by_events(_tracked(timeline, rate), plain)


def _first_wrong(plain: PlainEdl, read: Any) -> EventRefused:
    """The event with which the list stops to be readable: what is wrong in a beginning is wrong in all that follows."""
    good, bad = 0, len(plain.events)
    while bad - good > 1:
        middle = (good + bad) // 2
        good, bad = (good, middle) if isinstance(read(middle), Exception) else (middle, bad)
    problem = f"cannot be read: {str(read(bad))[:200]}"
    return EventRefused(
        plain.events[bad - 1].name, problem, "Export the list in record order (A mode), one video track."
    )


def _named_by_events(listed: Listed, plain: PlainEdl) -> Listed:
    """Stretches called as the list's events are; what is between events is black."""
    events = iter(plain.events)
    stretches = []
    for stretch in listed.stretches:
        event = next(events) if stretch.name != GAP else None
        if event is None:
            stretches.append(stretch)
            continue
        named = any("CLIP NAME" in line.upper() for line in event.lines)
        reel = "" if event.reel.upper() in ("AX", "BL", "BLACK") else event.reel
        stretches.append(Stretch(stretch.name if named else reel, event.name, stretch.start, stretch.end))
    fade = (Blend(0, 0, plain.fade_in),) if plain.fade_in else ()
    return Listed(tuple(stretches), (*fade, *listed.blends))


def _of_otio(text: str, rate: Fraction) -> Listed:
    import opentimelineio as otio

    deep = EventRefused("", f"is nested more than {DEEPEST} deep, which no timeline is", CURE)
    try:
        document = json.loads(text)
    except RecursionError:
        raise deep from None
    except ValueError as error:
        raise EventRefused("", f"is no OpenTimelineIO file ({str(error)[:200]})", CURE) from None
    if _depth(text) > DEEPEST:
        raise deep
    try:
        return _tracked(otio.core.deserialize_json_from_string(plain_otio(document)), rate)
    except (otio.exceptions.OTIOError, *BROKEN) as error:
        raise EventRefused("", f"holds a timeline that cannot be read ({str(error)[:200]})", CURE) from None


def _depth(text: str) -> int:
    """How deep tables lie in each other. Of sound JSON only: else the pattern of a text may be tried without end."""
    deepest = depth = 0
    for brace in _BRACES.findall(_TEXT.sub("", text)):
        depth += 1 if brace in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


GAP = "\0gap"  # no text that is read has a NUL: no clip is called so


def _tracked(timeline: Any, rate: Fraction) -> Listed:
    """The one track with picture."""
    tracks = [track for track in timeline.video_tracks() if track.enabled and len(track)]
    if len(tracks) != 1:
        problem = f"has {len(tracks)} tracks with picture, cuts are read from one"
        raise EventRefused("", problem, "Flatten the timeline to one video track and export it again.")
    track = tracks[0]
    if track.source_range is not None and track.source_range.duration != track.available_range().duration:
        raise EventRefused("", "trims its video track", "Flatten the timeline and export it again.")
    if len(track) > MOST_EVENTS:
        raise EventRefused("", f"has more than {MOST_EVENTS} clips", "Export only the timeline of this master.")
    _require_rate(track, rate)
    stretches: list[Stretch] = []
    blends: list[tuple[int, Any]] = []
    here = 0
    for item, where in _items(track):
        if hasattr(item, "in_offset"):
            blends.append((here, item))
            continue
        end = here + _frames(item.duration(), rate, where)
        name = GAP if item.schema_name() == "Gap" else item.name or ""
        stretches.append(Stretch(name, where, here, end))
        here = end
    offsets = (
        (at, *(_frames(part, rate, "a transition") for part in (each.in_offset, each.out_offset)))
        for at, each in blends
    )
    return Listed(
        tuple(stretches), tuple(Blend(at, max(at - before, 0), min(at + after, here)) for at, before, after in offsets)
    )


def _items(track: Any) -> Iterator[tuple[Any, str]]:
    number = 0
    for item in track:
        number += not hasattr(item, "in_offset")
        yield item, f"clip {number}" + (f" ({item.name[:40]})" if item.name else "")


def _require_rate(track: Any, rate: Fraction) -> None:
    """Sources may run at rates of their own; but when nothing runs at the master's, the list is of another edit."""
    timed = [
        (named_rate(item.duration().rate), where) for item, where in _items(track) if not hasattr(item, "in_offset")
    ]
    if timed and all(found != rate for found, _ in timed):
        found, where = timed[0]
        problem = f"is timed at {shown_rate(found)} fps, the master has {shown_rate(rate)}"
        raise EventRefused(
            where, problem, "Export the list of the timeline that the master was made from, at its rate."
        )


def _frames(time: Any, rate: Fraction, where: str) -> int:
    if not isfinite(time.value) or not isfinite(time.rate) or time.rate <= 0 or not 0 <= time.value <= MOST_FRAMES:
        problem = f"lasts {time.value:g} frames at {time.rate:g} fps, which is no length"
        raise EventRefused(where, problem, "Export the list again.")
    frames = Fraction(time.value).limit_denominator(10_000) * rate / named_rate(time.rate)
    if abs(frames - round(frames)) > Fraction(1, 1000):
        problem = f"does not end on a frame of the master (after {float(frames):.3f} frames)"
        raise EventRefused(where, problem, f"Export the list at the master's rate, {shown_rate(rate)} fps.")
    return round(frames)


def named_rate(rate: float) -> Fraction:
    """The exact rate that a rounded one means: 23.976, 23.98 -> 24000/1001."""
    nominal = max(round(rate), 1)
    slow = Fraction(nominal * 1000, 1001)
    return slow if abs(rate - slow) < min(0.006, abs(rate - nominal)) else Fraction(rate).limit_denominator(1001)
