"""Checking the ledger against itself and the store: rows from events, budgets from rows, files from hashes."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, select

from campaign.errors import StoreError
from campaign.ledger.journal import replay
from campaign.ledger.reading import events_by_key
from campaign.ledger.rows import extras_of, scopes_of
from campaign.ledger.tables import LEASE_COLUMNS, budget, finished, job
from campaign.ledger.transitions import LEGAL
from campaign.model.outcomes import JobState

Totals = dict[str, list[int]]
"""Budget to [reserved, spent], micro-USD."""


class Files(Protocol):
    """The part of the store that is asked for files."""

    def exists(self, sha256: str) -> bool:
        """Whether the bytes are there."""
        ...

    def local(self, sha256: str) -> Path:
        """Where they can be read."""
        ...


def verify_jobs(connection: Connection) -> Iterator[str]:
    """What the rows say otherwise than the events, and what the budgets say otherwise than both."""
    rows = {row["key"]: dict(row) for row in connection.execute(select(job)).mappings()}
    totals: Totals = defaultdict(lambda: [0, 0])
    for events in events_by_key(connection, None):
        key = events[0]["key"]
        computed = None
        for told in events:
            yield from _illegal(told, computed)
            after = replay(told, computed)
            _count(totals, computed, after)
            computed = after
        yield from _compare(key, computed or {}, rows.pop(key, None))
    yield from (f"job {key[:12]}: a row without any event." for key in rows)
    yield from _budgets(connection, totals)


def verify_files(connection: Connection, store: Files, *, deep: bool) -> Iterator[str]:
    """Stored results and films whose file is missing or, when `deep`, holds other bytes than were put."""
    seen: set[str] = set()
    for what, sha256 in _files(connection):
        if sha256 in seen:
            continue
        seen.add(sha256)
        if not store.exists(sha256):
            yield f"{what}: its file {sha256} is not in the store."
        elif deep:
            yield from _rot(what, sha256, store)


def verify_database(connection: Connection) -> Iterator[str]:
    """What SQLite finds wrong with its own file; a server checks itself."""
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars()
        yield from (f"the database is damaged: {line}" for line in found if line != "ok")


def _illegal(told: dict[str, Any], before: dict[str, Any] | None) -> Iterator[str]:
    name = f"job {told['key'][:12]}, event {told['seq']}"
    if before is None:
        if told["from_state"] is not None:
            yield f"{name}: the job's first events are gone."
        return
    if told["from_state"] != before["state"]:
        yield f"{name}: it was {before['state']}, the event says {told['from_state']}."
    elif told["to_state"] == told["from_state"]:
        pass  # taken over, seen again, remarked on: in any state
    elif JobState(told["to_state"]) not in LEGAL[JobState(told["from_state"])]:
        yield f"{name}: {told['from_state']} cannot become {told['to_state']}."
    if told["fence"] < before["fence"]:
        yield f"{name}: its fence {told['fence']} is older than {before['fence']}."


def _count(totals: Totals, before: dict[str, Any] | None, after: dict[str, Any]) -> None:
    """Follow the money of one event: what was reserved changed, and what was billed grew."""
    held_before = 0 if before is None else before["price_reserved"]
    for scope in scopes_of(after["scopes"]):
        totals[scope][0] += after["price_reserved"] - held_before
        totals[scope][1] += _newly_billed(before, after)


def _newly_billed(before: dict[str, Any] | None, after: dict[str, Any]) -> int:
    if before is None or after["price_final"] is None:
        return 0
    return int(after["price_final"] - (before["price_final"] or 0))


def _compare(key: str, computed: dict[str, Any], row: dict[str, Any] | None) -> Iterator[str]:
    if row is None:
        yield f"job {key[:12]}: events without a row."
        return
    for name in row.keys() - LEASE_COLUMNS:
        if row[name] != computed.get(name):
            yield f"job {key[:12]}: {name} is {row[name]!r}, its events make it {computed.get(name)!r}."


def _budgets(connection: Connection, totals: Totals) -> Iterator[str]:
    for row in connection.execute(select(budget)).mappings():
        reserved, spent = totals.pop(row["scope"], [0, 0])
        for name, computed in (("reserved", reserved), ("spent", spent)):
            if row[name] != computed:
                yield f"budget {row['scope']}: {name} is {row[name]} micro-USD, its events make it {computed}."
    yield from (
        f"budget {scope}: jobs took money from it, but it is gone." for scope, sums in totals.items() if any(sums)
    )


def _files(connection: Connection) -> Iterator[tuple[str, str]]:
    kept = (
        select(job.c.key, job.c.artifact_sha256, job.c.extras).where(job.c.state == JobState.STORED).order_by(job.c.key)
    )
    for key, sha256, extras in connection.execute(kept):
        yield f"job {key[:12]}", sha256
        yield from ((f"job {key[:12]}, its {extra.kind}", extra.sha256) for extra in extras_of(extras))
    films = select(finished.c.variant, finished.c.ratio, finished.c.sha256, finished.c.poster_sha256)
    for variant, ratio, sha256, poster in connection.execute(films):
        yield f"film {variant} {ratio}", sha256
        yield f"poster of {variant} {ratio}", poster


def _rot(what: str, sha256: str, store: Files) -> Iterator[str]:
    try:
        with store.local(sha256).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, StoreError) as error:
        yield f"{what}: its file cannot be read: {error}"
        return
    if found != sha256:
        yield f"{what}: {store.local(sha256)} holds other bytes than were put: delete it and run again."
