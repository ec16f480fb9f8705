"""The Jinja environment that campaign templates run in: strict, immutable, cut off, with a short list of filters.

A door for jinja2; imported by the child process only, so that the parent never runs a template's code.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2 import DictLoader, StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS

SUFFIX = ".j2"
KEPT_TESTS = ("==", "!=", "eq", "ne", "equalto", "in", "defined", "undefined", "lower", "upper")


class Note:
    """An empty cell that was written into text: which column, in which template, on which line of its body."""

    __slots__ = ("column", "line", "template")

    def __init__(self, column: str, template: str, line: int) -> None:
        self.column, self.template, self.line = column, template, line


class Blank(str):
    """An empty cell: false in a condition, and noted as soon as a template writes it into text.

    Only this way can `{% if setting %}` pass and `in {{ setting }}` be reported. It shows templates nothing that a plain
    `str` does not: its own names begin with an underscore, which the sandbox refuses.
    """

    _column: str
    _notes: list[Note]

    def __new__(cls, column: str, notes: list[Note]) -> "Blank":
        """An empty text that knows its column and where to tell of its use."""
        blank = super().__new__(cls, "")
        blank._column, blank._notes = column, notes
        return blank

    def __str__(self) -> str:
        template, line = current_place() or ("", 1)
        self._notes.append(Note(self._column, template, line))
        return ""

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __add__(self, other: str) -> str:
        return str(self) + other

    def __radd__(self, other: str) -> str:
        return other + str(self)


def current_place() -> tuple[str, int] | None:
    """(template, line of its body) of the innermost template code now running."""
    frame = sys._getframe(1)
    while frame is not None:
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            return stem(template.name), template.get_corresponding_lineno(frame.f_lineno)
        frame = frame.f_back  # type: ignore[assignment] # None ends the walk
    return None


def stem(name: str | None) -> str:
    """A template's name without its suffix: both `_macros` and `_macros.j2` name it."""
    return (name or "").removesuffix(SUFFIX)


def make_environment(bodies: Mapping[str, str]) -> ImmutableSandboxedEnvironment:
    """The sandbox over `bodies` (template name -> Jinja text), which are all that it can load."""
    texts = {name + suffix: body for name, body in bodies.items() for suffix in ("", SUFFIX)}
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined, autoescape=False, loader=DictLoader(texts), cache_size=-1, auto_reload=False
    )
    environment.globals.clear()
    environment.filters.clear()
    environment.filters.update(FILTERS)
    environment.tests.clear()
    environment.tests.update({name: TESTS[name] for name in KEPT_TESTS})
    return environment


def _on_text(change: Callable[..., str]) -> Callable[..., str]:
    """A filter over text that leaves an empty cell what it is, so that writing it is still noted."""

    def filtered(value: Any, *arguments: Any) -> str:
        return (
            value if isinstance(value, Blank) else change(value if isinstance(value, str) else str(value), *arguments)
        )

    return filtered


def _capital(text: str) -> str:
    """The first letter raised, the others left alone (`capitalize` would lower them: iPhone, NATO)."""
    return text[:1].upper() + text[1:]


def _default(value: str, other: str) -> str:
    return value or other


def _join(values: Iterable[Any], by: str = "") -> str:
    return by.join(str(value) for value in values)


def _replace(text: str, old: str, new: str) -> str:
    return text.replace(old, new)


def _quote(text: str) -> str:
    """Text to be seen in the picture, in the one kind of quotation marks that lint looks for."""
    return f'"{text}"'


def _without_stop(text: str) -> str:
    return text.rstrip().removesuffix(".")


FILTERS: dict[str, Callable[..., Any]] = {
    "capital": _on_text(_capital),
    "default": _default,
    "join": _join,
    "length": len,
    "lower": _on_text(str.lower),
    "quote": _on_text(_quote),
    "replace": _on_text(_replace),
    "title": _on_text(str.title),
    "trim": _on_text(str.strip),
    "upper": _on_text(str.upper),
    "without_stop": _on_text(_without_stop),
}
