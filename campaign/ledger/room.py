"""How many jobs are under way at a provider, counted over all runs."""

from sqlalchemy import Connection, bindparam, func, select

from campaign.ledger.clock import SECOND
from campaign.ledger.records import Room
from campaign.ledger.tables import job
from campaign.ledger.transaction import Tx
from campaign.model.jobs import Operation
from campaign.model.outcomes import JobState

FORGOTTEN_S = 3600
"""A job whose request left longer ago than this takes no room: its run is gone, and its provider done with it."""
SLOT_S, ANSWER_S = 1.0, 0.2
"""How soon to ask again: a slot is held for as long as a job takes, an answer comes within a second or two."""

_UNANSWERED = (JobState.INTENT.value, JobState.RECONCILING.value)
_UNDER_WAY = (*_UNANSWERED, JobState.SUBMITTED.value, JobState.CANCELLING.value)
_COUNT = (
    select(job.c.operation, job.c.state, func.count())
    .where(job.c.provider == bindparam("of"))
    .where(job.c.operation.in_([operation.value for operation in Operation]))  # so that the index is used to its end
    .where(job.c.state.in_(_UNDER_WAY))
    .where(job.c.last_send_by > bindparam("since"))
    .group_by(job.c.operation, job.c.state)
)


def shortage(tx: Tx, provider: str, operation: str, room: Room) -> tuple[float, str] | None:
    """When to ask again, and why, if one more job does not fit; None when it does. Exact under `routes.lock`."""
    if room.slots is None and room.unanswered is None:
        return None
    slots, unanswered = _taken(tx.connection, provider, operation, tx.now - FORGOTTEN_S * SECOND)
    if room.unanswered is not None and unanswered >= room.unanswered:
        return (
            ANSWER_S,
            f"{provider} has as many unanswered requests as it may have ({room.unanswered}, over all runs).",
        )
    if room.slots is not None and slots >= room.slots:
        return (
            SLOT_S,
            f"{provider} has as many {operation} jobs under way as it may have ({room.slots}, over all runs).",
        )
    return None


def _taken(connection: Connection, provider: str, operation: str, since: int) -> tuple[int, int]:
    """How many jobs hold a slot of this operation, and how many requests of the provider wait for their answer."""
    slots = unanswered = 0
    for what, state, count in connection.execute(_COUNT, {"of": provider, "since": since}):
        slots += count if what == operation else 0
        unanswered += count if state in _UNANSWERED else 0
    return slots, unanswered
