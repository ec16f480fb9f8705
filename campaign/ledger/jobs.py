"""What may happen to a job that is ours, from its intent to the store: each a change of its row, its event, its money."""

import json
import uuid
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from campaign.errors import LedgerError
from campaign.ledger.brakes import freeze
from campaign.ledger.budgets import settle
from campaign.ledger.clock import SECOND
from campaign.ledger.journal import held, locked, move, remark
from campaign.ledger.owner import is_dead
from campaign.ledger.records import KeptExtra, Lease
from campaign.ledger.rows import scopes_of
from campaign.ledger.tables import job
from campaign.ledger.transaction import Tx
from campaign.model.money import from_micro, text
from campaign.model.outcomes import JobState, Reason

_NAMESPACE = uuid.UUID("6f0c3c1e-0a3f-5d0e-9a53-0f4e1c0a7b11")
NOBODY: dict[str, Any] = {"lease_owner": None, "lease_until": None}
"""The change by which a job is let go."""

_UNANSWERED = frozenset({JobState.INTENT, JobState.RECONCILING, JobState.IN_DOUBT, JobState.CANCELLING})

Row = dict[str, Any]


def intent_id(key: str, attempt: int) -> str:
    """The name under which an attempt is sent: the same after any crash."""
    return str(uuid.uuid5(_NAMESPACE, f"{key}:{attempt}"))


def claim(tx: Tx, key: str, *, state: JobState, owner: str, lease_s: float) -> Row:
    """Take over a job that was begun and is still in `state`, when nobody who may be alive holds it.

    The row's `lease_owner` tells who has it now.
    """
    row = locked(tx, key)
    if row["state"] != state:
        return row
    other = row["lease_owner"]
    if other not in (None, owner) and row["lease_until"] > tx.now and not is_dead(other):
        return row
    until = tx.now + int(lease_s * SECOND)
    return move(tx, row, JobState(row["state"]), owner, fence=row["fence"] + 1, lease_owner=owner, lease_until=until)


def step(tx: Tx, lease: Lease, to: JobState, **changes: Any) -> Row:
    """Bring a job that is ours into state `to`, nothing else. Harmless when it is done twice by a lost commit."""
    row = held(tx, lease)
    if tx.repeated and row["state"] == to:
        return row
    return move(tx, row, to, lease.owner, **changes)


def resend(tx: Tx, lease: Lease, *, request_sha256: str, send_s: float) -> Row:
    """The same intent once more, after its provider has proved that it knows nothing of it: a new deadline to send.

    A body that changed since never goes out under the old intent: the job is PLANNED again instead.
    """
    row = held(tx, lease)
    if row["request_sha256"] != request_sha256:
        return unsent(tx, lease, "The request changed since it was first meant to be sent.")
    return move(tx, row, JobState.INTENT, lease.owner, last_send_by=tx.now + int(send_s * SECOND), note="")


def unsent(tx: Tx, lease: Lease, note: str) -> Row:
    """The request was proved not to be accepted: its money is free again, the attempt goes on with the next try.

    Raises LedgerError for a job that has ended, or that its provider has a name for: it was accepted.
    """
    row = held(tx, lease)
    if tx.repeated and row["state"] == JobState.PLANNED:
        return row
    if row["remote_id"] is not None or row["state"] not in _UNANSWERED:
        name = row["remote_id"] or "unknown"
        raise LedgerError(f"job {row['key'][:12]} is {row['state']}, and {name} at {row['provider']}: it was sent.")
    settle(tx, scopes_of(row["scopes"]), released=row["price_reserved"], billed=0)
    return move(tx, row, JobState.PLANNED, lease.owner, **NOBODY, price_reserved=0, note=note)


def submitted(
    tx: Tx, lease: Lease, *, remote_id: str, request_id: str | None, answer: str, holder: str | None = None
) -> Row:
    """The provider took it. A job that has another name there keeps it, and the new one is told in its note.

    A name that another job has there tells nothing of this one, whose film would be the other's: RECONCILING, with a note.
    """
    row = held(tx, lease)
    if row["remote_id"] not in (None, remote_id):
        return taken_too(tx, row, lease.owner, remote_id, request_id)
    if tx.repeated and row["state"] == JobState.SUBMITTED:
        return row
    if row["price"] and (other := bearer_of(tx, row, remote_id)):
        note = misnamed(row, other, remote_id)
        return move(tx, row, JobState.RECONCILING, lease.owner, note=note, request_id=request_id, answer=answer)
    told = {"remote_id": remote_id, "request_id": request_id, "answer": answer}
    told["lease_owner"] = holder or row["lease_owner"]
    return move(tx, row, JobState.SUBMITTED, lease.owner, **told, reason=None, note="")


def taken_too(tx: Tx, row: Row, owner: str, remote_id: str, request_id: str | None) -> Row:
    """Keep an id that this job cannot have, for a person: the provider took the job more often than it was asked to."""
    note = f"It was taken as {remote_id} too, which may be billed: ask for a refund."
    return row if note in row["note"] else remark(tx, row, owner, note, request_id)


