"""Reads one table through its schema: what is good is kept, everything that is not becomes a fault."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from campaign.intake.nearest import nearest
from campaign.intake.schema import Section
from campaign.model.faults import Fault

S = TypeVar("S", bound=Section)
Key = str | int
_BARE = re.compile(r"^[A-Za-z0-9_-]+$")
_TYPES = {
    "string_type": ("is not text", "Write it in quotes."),
    "int_type": ("is not a whole number", "Write digits without quotes."),
    "int_from_float": ("is not a whole number", "Write digits without a point."),
    "float_type": ("is not a number", "Write a number without quotes."),
    "bool_type": ("is neither true nor false", "Write true or false, without quotes."),
    "list_type": ("is not a list", "Write [[name]] tables, or a list in square brackets."),
    "dict_type": ("is not a table", "Write it as one [table], or as {{ key = value }}."),
    "model_type": ("is not a table", "Write it as one [table], or as {{ key = value }}."),
    "greater_than_equal": ("is too small", "Write at least {ge}."),
    "less_than_equal": ("is too large", "Write at most {le}."),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a table stands: the file as faults call it, the keys that lead to it, and the first word of its rules.

    `place` makes a fault's place of a key path (default: the TOML form). `elsewhere` names, for a key that is unknown
    here, the table it belongs to.
    """

    file: str
    path: tuple[Key, ...] = ()
    rule: str = ""
    place: Callable[[tuple[Key, ...]], str] | None = None
    elsewhere: Mapping[str, str] | None = None

    def at(self, *keys: Key) -> "Spot":
        """A spot further down."""
        return Spot(self.file, (*self.path, *keys), self.rule, self.place, self.elsewhere)

    def fault(self, problem: str, cure: str, **rest: Any) -> Fault:
        """A fault at this spot. Its rule is the key path without positions, unless said."""
        place = (self.place or key_path)(self.path)
        names = [str(key) for key in self.path if not isinstance(key, int)]
        rule = ".".join([self.rule, *names] if self.rule else names)
        return Fault(file=self.file, place=place, problem=problem, cure=cure, **{"rule": rule, **rest})


def key_path(path: tuple[Key, ...]) -> str:
    """`shots[2].end`, `reframe.how."4:5"`; positions count from 0."""
    text = ""
    for key in path:
        if isinstance(key, int):
            text += f"[{key}]"
        else:
            text += f"{'.' if text else ''}{key if _BARE.match(key) else _quoted(key)}"
    return text


def read_section(model: type[S], raw: Mapping[str, Any], spot: Spot, root: Path) -> tuple[S, tuple[Fault, ...]]:
    """The table with its good keys (defaults for the others), and a fault for each key that is not good."""
    faults: list[Fault] = []
    left: dict[Any, Any] = dict(raw)
    while True:
        try:
            return model.model_validate(left, context={"root": root}), tuple(faults)
        except ValidationError as error:
            details = error.errors(include_url=False)
        faults += [_fault(detail, model, spot) for detail in details]
        before = left
        for path in (path for detail in details for path in _guilty(detail)):
            left = _without(left, path)
        left = left if left != before else {}


def _guilty(detail: ErrorDetails) -> list[tuple[Key, ...]]:
    """The paths of the keys that an error is about."""
    if detail["loc"]:
        return [detail["loc"]]
    return [(key,) for key in detail.get("ctx", {}).get("keys", [])]


def _without(raw: Mapping[Key, Any], path: tuple[Key, ...]) -> dict[Any, Any]:
    """The table less what `path` leads to; a list with something bad in it goes as a whole."""
    key, *rest = path
    inner = raw.get(key)
    if rest and rest != ["[key]"] and isinstance(inner, dict):
        return {**raw, key: _without(inner, tuple(rest))}
    return {name: value for name, value in raw.items() if name != key}


def _fault(detail: ErrorDetails, model: type[Section], spot: Spot) -> Fault:
    keys = [key for key in detail["loc"] if key != "[key]"]
    context = detail.get("ctx", {})
    if detail["type"] == "extra_forbidden":
        return _unknown(str(keys[-1]), model, spot.at(*keys))
    at = spot.at(*(keys or context.get("keys", [])[-1:]))
    subject = key_path(at.path[_last_name(at.path) :])
    if detail["type"] == "wrong":
        problem, cure, near = context["problem"], context["cure"], context["near"]
    else:
        problem, cure = _TYPES.get(detail["type"], (f"is refused: {detail['msg']}", "Change the value."))
        cure, near = cure.format(**context), None
    value = shown(detail["input"]) if keys else None
    return at.fault(f"{subject} {problem}".strip(), cure, value=value, nearest=near)


def _unknown(key: str, model: type[Section], at: Spot) -> Fault:
    known = model.known_keys()
    near = nearest(key, known) or next((name for name in known if len(key) > 2 and key in name), None)
    home = (at.elsewhere or {}).get(key)
    cure = f"`{key}` belongs in {home}." if home else f"Known keys here: {', '.join(known)}."
    rule = f"{at.rule or 'toml'}.unknown"
    return at.fault("there is no such key", cure, rule=rule, value=key, nearest=None if home else near)


def unsaid(key: str, raw: Mapping[str, Any], faults: Iterable[Fault]) -> bool:
    """Whether `key` was left out of a table, and not just misspelt (then a fault has named it)."""
    return key not in raw and all(fault.nearest != key for fault in faults)


def shown(value: object) -> str | None:
    """A value as a fault quotes it: short, and never a whole table."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float | date | time):
        text = str(value)
        return text if len(text) <= 80 else f"{text[:77]}..."
    return None


def _last_name(path: tuple[Key, ...]) -> int:
    return max((n for n, key in enumerate(path) if isinstance(key, str)), default=0)


def _quoted(key: str) -> str:
    return f'"{key}"'
