"""Every change of a job: the row and the event that explains it, written together."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import and_, bindparam, insert, update

from campaign.errors import FenceLost, LedgerError
from campaign.ledger.records import Lease
from campaign.ledger.rows import read_row
from campaign.ledger.tables import LEASE_COLUMNS, event, job
from campaign.ledger.transaction import Tx
from campaign.ledger.transitions import LEGAL
from campaign.model.outcomes import JobState

_UNTOLD = LEASE_COLUMNS | {"key", "state", "attempt", "fence", "note", "created_at", "updated_at"}
"""Columns that an event does not list among its changes: it has them itself, or nothing depends on them."""

MOST_OF_AN_ANSWER = 16_384
"""Characters of a provider's answer that an event keeps: documented ones are a tenth of it."""

_COLUMNS = tuple(column.name for column in job.columns)
_UPDATE = update(job).where(and_(job.c.key == bindparam("at_key"), job.c.fence == bindparam("at_fence")))
_INSERT = insert(event)


def locked(tx: Tx, key: str) -> dict[str, Any]:
    """The row of `key`, held until the transaction ends. Raises LedgerError for a key that was never planned."""
    row = read_row(tx.connection, key, lock=True)
    if row is None:
        raise LedgerError(f"job {key[:12]} is not in the ledger: it must be planned before it is bought.")
    return row


def held(tx: Tx, lease: Lease) -> dict[str, Any]:
    """The row of a lease, held. Raises FenceLost when another owner has taken it over since."""
    row = locked(tx, lease.key)
    if row["fence"] != lease.fence:
        raise FenceLost(f"job {lease.key[:12]} was taken over by {row['lease_owner']}: this answer is dropped.")
    return row


def move(tx: Tx, row: Mapping[str, Any], to: JobState, owner: str, **changes: Any) -> dict[str, Any]:
    """Bring a row that is held into state `to` with `changes`, and write down that it happened.

    `request_id` and `answer` among the changes go to the event only. Returns the row as it is now. Raises LedgerError for a
    step that no job may take, FenceLost when the row has changed under us.
    """
    before = JobState(row["state"])
    if to not in LEGAL[before]:
        raise LedgerError(f"job {row['key'][:12]} is {before}: it cannot become {to}. This is a fault of Fanout's own.")
    return _written(tx, row, to, owner, changes)


def remark(tx: Tx, row: Mapping[str, Any], owner: str, note: str, request_id: str | None = None) -> dict[str, Any]:
    """Add a sentence to the note of a row that is held, whatever its state, with an event that tells it."""
    told = f"{row['note']} {note}".strip()
    return _written(tx, row, JobState(row["state"]), owner, {"note": told, "request_id": request_id})


def _written(tx: Tx, row: Mapping[str, Any], to: JobState, owner: str, changes: dict[str, Any]) -> dict[str, Any]:
    before = JobState(row["state"])
    request_id, answer = changes.pop("request_id", None), changes.pop("answer", "")
    changes = {name: value for name, value in changes.items() if row[name] != value}
    after = {**row, **changes, "state": to.value, "updated_at": tx.now}
    values = {**changes, "state": to.value, "updated_at": tx.now, "at_key": row["key"], "at_fence": row["fence"]}
    if tx.connection.execute(_UPDATE, values).rowcount != 1:
        raise FenceLost(f"job {row['key'][:12]} changed hands: this answer is dropped.")
    told = entry(after, before, changes, owner)
    tx.connection.execute(_INSERT, {**told, "request_id": request_id, "answer": _kept(answer)})
    return after


def entry(
    after: Mapping[str, Any],
    before: JobState | None,
    changes: Mapping[str, Any],
    owner: str,
) -> dict[str, Any]:
    """The event that tells how a row became `after`, by nobody's answer."""
    return {
        "at": after["updated_at"],
        "key": after["key"],
        "attempt": after["attempt"],
        "from_state": before,
        "to_state": after["state"],
        "owner": owner,
        "fence": after["fence"],
        "request_id": None,
        "note": after["note"],
        "changes": json.dumps({name: value for name, value in changes.items() if name not in _UNTOLD}),
        "answer": None,
    }


def _kept(answer: str) -> str | None:
    """An answer as it is kept: whole, or its beginning when a provider says far too much."""
    if len(answer) > MOST_OF_AN_ANSWER:
        return json.dumps({"cut_off": answer[:MOST_OF_AN_ANSWER]})
    return answer or None


def replay(told: Mapping[str, Any], row: Mapping[str, Any] | None) -> dict[str, Any]:
    """A job's row after one more of its events, from the row before it (None before the first)."""
    start = {**dict.fromkeys(_COLUMNS), "key": told["key"], "created_at": told["at"]} if row is None else row
    return {
        **start,
        **json.loads(told["changes"]),
        "state": told["to_state"],
        "attempt": told["attempt"],
        "fence": told["fence"],
        "note": told["note"],
        "updated_at": told["at"],
    }
