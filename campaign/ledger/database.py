"""Opening the database: SQLite by path, PostgreSQL by URL. Only here do the two differ in how they are set up."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy.exc
from sqlalchemy import Connection, Engine, create_engine, event, func, insert, inspect, select
from sqlalchemy.engine import URL, make_url

from campaign.errors import LedgerBusy, LedgerError, SetupError
from campaign.ledger import sqlite_file
from campaign.ledger.migration import is_old, migrate, read_version
from campaign.ledger.retired import refuse_retired
from campaign.ledger.tables import VERSION, meta, metadata

WRITE = "fanout_write"
"""Execution option of a connection whose transactions take SQLite's write lock at once."""

_FILE = "sqlite:///"
_NO_URL = (
    "FANOUT_DATABASE_URL is neither sqlite:///PATH nor postgresql://USER@HOST/NAME. Unset it to keep it in .fanout/."
)
_SCHEMA_LOCK = 0x46414E50


def open_engine(address: str, busy_s: float) -> tuple[Engine, Path | None, str]:
    """An engine for `address` whose schema is there and ours, the file it lies in (None for a server), and its name for people.

    Raises LedgerError for a database that cannot be trusted, SetupError for an address that cannot be used.
    """
    if address.startswith(_FILE):
        return _open_file(address.removeprefix(_FILE), busy_s)
    url = _parse(address)
    # Whoever waited for a lock must then see what its holder wrote: so no snapshot, whatever the server's default is.
    engine = create_engine(url, pool_size=8, max_overflow=8, pool_pre_ping=True, isolation_level="READ COMMITTED")
    shown = url.render_as_string(hide_password=True)
    with disposed_on_error(engine), named(shown):
        _make_tables(engine)
        _check_version(engine, shown)
    return engine, None, shown


def _open_file(name: str, busy_s: float) -> tuple[Engine, Path, str]:
    """The ledger in a file. Its name is taken as it stands: folders of people hold spaces, % and ?."""
    if name in ("", ":memory:"):
        raise SetupError(_NO_URL)
    path = Path(name).absolute()
    sqlite_file.prepare(path, _make_file)
    engine = _sqlite(path, busy_s)
    with disposed_on_error(engine), named(path):
        _check_version(engine, str(path))
    return engine, path, str(path)


@contextmanager
def disposed_on_error(engine: Engine) -> Iterator[None]:
    """Close the connections of a ledger that turns out not to be usable."""
    try:
        yield
    except BaseException:
        engine.dispose()
        raise


@contextmanager
def named(where: Path | str) -> Iterator[None]:
    """Turn what the database says into our own errors, which name the ledger and the cure."""
    try:
        yield
    except sqlalchemy.exc.DBAPIError as error:
        raise translated(error, where) from error


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection for reading: all its SELECTs see the database as it was at one instant, whoever writes meanwhile."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":  # a transaction of SQLite reads one state anyway
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


def translated(error: sqlalchemy.exc.DBAPIError, where: Path | str) -> LedgerError:
    """Our error for a database's."""
    said = str(error.orig).strip()
    if is_lost(error):
        return LedgerBusy(f"{where}: the database does not answer ({said}) [ledger.busy]. Run again when it does.")
    if _is_busy(error):
        return LedgerBusy(
            f"{where}: another process holds the ledger [ledger.busy]. Wait for it to end, then run again."
        )
    if isinstance(error.orig, sqlite3.DatabaseError) and ("malformed" in said or "not a database" in said):
        return sqlite_file.broken(Path(where), f"is damaged ({said})")
    if "full" in said:
        return LedgerError(f"{where}: the disk is full [disk.full]. Free some space, then run again: nothing was sent.")
    return LedgerError(
        f"{where}: the ledger cannot be used ({said}). Nothing was sent; look at it before running again."
    )


def is_lost(error: sqlalchemy.exc.DBAPIError) -> bool:
    """Whether a server went away, or was not there: whether its last commit went through is then unknown."""
    if isinstance(error.orig, sqlite3.Error) or not isinstance(error, sqlalchemy.exc.OperationalError):
        return bool(error.connection_invalidated)
    state = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state == "" or state.startswith(("08", "57P"))


def _is_busy(error: sqlalchemy.exc.DBAPIError) -> bool:
    if isinstance(error.orig, sqlite3.OperationalError):
        return "locked" in str(error.orig) or "busy" in str(error.orig)
    return getattr(error.orig, "sqlstate", None) in ("55P03", "40001", "40P01")


def _parse(address: str) -> URL:
    try:
        url = make_url(address)
    except sqlalchemy.exc.ArgumentError:
        raise SetupError(_NO_URL) from None  # the text may hold a password
    if url.drivername.split("+")[0] not in ("postgresql", "postgres"):
        raise SetupError(_NO_URL)
    return url.set(drivername="postgresql+psycopg")


def _sqlite(path: Path, busy_s: float, *, journal: str | None = None) -> Engine:
    url = URL.create("sqlite", database=str(path))
    arguments = {"timeout": busy_s, "isolation_level": None, "check_same_thread": False}
    engine = create_engine(url, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, record: object) -> None:
        if journal:
            connection.execute(f"PRAGMA journal_mode={journal}")
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # The write lock is taken first: a transaction that reads and then writes could be refused half way.
        write = connection.get_execution_options().get(WRITE, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


def _make_file(path: Path) -> None:
    engine = _sqlite(path, 5, journal="WAL")
    with named(path):
        with engine.connect() as connection:
            connection.exec_driver_sql(f"PRAGMA application_id={sqlite_file.APPLICATION_ID}")
            connection.commit()
        _make_tables(engine)
    engine.dispose()


def _make_tables(engine: Engine) -> None:
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
            if inspect(connection).has_table(meta.name):
                return
        metadata.create_all(connection)
        connection.execute(insert(meta), {"name": "version", "value": str(VERSION)})


def _check_version(engine: Engine, shown: str) -> None:
    """See that the schema is ours, bringing an older one up to it."""
    with engine.connect() as connection:
        found = read_version(connection)
    if is_old(found):
        found = _migrated(engine)
    if found != VERSION:
        raise LedgerError(
            f"{shown}: the ledger has schema {found}, this Fanout knows {VERSION}. Use the Fanout that made it."
        )
    with engine.connect() as connection:
        refuse_retired(connection, shown)


def _migrated(engine: Engine) -> int:
    with engine.connect().execution_options(**{WRITE: True}) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
        migrate(connection)
        return read_version(connection)
