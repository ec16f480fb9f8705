"""A sheet as it lies in its file: the text of every cell and the place it stands at. A door for pandas.

Rows are read by `csv`, not by `pandas.read_csv`: only it tells on which line a row began, how many cells the row really
had, and that a quotation mark is never closed. The table then is a pandas frame of text.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import pandas

from campaign.intake.cells import clean_copy
from campaign.intake.dialect import find_separator, is_comment, said_separator
from campaign.intake.encoding import decode
from campaign.intake.remarks import Remark
from campaign.model.faults import Fault, Level

_HEADER_WITHIN = 10
_ENOUGH = 3
"""A row with this many known names is a header, even below a title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The rows of a file that say something, in order.

    `frame` has one row of text for each (index: the row's number among all rows of the file, from 0; columns: positions
    from 0), the header not among them. `starts` gives the line (from 1) on which each row begins. `notes` are the lines
    that begin with #. `broken` are rows with more cells than the header has: nobody knows which is which.
    """

    file: str
    separator: str
    lines: Sequence[str]
    starts: Sequence[int]
    header_row: int
    header: tuple[str, ...]
    frame: pandas.DataFrame
    notes: tuple[str, ...] = ()
    broken: frozenset[int] = frozenset()

    def line(self, row: int) -> int:
        """The line on which a row begins, from 1."""
        return self.starts[row]

    def place(self, row: int, position: int) -> str:
        """`line:column` of a cell, as an editor shows it: its first character, an opening quotation mark included.

        Both count from 1, the column in characters. A cell that the row does not have stands at the row's end.
        """
        end = self.starts[row + 1] if row + 1 < len(self.starts) else len(self.lines) + 1
        text = "\n".join(self.lines[self.starts[row] - 1 : end - 1])
        offset = next(islice(_offsets(text, self.separator), position, None), None)
        before = text[: offset if offset is not None else len(text.split("\n", 1)[0])]
        return f"{self.starts[row] + before.count(chr(10))}:{len(before) - before.rfind(chr(10))}"

    def name(self, row: int, position: int) -> str:
        """What a spreadsheet calls the cell: `B3`."""
        letters = ""
        number = position + 1
        while number:
            number, letter = divmod(number - 1, 26)
            letters = chr(ord("A") + letter) + letters
        return f"{letters}{row + 1}"

    def fault(self, remark: Remark, place: str, value: str | None = None) -> Fault:
        """A fault of this file."""
        return Fault(
            file=self.file,
            place=place,
            problem=remark.problem,
            cure=remark.cure,
            rule=remark.rule,
            level=remark.level,
            value=value,
            nearest=remark.nearest,
        )


def read_sheet(data: bytes, file: str, known: Callable[[str], bool]) -> tuple[Sheet | None, tuple[Fault, ...]]:
    """The sheet in `data`, and every fault of its form. None when there is no header to go by.

    `known` tells names of columns from other text; `file` is how faults name the file.
    """
    text, fault = decode(data, file)
    if text is None:
        return None, (fault,) if fault else ()
    lines = text.rstrip("\n").split("\n")
    said = said_separator(lines[0])
    body = ["", *lines[1:]] if said else lines
    rows = _Rows(body, said or find_separator(body, known), file)
    rows.read()
    first = _header(rows, known)
    if first is None:
        problem, cure = "the sheet is empty", "Write a header line: market,season,demographic."
        return None, (*rows.faults, Fault(file=file, place="", problem=problem, cure=cure, rule="csv.empty"))
    sheet = _sheet(rows, first)
    return sheet, (*rows.faults, *_too_wide(sheet, rows))


class _Rows:
    """All rows of a text, one after the other, with the line each begins on."""

    def __init__(self, lines: Sequence[str], separator: str, file: str) -> None:
        self.lines = lines
        self.separator = separator
        self.file = file
        self.starts: list[int] = []
        self.cells: list[list[str]] = []
        self.notes: list[str] = []
        self.faults: list[Fault] = []
        self._row_begins = True

    def read(self) -> None:
        """Reads to the end; after a quotation mark that is never closed there is nothing left to read."""
        rows = csv.reader(self._feed(), delimiter=self.separator, strict=True, skipinitialspace=True)
        while True:
            start = rows.line_num + 1
            self._row_begins = True
            try:
                cells = next(rows)
            except StopIteration:
                return
            except csv.Error as error:
                self._refuse(start, str(error))
                cells = []
            if cells and cells[0].startswith("#") and is_comment(cells[0]):
                self.notes.append(cells[0])
                cells = []
            self.starts.append(start)
            self.cells.append(cells)

    def said(self) -> Iterator[int]:
        """The numbers of the rows that say something."""
        return (number for number, cells in enumerate(self.cells) if any(map(clean_copy, cells)))

    def _feed(self) -> Iterator[str]:
        """The lines, those that are notes emptied: a note may hold stray quotation marks."""
        for line in self.lines:
            noted = self._row_begins and line.startswith("#") and is_comment(line)
            self._row_begins = False
            if noted:
                self.notes.append(line)
            yield "\n" if noted else f"{line}\n"

    def _refuse(self, start: int, error: str) -> None:
        if "unexpected end" in error:
            problem = "a quotation mark in this row is never closed, so that the rest of the sheet is one cell"
        elif "expected after" in error:
            problem = "a cell of this row goes on after its closing quotation mark"
        else:
            problem = f"this row cannot be read: {error}"
        cure = 'Write quotation marks inside a cell twice: "a 6"" screen".'
        self.faults.append(Fault(file=self.file, place=f"{start}:1", problem=problem, cure=cure, rule="csv.quotes"))


def _header(rows: _Rows, known: Callable[[str], bool]) -> int | None:
    """The number of the header's row: the first that says something, or one soon below that is plainly it."""
    said = list(islice(rows.said(), _HEADER_WITHIN))
    if not said:
        return None
    named = {number: sum(map(known, rows.cells[number])) for number in said}
    below = next((number for number in said if named[number] >= _ENOUGH), said[0])
    if named[said[0]] or below == said[0]:
        return said[0]
    problem = f"the header is on line {rows.starts[below]}; what stands above it is left out"
    place = f"{rows.starts[said[0]]}:1"
    cure = "Delete the lines above the header, or begin them with #."
    rows.faults.append(
        Fault(file=rows.file, place=place, problem=problem, cure=cure, rule="csv.header", level=Level.WARNING)
    )
    return below


