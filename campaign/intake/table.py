"""A sheet's rows as named, cleaned cells, whichever way round the sheet was written. A door for pandas."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas

from campaign.intake.cells import clean_code, clean_copy
from campaign.intake.columns import CODES, check_names, column_name, is_known, squash
from campaign.intake.locales import read_locale
from campaign.intake.remarks import Remark
from campaign.intake.sheet import Sheet
from campaign.model.faults import Fault, Level

_FILL = re.compile(r'"?#\s*fill[ _-]?down\s*:\s*(?P<names>.*)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cleaned text by column name.

    A row's number is the frame's index. In a sheet that was `turned` (one column for each locale, one row for each field)
    it is the position of a column, and `where` gives the row of each field; otherwise it is the number of the sheet's row,
    and `where` gives each column's position.
    """

    sheet: Sheet
    frame: pandas.DataFrame
    where: Mapping[str, int]
    turned: bool

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Every row: its number, and its cells in the sheet's order."""
        names = list(self.frame.columns)
        for row, cells in zip(self.frame.index.to_list(), self.frame.itertuples(index=False, name=None), strict=True):
            yield row, dict(zip(names, cells, strict=True))

    def line(self, row: int) -> int:
        """The line on which a row begins; of a turned sheet, the header's."""
        return self.sheet.line(self.sheet.header_row if self.turned else row)

    def place(self, row: int, column: str | None) -> str:
        """`line:column` of a cell; of the row's first cell when it has no such column."""
        return self.sheet.place(*self._cell(row, column))

    def cell_name(self, row: int, column: str) -> str | None:
        """What a spreadsheet calls the cell, None when the sheet has no such column."""
        return self.sheet.name(*self._cell(row, column)) if column in self.where else None

    def _cell(self, row: int, column: str | None) -> tuple[int, int]:
        position = self.where.get(column or "", self.sheet.header_row if self.turned else 0)
        return (position, row) if self.turned else (row, position)


def make_table(sheet: Sheet, given: Iterable[str]) -> tuple[Table, tuple[Fault, ...]]:
    """The sheet's rows with their columns named and their cells cleaned, and every fault of header and cleaning.

    `given` are columns that the matrix brings.
    """
    turned = _is_turned(sheet)
    frame, headers = _turn(sheet) if turned else (sheet.frame, dict(enumerate(sheet.header)))
    where = _name(headers)
    table = Table(sheet, frame, where, turned)
    faults = [*_header_faults(table, headers, {*given, *(("market",) if turned else ())})]
    faults += _unnamed_faults(table, headers)
    named = frame[list(where.values())].set_axis(list(where), axis="columns")
    cleaned, notes = _clean(Table(sheet, named, where, turned))
    filled, more = _fill_down(Table(sheet, cleaned, where, turned))
    return Table(sheet, filled, where, turned), (*faults, *notes, *more)


def _is_turned(sheet: Sheet) -> bool:
    """Whether columns are locales and rows are fields: the header names locales only, the first column names of ours."""
    others = [clean_code(name) for name in sheet.header[1:] if clean_copy(name)]
    if not others or any(is_known(name) for name in sheet.header):
        return False
    return any(map(is_known, sheet.frame[0])) and all(read_locale(name).value for name in others)


def _turn(sheet: Sheet) -> tuple[pandas.DataFrame, dict[int, str]]:
    """The frame with rows for columns: the header's locales become the column `locale`."""
    wanted = [position for position, name in enumerate(sheet.header) if position and clean_copy(name)]
    fields = sheet.frame[wanted].T
    fields.insert(0, sheet.header_row, [sheet.header[position] for position in wanted])
    return fields, {sheet.header_row: "locale", **dict(zip(sheet.frame.index.to_list(), sheet.frame[0], strict=True))}


def _name(headers: Mapping[int, str]) -> dict[str, int]:
    """Where each named column is; of two alike the first."""
    where: dict[str, int] = {}
    seen: set[str] = set()
    for position, header in headers.items():
        name = column_name(header)
        if name and squash(name) not in seen:
            where[name] = position
            seen.add(squash(name))
    return where


