"""From the rows of a table to entries: without inactive rows, multiplied by matrix and groups, less the excludes."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from campaign.intake.cells import damage, read_yes_no
from campaign.intake.columns import squash
from campaign.intake.exclusions import Exclusion
from campaign.intake.locales import read_locale, region_of
from campaign.intake.matrix import Matrix, fillings
from campaign.intake.notebook import Entry, Notebook
from campaign.intake.places import read_markets
from campaign.intake.remarks import Remark
from campaign.intake.table import Table
from campaign.model.faults import Level


def make_entries(table: Table, matrix: Matrix, exclusions: Iterable[Exclusion], notebook: Notebook) -> Iterator[Entry]:
    """The entries of every row, in the sheet's order. A row whose market cannot be read is one entry, and bad."""
    for row, cells in table.rows():
        entry = Entry(row, cells, {})
        if not table.turned and row in table.sheet.broken:
            notebook.bad_rows.add(row)
            yield replace(entry, broken=True)
        elif _repeats_header(cells):
            remark = Remark(rule="csv.header_again", problem="repeats the header", cure="Delete the row.")
            notebook.remark(entry, None, remark)
            yield replace(entry, broken=True)
        elif _is_active(entry, notebook):
            for filled in _multiply(entry, matrix):
                for placed in _in_markets(filled, table, notebook):
                    if not any(exclusion.takes(placed.cells) for exclusion in exclusions):
                        yield placed


def _repeats_header(cells: dict[str, str]) -> bool:
    """Whether a row is a header, as when one sheet is pasted below another."""
    said = {column: text for column, text in cells.items() if text}
    return len(said) > 1 and all(squash(text) == squash(column) for column, text in said.items())


def _is_active(entry: Entry, notebook: Notebook) -> bool:
    text = entry.cells.get("active", "")
    reading = read_yes_no(text) if text and not damage(text) else None
    for remark in reading.remarks if reading else ():
        notebook.remark(entry, "active", remark, text)
    if reading is None or reading.value is not False:
        return True
    problem, cure = "is no: not part of the campaign", "Write yes to have it made."
    notebook.remark(entry, "active", Remark(rule="csv.inactive", problem=problem, cure=cure, level=Level.INFO))
    return False


def _multiply(entry: Entry, matrix: Matrix) -> Iterator[Entry]:
    for filling in fillings(matrix, entry.cells):
        cells = entry.cells | {each.column: each.text for each in filling}
        borrowed = {each.column: each.place for each in filling}
        suffix = tuple(each.text for each in filling if each.column != "market")
        yield Entry(entry.row, cells, borrowed, suffix)


def _in_markets(entry: Entry, table: Table, notebook: Notebook) -> Iterator[Entry]:
    """The entry once for every market that its cell names."""
    text = entry.cells.get("market", "") or _market_of_locale(entry, table)
    if not text or damage(text):
        yield entry
        return
    reading = read_markets(text)
    for remark in reading.remarks:
        notebook.remark(entry, "market", remark, text)
    markets = reading.value or ()
    multiplied = len(markets) > 1 or "market" in entry.borrowed
    for market in markets:
        suffix = (*entry.suffix, market) if multiplied else entry.suffix
        yield replace(entry, cells=entry.cells | {"market": market}, suffix=suffix)
    if not markets:
        yield entry


def _market_of_locale(entry: Entry, table: Table) -> str:
    """In a sheet with a column for each locale the region is the market, where no row says it."""
    locale = read_locale(entry.cells.get("locale", "")).value if table.turned else None
    return (region_of(locale) if locale else None) or ""
