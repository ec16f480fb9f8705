"""OpenTimelineIO text made plain before the library reads it: lengths and names only, of types that it cannot trip over.

A clip that calls itself of another version than it is ends the process inside the library (measured, 0.18.1).
"""

import json
from math import isfinite
from typing import Any

from campaign.intake.edl_text import EventRefused

CURE = "Export it again from the editing system, as one timeline."
PARTS: dict[str, object] = {"name": "", "metadata": {}, "effects": [], "markers": [], "enabled": True}
_MISSING: dict[str, object] = {"OTIO_SCHEMA": "MissingReference.1", "metadata": {}, "name": "", "available_range": None}


def plain_otio(document: Any) -> str:
    """The timeline of a parsed document, with its tracks, clips, gaps and transitions. Raises EventRefused."""
    if _kind(document) == "SerializableCollection" and len(_children(document)) == 1:
        document = _children(document)[0]
    if _kind(document) != "Timeline":
        raise EventRefused("", "holds no timeline", CURE)
    tracks = [_track(each) for each in _children(document.get("tracks")) if _kind(each) in ("Track", "Sequence")]
    stack = {**PARTS, "OTIO_SCHEMA": "Stack.1", "source_range": None, "children": tracks}
    return json.dumps({"OTIO_SCHEMA": "Timeline.1", "name": "", "metadata": {}, "tracks": stack})


def _track(raw: Any) -> dict[str, object]:
    kind = "Audio" if raw.get("kind") == "Audio" else "Video"
    children, number = [], 0
    for each in _children(raw):
        number += _kind(each) != "Transition"
        name = each.get("name") if isinstance(each, dict) else None
        called = name if isinstance(name, str) else ""
        children.append(_item(each, called, f"clip {number}" + (f" ({called[:40]})" if called else "")))
    return {
        **PARTS,
        "OTIO_SCHEMA": "Track.1",
        "kind": kind,
        "enabled": raw.get("enabled") is not False,
        "source_range": _range(raw.get("source_range"), "the video track") if raw.get("source_range") else None,
        "children": children,
    }


def _item(raw: Any, name: str, where: str) -> dict[str, object]:
    if _kind(raw) == "Transition":
        offsets = {key: _time(raw.get(key), "a transition") for key in ("in_offset", "out_offset")}
        return {
            "OTIO_SCHEMA": "Transition.1",
            "name": name,
            "metadata": {},
            "transition_type": "SMPTE_Dissolve",
            **offsets,
        }
    span = _range(_span_of(raw), where)
    if _kind(raw) == "Gap":
        return {**PARTS, "OTIO_SCHEMA": "Gap.1", "source_range": span}
    media = {"media_references": {"DEFAULT_MEDIA": _MISSING}, "active_media_reference_key": "DEFAULT_MEDIA"}
    return {**PARTS, **media, "OTIO_SCHEMA": "Clip.2", "name": name, "source_range": span}


def _span_of(raw: Any) -> Any:
    """The part of an item that is used: its own, else all of its media."""
    if not isinstance(raw, dict) or raw.get("source_range"):
        return raw.get("source_range") if isinstance(raw, dict) else None
    many, active = raw.get("media_references"), raw.get("active_media_reference_key")
    media = many.get(active) if isinstance(many, dict) and isinstance(active, str) else raw.get("media_reference")
    return media.get("available_range") if isinstance(media, dict) else None


def _range(raw: Any, where: str) -> dict[str, object]:
    if not isinstance(raw, dict):
        raise EventRefused(
            where, "does not say how long it is", "Flatten compound clips and export the timeline again."
        )
    start = raw.get("start_time")
    length = _time(raw.get("duration"), where)
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start, where) if start else {**length, "value": 0.0},
        "duration": length,
    }


def _time(raw: Any, where: str) -> dict[str, object]:
    value, rate = (raw.get("value"), raw.get("rate")) if isinstance(raw, dict) else (None, None)
    numbers = [each for each in (value, rate) if isinstance(each, int | float) and not isinstance(each, bool)]
    if len(numbers) != 2 or not all(abs(each) < 1e12 and isfinite(each) for each in numbers):
        raise EventRefused(where, "has a length that is no number of frames", "Export the list again.")
    return {"OTIO_SCHEMA": "RationalTime.1", "value": float(numbers[0]), "rate": float(numbers[1])}


def _children(raw: Any) -> list[Any]:
    children = raw.get("children") if isinstance(raw, dict) else None
    return children if isinstance(children, list) else []


def _kind(raw: Any) -> str:
    schema = raw.get("OTIO_SCHEMA") if isinstance(raw, dict) else None
    return schema.split(".")[0] if isinstance(schema, str) else ""
