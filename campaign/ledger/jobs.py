"""What may happen to a job, from intent to stored: each a change of its row, with its event and its money."""

import json
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from campaign.ledger.budgets import reserve, settle
from campaign.ledger.clock import SECOND
from campaign.ledger.journal import held, locked, move
from campaign.ledger.owner import is_dead
from campaign.ledger.records import Cap, Lease
from campaign.ledger.rows import insert_new, scopes_of
from campaign.ledger.tables import brake
from campaign.ledger.transaction import Tx
from campaign.ledger.transitions import UNSENT
from campaign.model.jobs import PlannedJob
from campaign.model.money import from_micro, text, to_micro
from campaign.model.outcomes import JobState, Reason

_NAMESPACE = uuid.UUID("6f0c3c1e-0a3f-5d0e-9a53-0f4e1c0a7b11")
_NOBODY: dict[str, Any] = {"lease_owner": None, "lease_until": None}

Row = dict[str, Any]


def intent_id(key: str, attempt: int) -> str:
    """The name under which an attempt is sent: the same after any crash."""
    return str(uuid.uuid5(_NAMESPACE, f"{key}:{attempt}"))


def intend(
    tx: Tx, planned: PlannedJob, *, owner: str, caps: Sequence[Cap], request_sha256: str, lease_s: float, send_s: float
) -> tuple[Row, bool]:
    """Take the job, reserve its highest price and write the intent; True when that was done and it may be sent.

    False leaves the row as it was, or in BUDGET: somebody else has it, it has ended, its money is not there, or its
    provider is frozen. It may be sent until `last_send_by`, `send_s` from now.
    """
    row = locked(tx, planned.job.key)
    if tx.repeated and row["state"] == JobState.INTENT and row["lease_owner"] == owner:
        return row, True
    price = to_micro(planned.price_usd)
    if not _may_be_bought(row, planned) or (price and _frozen(tx, planned.provider)):
        return row, False
    refusal = reserve(tx, caps, price)
    if refusal is not None:
        return _refused_by_budget(tx, row, owner, refusal), False
    attempt = row["attempt"] if row["state"] in (JobState.PLANNED, JobState.BUDGET) else row["attempt"] + 1
    scopes = [cap.scope for cap in caps] if price else []
    first = row["first_send_at"] if attempt == row["attempt"] else None
    return (
        move(
            tx, row, JobState.INTENT, owner,
            provider=planned.provider, price=price, price_reserved=price, price_final=None, scopes=json.dumps(scopes),
            attempt=attempt, intent_id=intent_id(row["key"], attempt), request_sha256=request_sha256, remote_id=None,
            first_send_at=first or tx.now, last_send_by=tx.now + int(send_s * SECOND), fence=row["fence"] + 1,
            lease_owner=owner, lease_until=tx.now + int(lease_s * SECOND), reason=None, note="",
            url_seen_at=None, url_expires_at=None,
        ),
        True,
    )  # fmt: skip


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
    """The request was proved not to be accepted: its money is free again, the attempt goes on with the next try."""
    row = held(tx, lease)
    if tx.repeated and row["state"] == JobState.PLANNED:
        return row
    settle(tx, scopes_of(row["scopes"]), released=row["price_reserved"], billed=0)
    return move(tx, row, JobState.PLANNED, lease.owner, **_NOBODY, price_reserved=0, remote_id=None, note=note)


def ready(tx: Tx, lease: Lease, *, price: int | None, url_expires_at: int | None) -> Row:
    """The provider has a result: its real price is spent (None = as reserved) and the time it was seen is kept."""
    row = held(tx, lease)
    if tx.repeated and row["state"] == JobState.READY:
        return row
    seen = {"url_seen_at": tx.now, "url_expires_at": url_expires_at}
    if row["price_final"] is not None:
        return move(tx, row, JobState.READY, lease.owner, **seen)
    billed = row["price_reserved"] if price is None else price
    note = _freeze_when_dearer(tx, row, billed)
    return move(tx, row, JobState.READY, lease.owner, **_settled(tx, row, billed=billed), **seen, note=note)


