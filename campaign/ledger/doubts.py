"""What a person decides of a job that is in doubt: it was paid, it was not, or it is sent again whatever it was."""

import json
from typing import Any

from sqlalchemy import select

from campaign.errors import LedgerError
from campaign.ledger.budgets import settle
from campaign.ledger.jobs import NOBODY, Row, next_attempt, settled
from campaign.ledger.journal import locked, move
from campaign.ledger.rows import scopes_of
from campaign.ledger.tables import event, job
from campaign.ledger.transaction import Tx
from campaign.model.outcomes import JobState, Reason

_UNDER_WAY = frozenset({JobState.INTENT, JobState.RECONCILING})


def paid(tx: Tx, key: str, remote_id: str, by: str) -> Row:
    """The provider has it as `remote_id`: SUBMITTED, for the next run to collect.

    Raises LedgerError for the id of anything else that was bought there: its film is not this job's.
    """
    row = locked(tx, key)
    if tx.repeated and row["state"] == JobState.SUBMITTED and row["remote_id"] == remote_id:
        return row
    _require_doubt(row)
    _refuse_known(tx, row, remote_id)
    note = f"{by} found it at {row['provider']} as {remote_id}."
    return _decided(tx, row, JobState.SUBMITTED, by, remote_id=remote_id, reason=None, note=note)


def not_paid(tx: Tx, key: str, by: str) -> Row:
    """The provider never took it: PLANNED, the same attempt, its money free."""
    row = locked(tx, key)
    if tx.repeated and row["state"] == JobState.PLANNED:
        return row
    _require_doubt(row)
    settle(tx, scopes_of(row["scopes"]), released=row["price_reserved"], billed=0)
    note = f"{by} says that {row['provider']} never took it."
    return _decided(tx, row, JobState.PLANNED, by, price_reserved=0, reason=None, note=note)


def resubmit(tx: Tx, key: str, by: str) -> Row:
    """Send it again although it may be paid: this attempt is DEAD and counts as spent, the next is PLANNED."""
    row = locked(tx, key)
    if tx.repeated and row["state"] == JobState.PLANNED:
        return row
    _require_doubt(row)
    note = (
        f"{by} had it sent again: it was never learnt whether {row['provider']} took it, so its price counts as spent."
    )
    spent = settled(tx, row, billed=row["price_reserved"])
    row = _decided(tx, row, JobState.DEAD, by, **spent, reason=Reason.IN_DOUBT, note=note)
    return move(tx, row, JobState.PLANNED, by, **next_attempt(row), note=f"{by} had it sent again.")


def _decided(tx: Tx, row: Row, to: JobState, by: str, **changes: Any) -> Row:
    return move(tx, row, to, by, **NOBODY, fence=row["fence"] + 1, **changes)


def _refuse_known(tx: Tx, row: Row, remote_id: str) -> None:
    """Raises LedgerError for an id that means another job, or an earlier attempt at this one, or nothing."""
    short, provider = row["key"][:12], row["provider"]
    if not remote_id.strip():
        raise LedgerError(f"job {short}: name the id that {provider} shows for it.")
    same = (job.c.provider == provider) & (job.c.remote_id == remote_id)
    other = tx.connection.execute(select(job.c.key).where(same)).scalar()
    if other is not None:
        raise LedgerError(f"{remote_id} is what {provider} calls job {other[:12]}: it cannot be job {short} too.")
    told = tx.connection.execute(select(event.c.changes).where(event.c.key == row["key"])).scalars()
    if any(json.loads(changes).get("remote_id") == remote_id for changes in told):
        raise LedgerError(
            f"{remote_id} is what {provider} called an earlier attempt at job {short}: look for a later one."
        )


def _require_doubt(row: Row) -> None:
    """Raises LedgerError, with what to do, for a job that no person has to decide about."""
    state, short = JobState(row["state"]), row["key"][:12]
    if state is JobState.IN_DOUBT:
        return
    if state in _UNDER_WAY:
        raise LedgerError(f"job {short} is {state}, not in doubt: run again, which finds out what became of it.")
    raise LedgerError(f"job {short} is {state}, not in doubt: there is nothing to resolve.")
