"""Moving a ledger from its file to a server: every row, once. The file then lets itself be neither read nor written."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Table, func, insert, select, text

from campaign.errors import LedgerError
from campaign.ledger.clock import wall_clock
from campaign.ledger.database import WRITE, disposed_on_error, named, open_engine
from campaign.ledger.retired import retire
from campaign.ledger.tables import job, meta, metadata
from campaign.ledger.verify import verify_jobs
from campaign.model.outcomes import JobState

_BATCH = 1000
_BOUGHT = [state.value for state in (JobState.SUBMITTED, JobState.READY, JobState.STORED, JobState.IN_DOUBT)]


def move(file: Path, url: str, *, busy_s: float = 60) -> int:
    """Copy the ledger in `file` to the server at `url`, prove it there, retire the file. Returns how many jobs it holds.

    Interrupted, it is begun again: the file goes on being the ledger until the server holds all of it. Raises LedgerError for
    a file that a run is writing to, and for a server whose ledger holds something else.
    """
    source, _, _ = open_engine(f"sqlite:///{file}", busy_s)
    with disposed_on_error(source):
        target, path, shown = open_engine(url, busy_s)
        if path is not None:
            raise LedgerError(f"{path}: a ledger is moved to a server; set FANOUT_DATABASE_URL to one.")
        with disposed_on_error(target), source.connect().execution_options(**{WRITE: True}) as here, here.begin():
            with named(file):
                _refuse_at_work(here, file)
            with named(shown), target.begin() as there:
                _copied(here, there, shown)
            with named(file):
                retire(here, shown)
                jobs = here.execute(select(func.count()).select_from(job)).scalar_one()
        target.dispose()
    source.dispose()
    return jobs


def paid_in(file: Path, *, busy_s: float = 60) -> tuple[str, ...]:
    """The keys of jobs with a price that were bought through the ledger in `file`; none for one that is gone or was moved."""
    if not file.exists() or _was_moved(file):
        return ()
    engine, _, _ = open_engine(f"sqlite:///{file}", busy_s)
    with disposed_on_error(engine), named(file), engine.connect() as connection:
        bought = select(job.c.key).where(job.c.state.in_(_BOUGHT)).where(job.c.price > 0)
        keys = tuple(connection.execute(bought).scalars())
    engine.dispose()
    return keys


def _was_moved(file: Path) -> bool:
    """Looked at before the ledger is opened, which a moved one refuses."""
    with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as connection:
        try:
            return connection.execute("SELECT 1 FROM meta WHERE name = 'moved_to'").fetchone() is not None
        except sqlite3.DatabaseError:
            return False  # opening it tells what is wrong with it


def _refuse_at_work(here: Connection, file: Path) -> None:
    held = here.execute(select(func.count()).select_from(job).where(job.c.lease_until > wall_clock())).scalar_one()
    if held:
        raise LedgerError(
            f"{file}: a run is at work on {held} job{'s' if held != 1 else ''}. Wait for its end (or `fanout cancel`), "
            "wait a minute, then move the ledger."
        )


def _copied(here: Connection, there: Connection, shown: str) -> None:
    """Fill the empty ledger at the other end, or see that it was filled before. Raises LedgerError."""
    if any(_rows(there, table, 1) for table in _tables()):
        if all(_same(here, there, table) for table in _tables()):
            return
        raise LedgerError(
            f"{shown}: its ledger holds something else already. Name an empty database in FANOUT_DATABASE_URL."
        )
    for table in _tables():
        for batch in _batches(here, table):
            there.execute(insert(table), batch)
        _count_on(there, table)
    if problems := list(verify_jobs(there)):
        raise LedgerError(f"{shown}: what was copied does not add up ({problems[0]}). Nothing was moved.")


def _tables() -> tuple[Table, ...]:
    return tuple(table for table in metadata.sorted_tables if table is not meta)


def _rows(connection: Connection, table: Table, most: int) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table).limit(most)).mappings()]


def _batches(connection: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    order = table.primary_key.columns
    for part in connection.execute(select(table).order_by(*order)).mappings().partitions(_BATCH):
        yield [dict(row) for row in part]


def _same(here: Connection, there: Connection, table: Table) -> bool:
    """Whether both hold the same rows; their order is each database's own."""
    ours = (tuple(row.items()) for batch in _batches(here, table) for row in batch)
    theirs = (tuple(row.items()) for batch in _batches(there, table) for row in batch)
    return sorted(ours, key=repr) == sorted(theirs, key=repr)


def _count_on(there: Connection, table: Table) -> None:
    """Let the server's own numbers begin after those that were copied."""
    if "seq" not in table.c:
        return
    newest = there.execute(select(func.max(table.c.seq))).scalar()
    if newest is not None:
        there.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, 'seq'), :newest)"),
            {"table": table.name, "newest": newest},
        )
