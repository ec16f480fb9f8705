"""The breakers and throttles of providers in the ledger, shared by all who buy there."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, bindparam, select

from campaign.ledger.breaker import Passage, Route, Routes, RouteState, admit, hear, reopened
from campaign.ledger.clock import optional_moment
from campaign.ledger.records import Outcome, RouteRecord
from campaign.ledger.rows import insert_new, replacing
from campaign.ledger.tables import route
from campaign.ledger.transaction import Tx

WHOLE = "*"
"""Stands for all operations of a provider: throttles and bars are for its key, not for what is asked."""

_AFTER_ALL = 1 << 62
"""A time at which nothing is throttled any more."""

NOTHING_KNOWN = Routes()

_LOCK = (
    select(route.c.operation).where(route.c.provider == bindparam("of"), route.c.operation == WHOLE).with_for_update()
)
_PAIR = select(route).where(route.c.provider == bindparam("of"), route.c.operation.in_((WHOLE, bindparam("what"))))


def lock(tx: Tx, provider: str) -> None:
    """Let no other transaction buy at this provider before this one has ended. Locks: the job, this one, the budgets."""
    if tx.connection.dialect.name != "postgresql":
        return  # SQLite has one writer
    if tx.connection.execute(_LOCK, {"of": provider}).first() is None:
        tx.connection.execute(insert_new(tx.connection, route), _values(provider, WHOLE, Route()))
        tx.connection.execute(_LOCK, {"of": provider})


def ask(tx: Tx, provider: str, operation: str) -> Passage:
    """Whether one more job may be sent; `pass_through` writes down that it is."""
    return admit(_read(tx.connection, provider, operation), tx.now)


def pass_through(tx: Tx, provider: str, operation: str, passage: Passage) -> None:
    """One job is sent: where it tries a route, nobody else does so now."""
    if passage.probes:
        _write(tx, provider, operation, _read(tx.connection, provider, operation), passage.routes)


def heard(tx: Tx, provider: str, operation: str, outcome: Outcome, note: str, retry_after_s: float | None) -> None:
    """Write down what an outcome makes of the routes."""
    lock(tx, provider)
    before = _read(tx.connection, provider, operation)
    _write(tx, provider, operation, before, hear(before, outcome, tx.now, note, retry_after_s))


def changes_nothing(connection: Connection, provider: str, operation: str, outcome: Outcome) -> bool:
    """Whether the outcome would leave the routes as they are: most successes do, and cost no write then."""
    before = _read(connection, provider, operation)
    return outcome is Outcome.OK and hear(before, outcome, _AFTER_ALL) == before


def reopen(tx: Tx, provider: str | None) -> None:
    """Let one job try a provider that was barred, or each that was."""
    barred = select(route).where(route.c.operation == WHOLE, route.c.state == RouteState.BARRED)
    if provider is not None:
        barred = barred.where(route.c.provider == provider)
    for row in tx.connection.execute(barred.order_by(route.c.provider).with_for_update()).mappings().all():
        tx.connection.execute(replacing(tx.connection, route), _values(row["provider"], WHOLE, reopened(_route(row))))


def read_routes(connection: Connection) -> tuple[RouteRecord, ...]:
    """Every route that something was heard of."""
    rows = connection.execute(select(route).order_by(route.c.provider, route.c.operation)).mappings()
    return tuple(_record(row) for row in rows if _route(row) != Route())


def _read(connection: Connection, provider: str, operation: str) -> Routes:
    rows = connection.execute(_PAIR, {"of": provider, "what": operation}).mappings()
    found = {row["operation"]: _route(row) for row in rows}
    return Routes(found.get(WHOLE, Route()), found.get(operation, Route()))


def _write(tx: Tx, provider: str, operation: str, before: Routes, after: Routes) -> None:
    for name, old, new in ((WHOLE, before.whole, after.whole), (operation, before.operation, after.operation)):
        if old != new:
            tx.connection.execute(replacing(tx.connection, route), _values(provider, name, new))


def _values(provider: str, operation: str, value: Route) -> dict[str, Any]:
    return {"provider": provider, "operation": operation, **asdict(value), "state": value.state.value}


def _route(row: Any) -> Route:
    return Route(
        state=RouteState(row["state"]),
        recent=row["recent"],
        trips=row["trips"],
        waits=row["waits"],
        until=row["until"],
        probe_until=row["probe_until"],
        note=row["note"],
    )


def _record(row: Any) -> RouteRecord:
    found = _route(row)
    return RouteRecord(
        provider=row["provider"],
        operation=None if row["operation"] == WHOLE else row["operation"],
        state=found.state.value,
        failures=found.failures,
        until=optional_moment(found.until),
        note=found.note,
    )
