"""Rows of the job table as records, read one by one or by the tens of thousands."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Insert, RowMapping, Select, Table, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import Text

from campaign.ledger.clock import moment, optional_moment
from campaign.ledger.records import JobRecord, KeptExtra
from campaign.ledger.tables import job
from campaign.model.money import from_micro
from campaign.model.outcomes import JobState, Reason

_BY_KEY = select(job).where(job.c.key == bindparam("key"))
_LOCKED = _BY_KEY.with_for_update()


def record_of(row: RowMapping | dict[str, Any]) -> JobRecord:
    """One row, its money as Decimal and its times as UTC."""
    return JobRecord(
        key=row["key"],
        campaign=row["campaign"],
        variant=row["variant"],
        segment=row["segment"],
        operation=row["operation"],
        ratio=row["ratio"],
        parent=row["parent"],
        provider=row["provider"],
        attempt=row["attempt"],
        state=JobState(row["state"]),
        intent_id=row["intent_id"],
        request_sha256=row["request_sha256"],
        remote_id=row["remote_id"],
        price_usd=from_micro(row["price"]),
        price_reserved_usd=from_micro(row["price_reserved"]),
        price_final_usd=None if row["price_final"] is None else from_micro(row["price_final"]),
        scopes=scopes_of(row["scopes"]),
        artifact_sha256=row["artifact_sha256"],
        bytes=row["bytes"],
        fence=row["fence"],
        lease_owner=row["lease_owner"],
        lease_until=optional_moment(row["lease_until"]),
        first_send_at=optional_moment(row["first_send_at"]),
        last_send_by=optional_moment(row["last_send_by"]),
        url_seen_at=optional_moment(row["url_seen_at"]),
        url_expires_at=optional_moment(row["url_expires_at"]),
        reason=None if row["reason"] is None else Reason(row["reason"]),
        note=row["note"],
        created_at=moment(row["created_at"]),
        updated_at=moment(row["updated_at"]),
        extras=extras_of(row["extras"]),
    )


def scopes_of(text: str) -> tuple[str, ...]:
    """The budgets of a reservation, as stored."""
    return tuple(json.loads(text)) if text != "[]" else ()


def extras_of(text: str | None) -> tuple[KeptExtra, ...]:
    """The extra files of a result, as stored."""
    return tuple(KeptExtra(**one) for one in json.loads(text)) if text else ()


def read_row(connection: Connection, key: str, *, lock: bool = False) -> dict[str, Any] | None:
    """The row of `key` as plain values; locked until the transaction ends where the database has row locks."""
    found = connection.execute(_LOCKED if lock else _BY_KEY, {"key": key}).mappings().first()
    return None if found is None else dict(found)


def read_records(connection: Connection, keys: Iterable[str]) -> dict[str, JobRecord]:
    """The records of all `keys` that are known, in one statement however many there are."""
    if connection.execute(select(job.c.key).limit(1)).first() is None:
        return {}  # a first plan would send 50,000 keys for nothing
    statement: Select[Any] = select(job).where(among(connection, job.c.key, keys))
    return {row["key"]: record_of(row) for row in connection.execute(statement).mappings()}


def among(connection: Connection, column: ColumnElement[Any], words: Iterable[str]) -> ColumnElement[bool]:
    """`column IN words` with one parameter: SQLite and PostgreSQL limit the number of parameters, not their size."""
    chosen = list(dict.fromkeys(words))
    if connection.dialect.name == "postgresql":
        return column == any_(bindparam("words", chosen, type_=postgresql.ARRAY(Text)))
    listed = func.json_each(bindparam("words", json.dumps(chosen), type_=Text)).table_valued("value")
    return column.in_(select(listed.c.value))


def insert_new(connection: Connection, table: Table) -> Insert:
    """An INSERT that leaves a row alone which is already there."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def replacing(connection: Connection, table: Table) -> Insert:
    """An INSERT of a whole row that takes the place of the one with the same primary key."""
    statement = postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
    rest = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=rest)
