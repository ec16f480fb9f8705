"""Reads templates/looks.toml: what season, market and light mean to the local engine, as numbers."""

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from campaign.intake.nearest import nearest
from campaign.intake.reading import Spot, shown
from campaign.intake.toml_text import read_toml
from campaign.model.faults import Fault
from campaign.model.looks import PARTICLES, RANGES, Look, LookBook

FILE = "looks.toml"
AXES = ("season", "market", "light")
_OFFSETS = ("shadows", "highlights")
_KEYS = tuple(field.name for field in fields(Look))


def read_looks(folder: Path) -> tuple[LookBook, tuple[Fault, ...]]:
    """The book of the templates folder, its names in lower case; empty when there is no looks.toml."""
    path = folder / FILE
    if not path.exists():
        return LookBook({}, {}, {}), ()
    file = f"{folder.name}/{FILE}"
    raw, broken = read_toml(path, file)
    faults = list(broken)
    spot = Spot(file, rule="looks")
    axes: dict[str, dict[str, dict[str, object]]] = {axis: {} for axis in AXES}
    for axis, entries in (raw or {}).items():
        if axis not in AXES:
            faults.append(_unknown(axis, AXES, spot.at(axis)))
        elif not isinstance(entries, dict):
            cure = f"Write a table for each name: [{axis}.name]."
            faults.append(spot.at(axis).fault(f"{axis} is not a table", cure))
        else:
            axes[axis], found = _entries(entries, spot.at(axis))
            faults += found
    return LookBook(**axes), tuple(faults)


def _entries(raw: Mapping[str, Any], spot: Spot) -> tuple[dict[str, dict[str, object]], list[Fault]]:
    book: dict[str, dict[str, object]] = {}
    faults: list[Fault] = []
    for name, numbers in raw.items():
        at = spot.at(name)
        if not isinstance(numbers, dict):
            faults.append(at.fault(f"{name} is not a table", "Write [season.winter] and its numbers below."))
            continue
        if name.casefold() in book:
            faults.append(at.fault(f"{name} is described twice", "Case does not matter: keep one."))
        found = [fault for key, value in numbers.items() if (fault := _problem(key, value, at.at(key)))]
        faults += found
        book[name.casefold()] = {key: _value(value) for key, value in numbers.items() if key in _KEYS}
    return book, faults


def _value(raw: Any) -> object:
    if isinstance(raw, list):
        return tuple(float(part) for part in raw if isinstance(part, int | float))
    return float(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw


def _problem(key: str, raw: Any, at: Spot) -> Fault | None:
    if key == "particles":
        if raw in PARTICLES:
            return None
        near = nearest(raw, PARTICLES) if isinstance(raw, str) else None
        return at.fault("there are no such particles", f"Use {', '.join(PARTICLES)}.", value=shown(raw), nearest=near)
    if key not in RANGES:
        return _unknown(key, _KEYS, at)
    low, high = RANGES[key]
    if key in _OFFSETS:
        good = isinstance(raw, list) and len(raw) == 3 and all(_within(part, low, high) for part in raw)
        cure = f"Write [red, green, blue], each from {low:g} to {high:g}."
        return None if good else at.fault(f"{key} is not a tint", cure, value=shown(raw))
    cure = f"Write a number from {low:g} to {high:g}."
    return None if _within(raw, low, high) else at.fault(f"{key} is out of range", cure, value=shown(raw))


def _within(raw: Any, low: float, high: float) -> bool:
    return isinstance(raw, int | float) and not isinstance(raw, bool) and low <= raw <= high


def _unknown(key: str, known: tuple[str, ...], at: Spot) -> Fault:
    cure = f"Known keys here: {', '.join(known)}."
    return at.fault("there is no such key", cure, rule="looks.unknown", value=key, nearest=nearest(key, known))