def stored(tx: Tx, lease: Lease, *, sha256: str, size: int) -> Row:
    """The bytes are safe in the store."""
    return step(tx, lease, JobState.STORED, **_NOBODY, artifact_sha256=sha256, bytes=size)


def ended(tx: Tx, lease: Lease, to: JobState, *, billed: int, reason: Reason | None, note: str) -> Row:
    """The job ends without a result (REJECTED, DEAD, LOST, CANCELLED): `billed` is spent, the rest of its money is free."""
    row = held(tx, lease)
    if tx.repeated and row["state"] == to:
        return row
    return move(tx, row, to, lease.owner, **_settled(tx, row, billed=billed), **_NOBODY, reason=reason, note=note)


def again(tx: Tx, lease: Lease, note: str) -> Row:
    """An attempt failed and was not billed, and another is allowed: it ends as REJECTED and the next one is planned."""
    row = held(tx, lease)
    if tx.repeated and row["state"] == JobState.PLANNED:
        return row
    row = move(
        tx, row, JobState.REJECTED, lease.owner, **_settled(tx, row, billed=0), reason=Reason.REJECTED, note=note
    )
    return move(
        tx, row, JobState.PLANNED, lease.owner, **_NOBODY, attempt=row["attempt"] + 1, remote_id=None, first_send_at=None,
        intent_id=intent_id(row["key"], row["attempt"] + 1), last_send_by=None, price_final=None, reason=None,
    )  # fmt: skip


def remake(tx: Tx, lease: Lease, note: str) -> Row:
    """A free result is gone: it is made again under the same attempt. Never for what cost money."""
    row = held(tx, lease)
    if tx.repeated and row["state"] == JobState.PLANNED:
        return row
    if row["price_reserved"] or row["price_final"]:
        return row
    return move(
        tx, row, JobState.PLANNED, lease.owner, **_NOBODY, remote_id=None, artifact_sha256=None, bytes=None,
        price_final=None, reason=None, note=note,
    )  # fmt: skip


def _may_be_bought(row: Row, planned: PlannedJob) -> bool:
    if row["state"] in UNSENT:
        return True
    elsewhere = row["provider"] != planned.provider and row["reason"] != Reason.MODERATED
    return bool(row["state"] == JobState.REJECTED and elsewhere)


def _refused_by_budget(tx: Tx, row: Row, owner: str, refusal: str) -> Row:
    if row["state"] == JobState.BUDGET and row["note"] == refusal:
        return row
    if row["state"] == JobState.REJECTED:
        return row
    return move(tx, row, JobState.BUDGET, owner, reason=Reason.BUDGET, note=refusal)


def _settled(tx: Tx, row: Row, *, billed: int) -> dict[str, Any]:
    """The row's money once nothing is held for it any more; what an earlier step has billed stays."""
    settle(tx, scopes_of(row["scopes"]), released=row["price_reserved"], billed=billed)
    final = billed if row["price_final"] is None else row["price_final"] + billed
    return {"price_reserved": 0, "price_final": final}


def _frozen(tx: Tx, provider: str) -> bool:
    return tx.connection.execute(select(brake.c.note).where(brake.c.provider == provider)).first() is not None


def _freeze_when_dearer(tx: Tx, row: Row, billed: int) -> str:
    if billed <= row["price_reserved"]:
        return str(row["note"])
    quoted, real = text(from_micro(row["price_reserved"])), text(from_micro(billed))
    provider = row["provider"]
    note = f"{provider} billed {real} USD where {quoted} were quoted: nothing more is bought there until prices are mended."
    freeze(tx, provider, note)
    return note


def freeze(tx: Tx, provider: str, note: str) -> None:
    """Buy nothing more at a provider until `thaw`."""
    tx.connection.execute(insert_new(tx.connection, brake), {"provider": provider, "at": tx.now, "note": note})


def thaw(tx: Tx, provider: str) -> None:
    """Buy at a provider again."""
    tx.connection.execute(brake.delete().where(brake.c.provider == provider))
