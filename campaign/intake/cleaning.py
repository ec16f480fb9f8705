"""Cleans the text of a table column by column, and fills merged cells where the sheet asks for it. A door for pandas."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pandas

from campaign.intake.cells import clean_code, clean_copy
from campaign.intake.columns import CODES, column_name
from campaign.intake.remarks import Remark
from campaign.model.faults import Level

_FILL = re.compile(r'"?#\s*fill[ _-]?down\s*:\s*(?P<names>.*)', re.IGNORECASE)
_DONE = {
    "blanks": "no-break or repeated blanks were removed",
    "signs": "invisible or typographic signs were removed or made plain",
}


@dataclass(slots=True)
class Change:
    """One kind of cleaning: in how many cells, and the first of them (row and column)."""

    kind: str
    cells: list[tuple[int, str]] = field(default_factory=list)

    def remark(self) -> Remark:
        """What is told about it."""
        count = len(self.cells)
        problem = f"{_DONE[self.kind]} in {count} cell{'s' if count > 1 else ''}, first in {self.cells[0][1]}"
        return Remark(rule=f"csv.{self.kind}", problem=problem, cure="Nothing need be done.", level=Level.INFO)


def clean_frame(frame: pandas.DataFrame) -> tuple[pandas.DataFrame, Iterable[Change]]:
    """The frame (columns by name) with every cell cleaned as its column demands, and what was changed in it."""
    cleaned: dict[str, pandas.Series] = {}
    changes: dict[str, Change] = {}
    for name in frame.columns:
        column = frame[name]
        clean = clean_code if name in CODES else clean_copy
        texts = {text: clean(text) for text in column.unique()}
        cleaned[name] = column.map(texts)
        for text, kind in _kinds(texts):
            rows = column.index[column == text].to_list()
            changes.setdefault(kind, Change(kind)).cells.extend((row, name) for row in rows)
    return pandas.DataFrame(cleaned, index=frame.index, columns=frame.columns, dtype=str), changes.values()


def _kinds(texts: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Texts that cleaning changed, and what kind of change it was; ordinary blanks at the ends are not worth a word."""
    for text, plain in texts.items():
        if text != plain and text.strip(" \n") != plain:
            yield text, "blanks" if text.split() == plain.split() else "signs"


def fill_down(frame: pandas.DataFrame, notes: Iterable[str]) -> tuple[pandas.DataFrame, list[Remark]]:
    """Fills blank cells from above in the columns that a line `# fill-down: market, season` names.

    Merged cells leave blanks below their first row; filling them unasked would invent markets.
    """
    filled = frame.copy(deep=False)
    remarks: list[Remark] = []
    for asked in _asked(notes):
        name = column_name(asked)
        if name not in filled.columns:
            remarks.append(_fill_remark(f"fill-down names {asked!r}, which is no column of this sheet", Level.ERROR))
            continue
        column = filled[name]
        below = column.where(column != "").ffill().fillna("")
        count = int((below != column).sum())
        filled[name] = below
        told = f"{count} blank cell{'s' if count != 1 else ''} of {name} took the text above"
        remarks.append(_fill_remark(told, Level.INFO))
    return filled, remarks


def _asked(notes: Iterable[str]) -> Iterator[str]:
    for note in notes:
        if match := _FILL.match(note):
            yield from filter(None, (part.strip() for part in re.split(r"[,;|\t\"]", match["names"])))


def _fill_remark(problem: str, level: Level) -> Remark:
    cure = "The line `# fill-down: market, season` asks for it; delete it to have blanks reported."
    return Remark(rule="csv.fill_down", problem=problem, cure=cure, level=level)
