"""Reading jobs and their events in bulk."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Connection, Select, select

from campaign.ledger.clock import moment
from campaign.ledger.records import Event, JobRecord
from campaign.ledger.rows import record_of
from campaign.ledger.tables import event, job
from campaign.model.outcomes import JobState

_MANY = 5000
_TOLD = tuple(column for column in event.columns if column is not event.c.answer)


def records_with(connection: Connection, prefix: str, limit: int = 20) -> tuple[JobRecord, ...]:
    """At most `limit` jobs whose key begins with `prefix`."""
    statement = select(job).where(job.c.key.startswith(prefix, autoescape=True)).order_by(job.c.key).limit(limit)
    return tuple(record_of(row) for row in connection.execute(statement).mappings())


def records_in(connection: Connection, campaign: str, states: Iterable[JobState]) -> tuple[JobRecord, ...]:
    """The jobs of a campaign that are in one of `states`, in the order of their keys."""
    within = job.c.state.in_([state.value for state in states])
    rows = connection.execute(select(job).where(job.c.campaign == campaign, within).order_by(job.c.key)).mappings()
    return tuple(record_of(row) for row in rows)


def intents_of(connection: Connection, owner: str) -> tuple[JobRecord, ...]:
    """The jobs that are INTENT and held by `owner`."""
    held = (job.c.lease_owner == owner) & (job.c.state == JobState.INTENT.value)
    return tuple(record_of(row) for row in connection.execute(select(job).where(held)).mappings())


def history_of(connection: Connection, key: str) -> tuple[Event, ...]:
    """The events of a job, oldest first."""
    statement = select(event).where(event.c.key == key).order_by(event.c.seq)
    return tuple(_event(row) for row in connection.execute(statement).mappings())


def events_by_key(connection: Connection, campaign: str | None) -> Iterator[list[dict[str, Any]]]:
    """The events of each job together, oldest first, jobs by key; all jobs, or those of one campaign. Without answers."""
    statement: Select[Any] = select(*_TOLD).order_by(event.c.key, event.c.seq)
    if campaign is not None:
        statement = statement.join(job, job.c.key == event.c.key).where(job.c.campaign == campaign)
    together: list[dict[str, Any]] = []
    for row in connection.execution_options(yield_per=_MANY).execute(statement).mappings():
        if together and together[0]["key"] != row["key"]:
            yield together
            together = []
        together.append(dict(row))
    if together:
        yield together


def _event(row: Any) -> Event:
    return Event(
        seq=row["seq"],
        at=moment(row["at"]),
        key=row["key"],
        attempt=row["attempt"],
        from_state=None if row["from_state"] is None else JobState(row["from_state"]),
        to_state=JobState(row["to_state"]),
        owner=row["owner"],
        fence=row["fence"],
        request_id=row["request_id"],
        note=row["note"],
        answer=row["answer"] or "",
    )
