"""Providers at which nothing is bought until a person has looked, each with the reason: they billed more than they quoted."""

from sqlalchemy import Connection, select

from campaign.ledger.rows import insert_new
from campaign.ledger.tables import brake
from campaign.ledger.transaction import Tx


def read_brakes(connection: Connection) -> dict[str, str]:
    """The reasons, by provider."""
    return {row.provider: row.note for row in connection.execute(select(brake))}


def freeze(tx: Tx, provider: str, note: str) -> None:
    """Buy nothing more at a provider until `thaw`. The first reason stays."""
    tx.connection.execute(insert_new(tx.connection, brake), {"provider": provider, "at": tx.now, "note": note})


def thaw(tx: Tx, provider: str) -> None:
    """Buy at a provider again."""
    tx.connection.execute(brake.delete().where(brake.c.provider == provider))
