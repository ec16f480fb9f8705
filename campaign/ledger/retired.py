"""A ledger that was moved elsewhere: its file stays as it was, and lets nobody buy by it again."""

from sqlalchemy import Connection, insert, select

from campaign.errors import LedgerError
from campaign.ledger.tables import meta

_NAME = "moved_to"
_NO_MORE = """CREATE TRIGGER moved_{when} BEFORE {when} ON job
BEGIN SELECT RAISE(ABORT, 'this ledger was moved to a server'); END"""
"""A run that had the file open before goes no further: each of its steps writes a job."""


def retire(connection: Connection, to: str) -> None:
    """Mark a ledger's file as moved; `to` is the new address as people may see it."""
    connection.execute(insert(meta), {"name": _NAME, "value": to})
    for when in ("INSERT", "UPDATE"):
        connection.exec_driver_sql(_NO_MORE.format(when=when))


def moved_to(connection: Connection) -> str | None:
    """Where a ledger was moved, None when it was not."""
    found: str | None = connection.execute(select(meta.c.value).where(meta.c.name == _NAME)).scalar()
    return found


def refuse_retired(connection: Connection, shown: str) -> None:
    """Raise LedgerError for a ledger that was moved: what it does not know any more would be bought again."""
    to = moved_to(connection)
    if to is not None:
        raise LedgerError(f"{shown}: this ledger was moved to {to}. Set FANOUT_DATABASE_URL to it. Nothing was sent.")