def _sheet(rows: _Rows, header_row: int) -> Sheet:
    header = rows.cells[header_row]
    numbers = [number for number in rows.said() if number > header_row]
    width = len(header)
    padded = [(rows.cells[number] + [""] * width)[:width] for number in numbers]
    blank = sum(bool(cells) for cells in rows.cells[header_row:]) - len(numbers) - 1
    if blank > 0:
        problem = f"{blank} blank row{'s are' if blank > 1 else ' is'} left out"
        rows.faults.append(
            Fault(file=rows.file, place="", problem=problem, cure="", rule="csv.blank_rows", level=Level.INFO)
        )
    return Sheet(
        file=rows.file,
        separator=rows.separator,
        lines=rows.lines,
        starts=rows.starts,
        header_row=header_row,
        header=tuple(header),
        frame=pandas.DataFrame(padded, index=numbers, columns=range(width), dtype=str),
        notes=tuple(rows.notes),
        broken=frozenset(number for number in numbers if any(map(clean_copy, rows.cells[number][width:]))),
    )


def _too_wide(sheet: Sheet, rows: _Rows) -> Iterator[Fault]:
    width = len(sheet.header)
    for row in sorted(sheet.broken):
        problem = f"this row has {len(rows.cells[row])} cells, the header {width}"
        cure = f'Put a text that holds {sheet.separator!r} into quotation marks: "one{sheet.separator} two".'
        remark = Remark(rule="csv.cells", problem=problem, cure=cure)
        yield sheet.fault(remark, sheet.place(row, width), clean_copy(rows.cells[row][width]) or None)


def _offsets(text: str, separator: str) -> Iterator[int]:
    """Where each cell of a row begins in the row's text."""
    end = re.escape(separator)
    cell = re.compile(rf' *(?P<cell>"(?:[^"]|"")*"[^{end}\n]*|[^{end}\n]*)')
    at = 0
    while match := cell.match(text, at):
        yield match.start("cell")
        at = match.end() + 1
        if match.end() >= len(text) or text[match.end()] != separator:
            return
