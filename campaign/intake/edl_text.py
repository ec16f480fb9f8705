"""EDL text made plain before OpenTimelineIO reads it: picture events by record timecode only, no file names, no effects."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

_EVENT = re.compile(r"^\d{1,6}\s")
_TIMECODE = re.compile(r"^(\d\d):(\d\d):(\d\d)([:;.,])(\d\d)$")
_NAME = re.compile(r"^\*?\s*(?:FROM|TO) CLIP NAME\b", re.IGNORECASE)
_DROP = re.compile(r"^FCM:?\s*(NON)?.*DROP", re.IGNORECASE)
DROPPING = (Fraction(30000, 1001), Fraction(60000, 1001))
"""Rates that drop-frame timecode is for."""


class EventRefused(Exception):
    """An event that cannot be read: its name, what is wrong, the cure."""

    def __init__(self, where: str, problem: str, cure: str) -> None:
        super().__init__(where, problem, cure)
        self.where, self.problem, self.cure = where, problem, cure


@dataclass(slots=True)
class EdlEvent:
    """One event of the picture: `name` as people call it, its lines, and the reel its picture comes from."""

    name: str
    reel: str
    lines: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PlainEdl:
    """The picture's events in the list's order. `fade_in` is how many frames the first takes to come out of black."""

    events: tuple[EdlEvent, ...]
    fade_in: int


def plain_edl(text: str, rate: Fraction) -> PlainEdl:
    """The events of the picture with record timecodes in place of the source's, as an edit at `rate`. Raises EventRefused.

    Cuts need no source timecode, and sources run at rates of their own. Drop-frame timecode is told by `;` or by the
    list's first FCM line.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    drops = _drops(lines)
    events: list[EdlEvent] = []
    fade_in = 0
    skipping = False
    for line in lines:
        if not _EVENT.match(line):
            if _NAME.match(line) and events and not skipping:
                events[-1].lines.append(line)
            continue
        fields = line.split()
        where = f"event {fields[0]}"
        if skipping := len(fields) > 2 and not _of_picture(fields[2]):
            continue
        if events and events[-1].name == where:
            events[-1].reel = fields[1]
            if len(events) == 1 and len(fields) == 9 and _nothing(events[0].lines[0]):
                fade_in = int(fields[4]) if fields[4].isdigit() else 0
                events[0].lines[0] = _plain([*fields[:3], "C", *fields[5:]], where, drops, rate)
                continue
            events[-1].lines.append(_plain(fields, where, drops, rate))
        else:
            events.append(EdlEvent(where, fields[1] if len(fields) > 1 else "", [_plain(fields, where, drops, rate)]))
    return PlainEdl(tuple(events), fade_in)


def _of_picture(channel: str) -> bool:
    return "V" in channel.upper() or channel.upper() == "B"


def _nothing(line: str) -> bool:
    """Whether an event line lasts no frame, as the first line of a transition."""
    fields = line.split()
    return fields[-1] == fields[-2]


def _drops(lines: Sequence[str]) -> bool:
    stated = next((found for line in lines if (found := _DROP.match(line))), None)
    marked = any(found[4] in ";," for code in _record_codes(lines) if (found := _TIMECODE.match(code)))
    return marked or (stated is not None and stated[1] is None)


def _record_codes(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if _EVENT.match(line):
            yield from line.split()[-2:]


def _plain(fields: Sequence[str], where: str, drops: bool, rate: Fraction) -> str:
    """An event line of eight or nine fields on the channel of the picture, its source times those of the record."""
    if len(fields) not in (8, 9):
        problem = f"has {len(fields)} fields, an event has 8, or 9 with a transition"
        raise EventRefused(where, problem, "Export the list as CMX 3600, without sound or with one sound event a line.")
    head = [
        fields[0],
        fields[1],
        "V" if fields[2].upper() in ("B", "V") or "/" in fields[2] else fields[2],
        *fields[3:-4],
    ]
    times = [_timecode(code, where, drops, rate) for code in fields[-2:]]
    return " ".join([*head, *times, *times])


def _timecode(code: str, where: str, drops: bool, rate: Fraction) -> str:
    found = _TIMECODE.match(code)
    if found is None:
        raise EventRefused(where, f"has no timecode where {code[:20]!r} stands", "Write it as 01:00:00:00.")
    hours, minutes, seconds, _, frame = found.groups()
    nominal = round(rate)
    if int(frame) >= nominal or int(minutes) > 59 or int(seconds) > 59:
        problem = f"is at {code}, and there is no such time at {nominal} frames a second"
        raise EventRefused(where, problem, f"Export the list at the master's rate, {shown_rate(rate)} fps.")
    if drops and rate not in DROPPING:
        problem = f"counts in drop-frame timecode ({code}), the master has {shown_rate(rate)} fps"
        raise EventRefused(where, problem, "Export the list non-drop; drop-frame is for 29.97 and 59.94 fps.")
    if drops and int(minutes) % 10 and seconds == "00" and int(frame) < nominal // 15:
        problem = f"is at {code}, a frame number that drop-frame timecode leaves out"
        raise EventRefused(where, problem, "The list is non-drop: correct its FCM line, or export it again.")
    return f"{hours}:{minutes}:{seconds}{';' if drops else ':'}{frame}"


def shown_rate(rate: Fraction) -> str:
    """A rate as people say it: 23.976, 25."""
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")
