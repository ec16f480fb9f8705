"""Reads variants.csv: rows x matrix as Variants, with every fault of every row at once."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from campaign.intake.columns import is_known
from campaign.intake.days import Days
from campaign.intake.entries import make_entries
from campaign.intake.exclusions import named, read_exclusions, tell
from campaign.intake.matrix import Matrix
from campaign.intake.notebook import Notebook
from campaign.intake.remarks import Remark
from campaign.intake.row_parts import Known
from campaign.intake.row_variant import VariantReader
from campaign.intake.sheet import read_sheet
from campaign.intake.table import Table, make_table
from campaign.intake.twins import Draft, drop_repeated, refuse_shared, settle
from campaign.model.faults import Fault, Level
from campaign.model.variants import Variant

__all__ = ["Known", "SheetReading", "read_variants"]


@dataclass(frozen=True, slots=True)
class SheetReading:
    """What a sheet says. `variants` hold bad rows too, marked; `sha256` is the file's own.

    `stopping` are the errors that stop the campaign: all of them, or with `skip_bad` those that are not about one row.
    """

    variants: tuple[Variant, ...]
    faults: tuple[Fault, ...]
    sha256: str
    stopping: tuple[Fault, ...] = ()
    table: Table | None = None

    def place(self, line: int, column: str | None) -> str:
        """`line:column` of a cell of the row that begins on `line`; of the row's beginning when it has no such column."""
        table = self.table
        if table is None or table.turned or column not in table.where:
            return f"{line}:1"
        row = bisect_left(table.sheet.starts, line)
        return table.place(row, column)


def read_variants(data: bytes, file: str, *, known: Known, matrix: Matrix, days: Days, skip_bad: bool) -> SheetReading:
    """Every variant of the sheet that `data` holds, and every fault. Never raises for bad input.

    Faults name the sheet as `file` and the place as `line:column`: the line and the character of it (both from 1) at
    which an editor shows the cell begin, line breaks inside cells counted; also the cell's name in a spreadsheet.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    sheet, form_faults = read_sheet(data, file, is_known)
    matrix, matrix_faults = named(matrix)
    if sheet is None:
        return SheetReading((), (*form_faults, *matrix_faults), sha256, (*form_faults, *matrix_faults))
    table, table_faults = make_table(sheet, matrix.columns)
    notebook = Notebook(table, matrix.file)
    exclusions, exclude_faults = read_exclusions(matrix, table.where)
    entries = make_entries(table, matrix, exclusions, notebook)
    columns = frozenset((*table.where, *matrix.columns, *(("market",) if table.turned else ())))
    reader = VariantReader(notebook, known, columns, days)
    variants = _distinct([Draft(entry, reader.read(entry)) for entry in entries], notebook)
    unread = any(fault.rule == "csv.quotes" for fault in form_faults)
    row_faults = (*notebook.faults(), *(() if unread else _emptiness(table, variants)))
    whole = (*form_faults, *matrix_faults, *table_faults, *exclude_faults, *tell(matrix, exclusions))
    faults = tuple(sorted((*whole, *row_faults), key=_order))
    stopping = (fault for fault in faults if fault.level is Level.ERROR)
    if skip_bad:
        of_rows = {id(fault) for fault in row_faults if fault.file == file and fault.rule != "csv.empty"}
        of_rows |= {id(fault) for fault in form_faults if fault.rule == "csv.cells" and not table.turned}
        stopping = (fault for fault in stopping if id(fault) not in of_rows)
    return SheetReading(variants, faults, sha256, tuple(stopping), table)


def _emptiness(table: Table, variants: tuple[Variant, ...]) -> Iterator[Fault]:
    """A sheet of which nothing is left."""
    if not len(table.frame):
        remark = Remark(rule="csv.empty", problem="the sheet has no rows", cure="Write a row below the header.")
        yield table.sheet.fault(remark, table.sheet.place(table.sheet.header_row, 0))
    elif not variants:
        cure = "Set active to yes, or take an exclude out of [matrix]."
        remark = Remark(rule="csv.empty", problem="no row is part of the campaign", cure=cure)
        yield table.sheet.fault(remark, "")


def _distinct(drafts: list[Draft], notebook: Notebook) -> tuple[Variant, ...]:
    kept = drop_repeated(drafts, notebook)
    for column in ("ad_id", "clock_number"):
        refuse_shared(kept, column, notebook)
    return tuple(settle(kept, notebook))


def _order(fault: Fault) -> tuple[bool, int, int]:
    line, _, column = fault.place.partition(":")
    return (True, int(line), int(column)) if line.isdigit() and column.isdigit() else (False, 0, 0)
