"""What reading one cell gives: a value, and what there is to say about it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from campaign.intake.nearest import nearest
from campaign.model.faults import Level

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A fault in the making: all of it but the place. `problem` is a predicate ("is empty"): the column's name precedes it."""

    rule: str
    problem: str
    cure: str
    level: Level = Level.ERROR
    nearest: str | None = None


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """The value of a cell (None when it could not be read) and the remarks about it."""

    value: T | None
    remarks: tuple[Remark, ...] = ()


Reader = Callable[[str], Reading[T]]
"""Reads the text of one cell that is not empty."""


def refused(rule: str, problem: str, cure: str, near: str | None = None) -> Reading[T]:
    """A reading that gave nothing but an error."""
    return Reading(None, (Remark(rule=rule, problem=problem, cure=cure, nearest=near),))


def choose(rule: str, what: str, known: Iterable[str], folded: Callable[[str], str] = str.casefold) -> Reader[str]:
    """A reader that takes one of the known words, however they are capitalised. With none known it takes any."""
    words = {folded(word): word for word in known}

    def read(text: str) -> Reading[str]:
        word = words.get(folded(text)) if words else text
        if word is not None:
            return Reading(word)
        listed = ", ".join(words.values())
        return refused(rule, f"is not a known {what}", f"Use one of: {listed}.", nearest(text, words.values()))

    return read
