"""A sheet's rows as named, cleaned cells, whichever way round the sheet was written. A door for pandas."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas

from campaign.intake.cells import clean_code, clean_copy
from campaign.intake.cleaning import clean_frame, fill_down
from campaign.intake.columns import check_names, column_name, is_known, squash
from campaign.intake.locales import read_locale
from campaign.intake.remarks import Remark
from campaign.intake.sheet import Sheet
from campaign.model.faults import Fault


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
        if not names:
            return
        columns = (self.frame[name].to_list() for name in names)
        for row, cells in zip(self.frame.index.to_list(), zip(*columns, strict=True), strict=True):
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
    cleaned, changes = clean_frame(frame[list(where.values())].set_axis(list(where), axis="columns"))
    filled, fillings = fill_down(cleaned, () if turned else sheet.notes)
    table = Table(sheet, filled, where, turned)
    faults = [*_header_faults(table, headers, {*given, *(("market",) if turned else ())})]
    faults += _unnamed_faults(table, frame, headers)
    faults += (sheet.fault(change.remark(), table.place(*change.cells[0])) for change in changes)
    faults += (sheet.fault(remark, "") for remark in fillings)
    return table, tuple(faults)


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


def _unnamed_faults(table: Table, frame: pandas.DataFrame, headers: Mapping[int, str]) -> Iterator[Fault]:
    """Columns without a name that say something: nobody could ask for what they say."""
    for position, header in headers.items():
        if column_name(header):
            continue
        said = frame[position].map(clean_copy)
        filled = said[said != ""]
        if len(filled):
            remark = Remark(rule="csv.column_name", problem="a column has no name", cure="Name it in the header.")
            row = filled.index.to_list()[0]
            cell = (position, row) if table.turned else (row, position)
            yield table.sheet.fault(remark, table.sheet.place(*cell), filled.iloc[0])
