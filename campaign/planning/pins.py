"""Pins: frames of an approved draft that the final is held to. No model here has a seed: a final is another take."""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from types import MappingProxyType

from campaign.model.approvals import Take
from campaign.model.catalogue import OperationLimits
from campaign.model.edit import Segment
from campaign.model.prompts import Keyframe

PIN_SECONDS = 2
"""Between two pins. Closer, they would copy the draft's own faults frame by frame; farther apart, a look drifts."""
MOST_IN_APP = 16
"""Luma's app shows no more keyframes in a clip than these; the API takes up to 64 (core concepts and SDK 0.5, 2026-11)."""
MOST_ANYWHERE = 64
"""What a provider takes that states no limit: the strictest that any of them states."""

Stills = Mapping[Take, tuple[Keyframe, ...]]
"""The pictures of approved takes, pinned to the master's frames."""
NO_STILLS: Stills = MappingProxyType({})


class Pins:
    """The pins of each row's modifies. Falsy when there is none at all.

    A modify is known by its ask_key as it would be without pins: rows that ask for the same are pinned alike, unless drafts
    of their own were approved.
    """

    def __init__(self) -> None:
        self._own: dict[tuple[str, str], tuple[Keyframe, ...]] = {}
        self._shared: dict[str, tuple[Keyframe, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self._shared)

    def add(self, row: str, ask_key: str, pins: tuple[Keyframe, ...]) -> None:
        """Pin the modify `ask_key` of a row. What is added later counts."""
        self._own[row, ask_key] = self._shared[ask_key] = pins

    def of(self, row: str, ask_key: str) -> tuple[Keyframe, ...]:
        """The pins of a modify, by the master's frames; none where nothing was approved."""
        return self._own.get((row, ask_key)) or self._shared.get(ask_key, ())


def pinned_frames(frames: int, rate: Fraction) -> tuple[int, ...]:
    """Which frames of a segment are pinned, counted from its first: the first, the last, and one about every two seconds."""
    last = frames - 1
    steps = min(max(round(last / rate / PIN_SECONDS), 1), MOST_IN_APP - 1)
    return tuple(sorted({last * n // steps for n in range(steps + 1)}))


def with_pins(named: tuple[Keyframe, ...], pins: tuple[Keyframe, ...], limits: OperationLimits) -> tuple[Keyframe, ...]:
    """A template's keyframes and, between them, as many pins as the provider and Luma's app have room for; by frame.

    Where both lie on one frame, the template's picture counts. Without pins the template's keyframes are left as they are.
    """
    if not pins:
        return named
    taken = {each.frame for each in named}
    most = min(MOST_IN_APP, MOST_ANYWHERE if limits.max_keyframes.value is None else int(limits.max_keyframes.value))
    free = _thinned([pin for pin in pins if pin.frame not in taken], most - len(named))
    return tuple(sorted((*named, *free), key=lambda each: each.frame))


def pinned(keyframes: Iterable[Keyframe]) -> int:
    """How many of them are pins."""
    return sum(each.pinned for each in keyframes)


def matches(take: Take, segment: Segment) -> bool:
    """Whether a take shows just these frames of the master."""
    return (take.start_frame, take.end_frame) == (segment.start_frame, segment.end_frame)


def _thinned(pins: list[Keyframe], room: int) -> list[Keyframe]:
    """At most `room` of them, the first and the last among these, the others spread evenly."""
    if len(pins) <= room:
        return pins
    if room < 2:
        return pins[: max(room, 0)]
    return [pins[(len(pins) - 1) * n // (room - 1)] for n in range(room)]
