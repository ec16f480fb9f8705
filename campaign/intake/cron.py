"""The form of a five-field cron line: minute, hour, day of month, month, day of week.

Lines are read by the clock of their time zone. By Prefect's scheduler (3.8, computed in a test) a time that a spring night leaves
out comes an hour early, one that an autumn night has twice comes once, the first time: a daily line runs once a day. Only where
midnight itself is left out (Havana), a line at midnight runs on the day before.
"""

import re

_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of month", 1, 31, ()),
    ("month", 1, 12, ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")),
    ("day of week", 0, 7, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
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
    return _never(*fields[2:])


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


def _never(days: str, months: str, weekdays: str) -> str | None:
    """What is wrong with a line whose day no month has: a scheduler would look for it in vain."""
    if weekdays != "*" or "*" in days or "*" in months or "/" in months:
        return None
    first = min(int(part[0]) for part in _parts(days))
    reach = (_ends(part) for part in _parts(months))
    longest = max(_LENGTHS[month - 1] for start, end in reach for month in range(start, end + 1))
    return f"asks for day {first} of months that have {longest} at most" if first > longest else None


def _parts(text: str) -> list[list[str]]:
    return [re.split("[-/]", part) for part in text.lower().split(",")]


def _ends(part: list[str]) -> tuple[int, int]:
    """The first and the last month of a part of a sound field."""
    names = _FIELDS[3][3]
    numbers = [_number(text, 1, names) or 1 for text in part]
    return numbers[0], numbers[-1]


def _number(text: str, low: int, names: tuple[str, ...]) -> int | None:
    """A number or a name of the field (months count from 1, weekdays from 0)."""
    if text in names:
        return names.index(text) + low
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 2 else None
