"""The ledger as lines for other programs: one object an attempt, in the field order that scripts depend on."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from campaign.ledger.clock import moment
from campaign.ledger.journal import replay
from campaign.ledger.reading import events_by_key
from campaign.model.money import from_micro

Locate = Callable[[str], Path | None]
"""Where the bytes of a sha256 lie, None when they do not."""


def export_attempts(connection: Connection, campaign: str | None, locate: Locate | None) -> Iterator[dict[str, Any]]:
    """Every attempt at every job (of one campaign), computed from the events."""
    for events in events_by_key(connection, campaign):
        yield from (_line(row, started, locate) for row, started in _attempts(events))


def _attempts(events: Sequence[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], int]]:
    """The job as it stood at the end of each attempt, and when the attempt began."""
    row: dict[str, Any] | None = None
    started = events[0]["at"]
    for told in events:
        after = replay(told, row)
        if row is not None and after["attempt"] != row["attempt"]:
            yield row, started
            started = told["at"]
        row = after
    if row is not None:
        yield row, started


def _line(row: dict[str, Any], started: int, locate: Locate | None) -> dict[str, Any]:
    sha256 = row["artifact_sha256"]
    path = locate(sha256) if locate and sha256 else None
    return {
        "work_key": row["key"],
        "campaign": row["campaign"],
        "variant": row["variant"],
        "segment": row["segment"],
        "operation": row["operation"],
        "ratio": row["ratio"],
        "provider": row["provider"],
        "attempt": row["attempt"],
        "state": row["state"],
        "remote_id": row["remote_id"],
        "request_sha256": row["request_sha256"],
        "price_reserved_usd": _number(row["price_reserved"]),
        "price_final_usd": _number(row["price_final"]),
        "artifact_sha256": sha256,
        "artifact_path": None if path is None else str(path),
        "created_at": moment(started).isoformat(),
        "updated_at": moment(row["updated_at"]).isoformat(),
        "note": row["note"],
    }


def _number(micro: int | None) -> float | int | None:
    """A price as a JSON number: its shortest text is exact for every sum below a billion USD."""
    if micro is None:
        return None
    usd = from_micro(micro)
    return int(usd) if usd == usd.to_integral_value() else float(usd)
