"""The form of a five-field cron line: minute, hour, day of month, month, day of week."""

import re

_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ("day of week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_PART = re.compile(r"^(?P<start>\*|[0-9a-z]+)(?:-(?P<end>[0-9a-z]+))?(?:/(?P<step>[0-9]{1,4}))?$")


def cron_problem(line: str) -> str | None:
    """What is wrong with a cron line, None when its form is good."""
    fields = line.split()
    if len(fields) != len(_FIELDS):
        return f"has {len(fields)} fields, not 5 (minute hour day month weekday)"
    for text, (name, low, high, names) in zip(fields, _FIELDS, strict=True):
        for part in text.lower().split(","):
            problem = _part_problem(part, low, high, names)
            if problem:
                return f"has a {name}, {text!r}, that {problem}"
    return None


def _part_problem(part: str, low: int, high: int, names: tuple[str, ...]) -> str | None:
    match = _PART.match(part)
    if match is None or (match["start"] == "*" and match["end"]):
        return "is not a number, a range such as 1-5, a step such as */10, or a list of these"
    if match["step"] is not None and int(match["step"]) == 0:
        return "has a step of 0"
    ends = [_number(text, low, names) for text in (match["start"], match["end"]) if text and text != "*"]
    if any(number is None or not low <= number <= high for number in ends):
        return f"is not within {low} to {high}"
    known = [number for number in ends if number is not None]
    return "runs backwards" if known != sorted(known) else None


def _number(text: str, low: int, names: tuple[str, ...]) -> int | None:
    """A number or a name of the field (months count from 1, weekdays from 0)."""
    if text in names:
        return names.index(text) + low
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else None
