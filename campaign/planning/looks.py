"""Looks: the numbers of the local engine for a season, a market and a light."""

import re
from dataclasses import fields

from campaign.model.looks import RANGES, Look, LookBook

NEUTRAL = Look()
FACTORS = frozenset({"contrast", "saturation"})
REPLACED = frozenset({"particles", "density"})
DIGITS = 4
"""Numbers are part of a job's identity: rounded, so that 0.1 + 0.2 is 0.3 in every key."""


def resolve(book: LookBook, season: str, market: str, light: str) -> Look:
    """The neutral look changed by season, then market, then light; a name the book lacks changes nothing.

    Names are compared without case. A season or light in free words ("low golden hour sun") takes the longest name of the
    book that it contains.
    """
    numbers: dict[str, object] = {field.name: getattr(NEUTRAL, field.name) for field in fields(Look)}
    for entry in (_entry(book.season, season), book.market.get(market.casefold(), {}), _entry(book.light, light)):
        for name, value in entry.items():
            numbers[name] = _changed(name, numbers[name], value)
    return Look(**{name: _bounded(name, value) for name, value in numbers.items()})  # type: ignore[arg-type] # names and numbers of one table


def _entry(entries: dict[str, dict[str, object]], words: str) -> dict[str, object]:
    folded = words.casefold().strip()
    if folded in entries:
        return entries[folded]
    inside = [name for name in entries if name and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", folded)]
    return entries[max(inside, key=lambda name: (len(name), name))] if inside else {}


def _changed(name: str, now: object, value: object) -> object:
    if name in REPLACED:
        return value
    if isinstance(now, tuple) and isinstance(value, list | tuple):
        return tuple(one + other for one, other in zip(now, value, strict=True))
    if not isinstance(now, int | float) or not isinstance(value, int | float):
        raise TypeError(f"look {name}: {value!r} is not a number")
    if name in FACTORS:
        return now * value
    return now + value - getattr(NEUTRAL, name)


def _bounded(name: str, value: object) -> object:
    if isinstance(value, tuple):
        return tuple(_bounded(name, each) for each in value)
    if name not in RANGES or not isinstance(value, int | float):
        return value
    low, high = RANGES[name]
    return round(min(max(float(value), low), high), DIGITS) + 0.0  # never -0.0, which prints differently
