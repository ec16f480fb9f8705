"""Editions: how often a variant has asked for the same thing anew. Rows are only added."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, func, insert, select

from campaign.ledger.rows import among
from campaign.ledger.tables import edition
from campaign.ledger.transaction import Tx

FIRST = 1
_LOCK = 0x46414E54


def read_editions(connection: Connection, campaign: str) -> dict[tuple[str, str], int]:
    """The edition of each (variant, ask_key) that was ever regenerated; all others are at the first."""
    latest = (
        select(edition.c.variant, edition.c.ask_key, func.max(edition.c.edition))
        .where(edition.c.campaign == campaign)
        .group_by(edition.c.variant, edition.c.ask_key)
    )
    return {(variant, ask_key): number for variant, ask_key, number in connection.execute(latest)}


def next_editions(connection: Connection, asks: Iterable[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """The edition that each (variant, ask_key) gets next: one above the highest that anybody has had of this ask.

    Anybody, in any campaign, since jobs are shared: a lower one could be a take that was already bought for another row.
    Those bumped together share the new take.
    """
    chosen = list(dict.fromkeys(asks))
    if not chosen:
        return {}
    highest = _highest(connection, {ask_key for _, ask_key in chosen})
    return {(variant, ask_key): highest.get(ask_key, FIRST) + 1 for variant, ask_key in chosen}


def bump(tx: Tx, campaign: str, seen: Mapping[tuple[str, str], int], by: str) -> dict[tuple[str, str], int]:
    """Give each (variant, ask_key) that is still at the edition `seen` its next one. Returns those given: where another run
    was faster, what that one asked for stands."""
    _take_turns(tx.connection)
    now = read_editions(tx.connection, campaign)
    new = next_editions(tx.connection, [ask for ask, edition in seen.items() if now.get(ask, FIRST) == edition])
    if new:
        rows = [
            {"campaign": campaign, "variant": variant, "ask_key": ask_key, "edition": number, "by": by, "at": tx.now}
            for (variant, ask_key), number in new.items()
        ]
        tx.connection.execute(insert(edition), rows)
    return new


def _take_turns(connection: Connection) -> None:
    """One after the other: who asks next must see what was given. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _highest(connection: Connection, ask_keys: Iterable[str]) -> dict[str, int]:
    found = (
        select(edition.c.ask_key, func.max(edition.c.edition))
        .where(among(connection, edition.c.ask_key, ask_keys))
        .group_by(edition.c.ask_key)
    )
    return {row[0]: row[1] for row in connection.execute(found)}
