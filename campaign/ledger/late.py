"""Answers that come late: their id is never dropped, whatever has become of the job meanwhile."""

from typing import Any

from campaign.ledger.budgets import settle
from campaign.ledger.clock import SECOND
from campaign.ledger.jobs import Row, bearer_of, misnamed, taken_too
from campaign.ledger.journal import locked, move, remark
from campaign.ledger.rows import scopes_of
from campaign.ledger.transaction import Tx
from campaign.ledger.transitions import UNSENT
from campaign.model.outcomes import JobState

_WAITING = frozenset({JobState.INTENT, JobState.RECONCILING, JobState.IN_DOUBT})


def adopt(
    tx: Tx,
    key: str,
    *,
    intent_id: str,
    remote_id: str,
    request_id: str | None,
    owner: str,
    lease_s: float,
    answer: str = "",
) -> Row:
    """The provider took the intent as `remote_id`, and whoever sent it has lost the lease since.

    Where nothing else is known of the intent the job is SUBMITTED, held by `owner` under a new fence: also one that was
    thought not to have been sent, or to be refused. Otherwise the row stays as it is, but a remark names the id.
    """
    row = locked(tx, key)
    if row["remote_id"] == remote_id:
        return row
    if row["price"] and (other := bearer_of(tx, row, remote_id)):
        note = misnamed(row, other, remote_id)
        return row if note in row["note"] else remark(tx, row, owner, note, request_id)
    state = JobState(row["state"])
    if row["intent_id"] == intent_id and row["remote_id"] is None:
        ours: dict[str, Any] = {
            "remote_id": remote_id,
            "request_id": request_id,
            "answer": answer,
            "fence": row["fence"] + 1,
            "lease_owner": owner,
            "lease_until": tx.now + int(lease_s * SECOND),
        }
        if state in _WAITING:
            return move(tx, row, JobState.SUBMITTED, owner, **ours, reason=None, note="")
        if state is JobState.CANCELLING:
            return move(tx, row, state, owner, **ours)
        if row["first_send_at"] is not None and (state in UNSENT or state is JobState.REJECTED):
            return move(tx, _revived(tx, row, owner), JobState.SUBMITTED, owner, **ours, reason=None)
    return taken_too(tx, row, owner, remote_id, request_id)


def _revived(tx: Tx, row: Row, owner: str) -> Row:
    """What was thought unsent is paid after all: its money is held again, whatever the cap, since it is owed already."""
    held = row["price"] if not row["price_final"] else 0
    settle(tx, scopes_of(row["scopes"]), released=-held, billed=0)
    note = f"{row['provider']} took it although it was {row['state']}: its answer came late."
    return move(tx, row, JobState.INTENT, owner, price_reserved=held, price_final=row["price_final"] or None, note=note)