def _header_faults(table: Table, headers: Mapping[int, str], given: set[str]) -> Iterator[Fault]:
    sheet = table.sheet
    positions = list(headers)
    for found in check_names(headers.values(), given):
        position = 0 if found.position is None else positions[found.position]
        cell = (position, 0) if table.turned and found.position is not None else (sheet.header_row, position)
        yield sheet.fault(found.remark, sheet.place(*cell))


def _unnamed_faults(table: Table, headers: Mapping[int, str]) -> Iterator[Fault]:
    """Columns without a name that say something: nobody could ask for what they say."""
    for position, header in headers.items():
        if column_name(header):
            continue
        said = table.frame[position].map(clean_copy)
        filled = said[said != ""]
        if len(filled):
            remark = Remark(rule="csv.column_name", problem="a column has no name", cure="Name it in the header.")
            row = int(filled.index[0])
            cell = (position, row) if table.turned else (row, position)
            yield table.sheet.fault(remark, table.sheet.place(*cell), filled.iloc[0])


def _clean(table: Table) -> tuple[pandas.DataFrame, list[Fault]]:
    """The frame with every cell cleaned as its column demands, and a note for each kind of cleaning."""
    cleaned: dict[str, pandas.Series] = {}
    changed: Counter[str] = Counter()
    first: dict[str, tuple[int, str]] = {}
    for name in table.frame.columns:
        column = table.frame[name]
        clean = clean_code if name in CODES else clean_copy
        texts = {text: clean(text) for text in column.unique()}
        cleaned[name] = column.map(texts)
        for text, kind in _kinds(texts, clean):
            rows = column.index[column == text]
            changed[kind] += len(rows)
            first.setdefault(kind, (int(rows[0]), name))
    frame = pandas.DataFrame(cleaned, index=table.frame.index, columns=table.frame.columns, dtype=str)
    return frame, [_cleaning_note(table, kind, count, *first[kind]) for kind, count in changed.items()]


def _kinds(texts: Mapping[str, str], clean: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    """Texts that cleaning changed, and what kind of change it was."""
    for text, plain in texts.items():
        if text != plain and text.strip(" \n") != plain:
            blanks = "".join(text.split()) == "".join(plain.split())
            yield text, "blanks" if blanks else "signs"


def _cleaning_note(table: Table, kind: str, count: int, row: int, column: str) -> Fault:
    what = {
        "blanks": "no-break or repeated blanks were removed",
        "signs": "invisible or typographic signs were removed or made plain",
    }[kind]
    problem = f"{what} in {count} cell{'s' if count > 1 else ''}, first in {column}"
    remark = Remark(rule=f"csv.{kind}", problem=problem, cure="Nothing need be done.", level=Level.INFO)
    return table.sheet.fault(remark, table.place(row, column))


def _fill_down(table: Table) -> tuple[pandas.DataFrame, list[Fault]]:
    """Merged cells leave blanks below their first row; a line `# fill-down: market, season` fills them."""
    frame = table.frame.copy(deep=False)
    faults: list[Fault] = []
    for note in table.sheet.notes:
        match = _FILL.match(note)
        for asked in re.split(r"[,;|\t\"]", match["names"]) if match else ():
            name = column_name(asked)
            if name in frame.columns and not table.turned:
                filled = frame[name].where(frame[name] != "").ffill().fillna("")
                count = int((filled != frame[name]).sum())
                frame[name] = filled
                faults.append(_fill_note(table, f"{count} blank cells of {name} took the text above them", Level.INFO))
            elif name:
                problem = f"fill-down names {asked.strip()!r}, which is no column of this sheet"
                faults.append(_fill_note(table, problem, Level.ERROR))
    return frame, faults


def _fill_note(table: Table, problem: str, level: Level) -> Fault:
    cure = "The line `# fill-down: market, season` asks for it; delete it to have blanks reported."
    return table.sheet.fault(Remark(rule="csv.fill_down", problem=problem, cure=cure, level=level), "")
