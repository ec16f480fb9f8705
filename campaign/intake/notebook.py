"""Where remarks about cells become faults: each with its place, none twice, many alike in one note."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from campaign.intake.remarks import Remark
from campaign.intake.table import Table
from campaign.model.faults import Fault, Level


@dataclass(frozen=True, slots=True)
class Entry:
    """One row on its way to a variant: a row of the sheet, or one cell of the matrix or the group it was multiplied by.

    `borrowed` names the columns that the matrix filled, each with its place in the campaign file. `suffix` tells entries
    of one row apart. `broken`: the cells stand in the wrong columns.
    """

    row: int
    cells: dict[str, str]
    borrowed: dict[str, str]
    suffix: tuple[str, ...] = ()
    broken: bool = False


class Notebook:
    """Gathers what is said about the cells of one table, and which rows are bad."""

    def __init__(self, table: Table, matrix_file: str) -> None:
        self._table = table
        self._matrix_file = matrix_file
        self._errors: dict[tuple[object, ...], Fault] = {}
        self._notes: dict[tuple[str, str | None, str], tuple[Remark, list[int]]] = {}
        self.bad_rows: set[int] = set()

    def line(self, row: int) -> int:
        """The line on which a row begins."""
        return self._table.line(row)

    def remark(self, entry: Entry, column: str | None, remark: Remark, value: str | None = None) -> None:
        """Notes a remark about one cell, or (`column` None) about the row. An error makes the row bad.

        Of an error the value is shown; the same note about several rows becomes one.
        """
        if remark.level is Level.ERROR:
            self.bad_rows.add(entry.row)
            self._error(entry, column, remark, value)
            return
        _, rows = self._notes.setdefault((remark.rule, column, remark.problem), (remark, []))
        if entry.row not in rows[-1:]:
            rows.append(entry.row)

    def _error(self, entry: Entry, column: str | None, remark: Remark, value: str | None) -> None:
        borrowed = entry.borrowed.get(column or "")
        key = (borrowed or entry.row, column, remark.rule, remark.problem)
        if key in self._errors:
            return
        if borrowed:
            problem = f"{column} {remark.problem}"
            fault = self._table.sheet.fault(replace(remark, problem=problem), borrowed, value)
            self._errors[key] = replace(fault, file=self._matrix_file, rule=remark.rule.replace("csv.", "matrix."))
        else:
            self._errors[key] = self._fault(entry.row, column, remark, value)

    def faults(self) -> Iterator[Fault]:
        """Everything that was noted."""
        yield from self._errors.values()
        for (_, column, _), (remark, rows) in self._notes.items():
            more = f" ({len(rows)} rows, the first here)" if len(rows) > 1 else ""
            yield self._fault(rows[0], column, replace(remark, problem=remark.problem + more), None)

    def _fault(self, row: int, column: str | None, remark: Remark, value: str | None) -> Fault:
        name = self._table.cell_name(row, column) if column else None
        subject = f"{column} (cell {name}) " if name else f"{column or 'this row'} "
        place = self._table.place(row, column)
        return self._table.sheet.fault(replace(remark, problem=subject + remark.problem), place, value)
