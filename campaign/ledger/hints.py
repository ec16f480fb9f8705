"""Hints: what providers told us unasked. They change nothing but when somebody looks."""

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from campaign.ledger.records import Hint
from campaign.ledger.tables import hint
from campaign.ledger.transaction import Tx


def add_hint(tx: Tx, provider: str, intent_id: str, remote_id: str) -> bool:
    """Keep a hint; False for one that is known, which stays as it was."""
    insert = postgresql.insert(hint) if tx.connection.dialect.name == "postgresql" else sqlite.insert(hint)
    values = {"provider": provider, "intent_id": intent_id, "remote_id": remote_id, "at": tx.now}
    added = insert.values(**values).on_conflict_do_nothing().returning(hint.c.seq)
    return tx.connection.execute(added).scalar() is not None


def newest(connection: Connection) -> int:
    """The number of the last hint, 0 when there was none."""
    return connection.execute(select(func.max(hint.c.seq))).scalar() or 0


def hints_after(connection: Connection, number: int) -> tuple[Hint, ...]:
    """The hints that came after the one of this number, oldest first."""
    rows = connection.execute(select(hint).where(hint.c.seq > number).order_by(hint.c.seq))
    return tuple(Hint(row.seq, row.provider, row.intent_id, row.remote_id) for row in rows)


def hints_of(connection: Connection, intent_id: str) -> tuple[Hint, ...]:
    """What was said of an intent, oldest first."""
    rows = connection.execute(select(hint).where(hint.c.intent_id == intent_id).order_by(hint.c.seq))
    return tuple(Hint(row.seq, row.provider, row.intent_id, row.remote_id) for row in rows)
