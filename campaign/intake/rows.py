"""One entry while it is read: its sound cells, and whom to tell what is wrong with them."""

from collections.abc import Iterable
from typing import Any, TypeVar

from campaign.intake.cells import damage
from campaign.intake.notebook import Entry, Notebook
from campaign.intake.remarks import Reader, Reading, Remark
from campaign.model.faults import Level

T = TypeVar("T")


class Cache:
    """What equal texts in one column were read as: a sheet says most things many times."""

    def __init__(self) -> None:
        self._readings: dict[tuple[str, str], Reading[Any]] = {}
        self._damages: dict[str, Remark | None] = {}

    def reading(self, column: str, text: str, reader: Reader[T]) -> Reading[T]:
        """What `reader` makes of a text; a column has one reader."""
        found = self._readings.get((column, text))
        if found is None:
            found = self._readings[column, text] = reader(text)
        return found

    def damage(self, text: str) -> Remark | None:
        """What is damaged in a text."""
        if text not in self._damages:
            self._damages[text] = damage(text)
        return self._damages[text]


class Row:
    """An entry, its damaged cells noted and left out."""

    def __init__(self, entry: Entry, notebook: Notebook, cache: Cache) -> None:
        self.entry = entry
        self._notebook = notebook
        self._cache = cache
        self.cells: dict[str, str] = {}
        for column, text in entry.cells.items():
            if remark := cache.damage(text):
                notebook.remark(entry, column, remark, text)
            else:
                self.cells[column] = text

    def read(self, column: str, reader: Reader[T]) -> T | None:
        """The value of a cell; None when it is empty, missing, damaged or refused (which is noted)."""
        text = self.cells.get(column)
        if not text:
            return None
        reading = self._cache.reading(column, text, reader)
        self.tell(column, reading.remarks, text)
        return reading.value

    def tell(self, column: str, remarks: Iterable[Remark], value: str | None = None) -> None:
        """Notes remarks about a cell."""
        for remark in remarks:
            self._notebook.remark(self.entry, column, remark, value)

    def error(self, column: str, rule: str, problem: str, cure: str, value: str | None = None) -> None:
        """Notes an error about a cell; the row is bad."""
        self.tell(column, (Remark(rule=rule, problem=problem, cure=cure),), value)

    def warn(self, column: str, rule: str, problem: str, cure: str, level: Level = Level.WARNING) -> None:
        """Notes something about a cell that stops nothing; rows of which the same is said share one note."""
        self.tell(column, (Remark(rule=rule, problem=problem, cure=cure, level=level),))

    def condemn(self) -> None:
        """Makes the row bad for a reason that has been told already."""
        self._notebook.bad_rows.add(self.entry.row)
