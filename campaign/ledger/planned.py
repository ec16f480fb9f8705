"""Writing a plan into the ledger: a row and its first event for every job that is not known yet."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import func, insert, select

from campaign.ledger.jobs import intent_id
from campaign.ledger.journal import entry
from campaign.ledger.rows import among
from campaign.ledger.tables import event, job
from campaign.ledger.transaction import Tx
from campaign.model.jobs import PlannedJob
from campaign.model.money import to_micro
from campaign.model.outcomes import JobState

_BATCH = 2000
_LOCK = 0x46414E4F  # any number of ours: only plans wait for it
_COLUMNS = tuple(column.name for column in job.columns)


def add_jobs(tx: Tx, campaign: str, jobs: Iterable[PlannedJob], owner: str) -> int:
    """Add the jobs that the ledger does not know; returns how many those were. Known ones stay as they are."""
    if tx.connection.dialect.name == "postgresql":  # two plans at once would both miss, then both insert
        tx.connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    added = 0
    for batch in _batches(jobs):
        fresh = _unknown(tx, batch)
        if fresh:
            rows = [_row(tx, campaign, planned) for planned in fresh]
            tx.connection.execute(insert(job), rows)
            tx.connection.execute(insert(event), [entry(row, None, _said(row), owner) for row in rows])
        added += len(fresh)
    return added


def _batches(jobs: Iterable[PlannedJob]) -> Iterator[Sequence[PlannedJob]]:
    rest = iter(jobs)
    while batch := list(islice(rest, _BATCH)):
        yield batch


def _unknown(tx: Tx, batch: Sequence[PlannedJob]) -> list[PlannedJob]:
    wanted = {planned.job.key: planned for planned in batch}
    known = tx.connection.execute(select(job.c.key).where(among(tx.connection, job.c.key, wanted))).scalars().all()
    return [wanted[key] for key in wanted.keys() - set(known)] if known else list(wanted.values())


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if value is not None}


def _row(tx: Tx, campaign: str, planned: PlannedJob) -> dict[str, Any]:
    job_ = planned.job
    return {
        **dict.fromkeys(_COLUMNS),
        "key": job_.key,
        "campaign": campaign,
        "variant": planned.variants[0],
        "segment": job_.segment.name,
        "operation": job_.operation.value,
        "ratio": None if job_.ratio is None else job_.ratio.label,
        "parent": job_.parent,
        "provider": planned.provider,
        "attempt": 1,
        "state": JobState.PLANNED.value,
        "intent_id": intent_id(job_.key, 1),
        "price": to_micro(planned.price_usd),
        "price_reserved": 0,
        "scopes": json.dumps([]),
        "note": "",
        "fence": 0,
        "created_at": tx.now,
        "updated_at": tx.now,
    }