def bearer_of(tx: Tx, row: Row, remote_id: str) -> str | None:
    """The key of another job that its provider calls so already."""
    same = (job.c.provider == row["provider"]) & (job.c.remote_id == remote_id) & (job.c.key != row["key"])
    return tx.connection.execute(select(job.c.key).where(same)).scalar()


def misnamed(row: Row, other: str, remote_id: str) -> str:
    """What is known of a job that was answered with the name of another."""
    there = row["provider"]
    return (
        f"{there} answered with {remote_id}, which is job {other[:12]} already: one of the two has another name there."
    )


def ready(tx: Tx, lease: Lease, *, price: int | None, url_expires_at: int | None, answer: str = "") -> Row:
    """The provider has a result: its real price is spent (None = as reserved) and the time it was seen is kept."""
    row = held(tx, lease)
    if tx.repeated and row["state"] == JobState.READY:
        return row
    seen = {"url_seen_at": tx.now, "url_expires_at": url_expires_at, "answer": answer}
    if row["price_final"] is not None:
        return move(tx, row, JobState.READY, lease.owner, **seen)
    billed = row["price_reserved"] if price is None else price
    note = _freeze_when_dearer(tx, row, billed) or row["note"]
    return move(tx, row, JobState.READY, lease.owner, **settled(tx, row, billed=billed), **seen, note=note)


def noted(tx: Tx, lease: Lease, note: str, answer: str) -> Row:
    """Nothing changed, but there is something to be told, or an answer to be kept."""
    row = held(tx, lease)
    if tx.repeated and row["note"] == note:
        return row
    return move(tx, row, JobState(row["state"]), lease.owner, note=note, answer=answer)


def stored(tx: Tx, lease: Lease, *, sha256: str, size: int, extras: Iterable[KeptExtra]) -> Row:
    """The bytes are safe in the store, those of the extra files too."""
    listed = json.dumps([asdict(kept) for kept in extras])
    kept = {"artifact_sha256": sha256, "bytes": size, "extras": None if listed == "[]" else listed}
    return step(tx, lease, JobState.STORED, **NOBODY, **kept)


def ended(
    tx: Tx, lease: Lease, to: JobState, *, billed: int, reason: Reason | None, note: str, answer: str = ""
) -> Row:
    """The job ends without a result (REJECTED, DEAD, LOST, CANCELLED): `billed` is spent, the rest of its money is free."""
    row = held(tx, lease)
    if tx.repeated and row["state"] == to:
        return row
    told = f"{note} {_freeze_when_dearer(tx, row, billed)}".strip()
    money = settled(tx, row, billed=billed)
    return move(tx, row, to, lease.owner, **money, **NOBODY, reason=reason, note=told, answer=answer)


def again(tx: Tx, lease: Lease, note: str, answer: str = "") -> Row:
    """An attempt failed and was not billed, and another is allowed: it ends as REJECTED and the next one is planned."""
    row = held(tx, lease)
    if tx.repeated and row["state"] == JobState.PLANNED:
        return row
    money = settled(tx, row, billed=0)
    row = move(tx, row, JobState.REJECTED, lease.owner, **money, reason=Reason.REJECTED, note=note, answer=answer)
    return move(tx, row, JobState.PLANNED, lease.owner, **NOBODY, **next_attempt(row))


def remake(tx: Tx, lease: Lease, note: str) -> Row:
    """A free result is gone: it is made again under the same attempt. Never for what cost money."""
    row = held(tx, lease)
    if tx.repeated and row["state"] == JobState.PLANNED:
        return row
    if row["price_reserved"] or row["price_final"]:
        return row
    return move(
        tx, row, JobState.PLANNED, lease.owner, **NOBODY, remote_id=None, artifact_sha256=None, bytes=None, extras=None,
        price_final=None, reason=None, note=note,
    )  # fmt: skip


def next_attempt(row: Row) -> dict[str, Any]:
    """The change by which a job begins anew, under a name that its providers have never heard."""
    attempt = row["attempt"] + 1
    return {
        "attempt": attempt,
        "intent_id": intent_id(row["key"], attempt),
        "request_sha256": None,
        "remote_id": None,
        "first_send_at": None,
        "last_send_by": None,
        "price_final": None,
        "reason": None,
        "url_seen_at": None,
        "url_expires_at": None,
    }


def settled(tx: Tx, row: Row, *, billed: int) -> dict[str, Any]:
    """The row's money once nothing is held for it any more; what an earlier step has billed stays."""
    settle(tx, scopes_of(row["scopes"]), released=row["price_reserved"], billed=billed)
    final = billed if row["price_final"] is None else row["price_final"] + billed
    return {"price_reserved": 0, "price_final": final}


def _freeze_when_dearer(tx: Tx, row: Row, billed: int) -> str:
    """Freeze the provider if it billed more than was reserved, and say so; "" if it did not."""
    if billed <= row["price_reserved"]:
        return ""
    quoted, real = text(from_micro(row["price_reserved"])), text(from_micro(billed))
    provider = row["provider"]
    note = f"{provider} billed {real} USD where {quoted} were quoted: nothing more is bought there until prices are mended."
    freeze(tx, provider, note)
    return note
