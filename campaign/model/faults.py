"""Faults: what is wrong in an input, where, and how to cure it."""

from dataclasses import dataclass
from enum import StrEnum

LONGEST = 100
"""Characters of a value that are shown; a cell can hold a novel."""


class Level(StrEnum):
    """How bad a fault is. Only an error stops a campaign."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


def sentence(text: str) -> str:
    """Text with a full stop, unless it ends a sentence already."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


def with_subject(provider: str, told: str) -> str:
    """What a provider did as a sentence of its own: `does not take the key` becomes `luma does not take the key`."""
    return f"{provider} {told}" if told.startswith(("does ", "says ", "has ", "refused it ")) else told


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in an input file, with its cure.

    `place` locates it inside `file` as the file's kind demands: `line:column` (both from 1) for CSV and
    templates, a key path such as `shots[2].end` for TOML, "" for the file as a whole.
    `rule` is the id of the rule that was broken (`csv.market`, `P03`, `luma.edit.seconds`), stable for scripts.
    """

    file: str
    place: str
    problem: str
    cure: str
    rule: str
    level: Level = Level.ERROR
    value: str | None = None
    nearest: str | None = None

    def __str__(self) -> str:
        where = f"{self.file}:{self.place}" if self.place else self.file
        value = f" (found {_short(self.value)!r})" if self.value is not None else ""
        nearest = f"; did you mean {self.nearest!r}?" if self.nearest else ""
        told = sentence(f"{self.problem}{value}{nearest}")
        return f"{where}: {self.level}: {' '.join(part for part in (told, self.cure) if part)} [{self.rule}]"
