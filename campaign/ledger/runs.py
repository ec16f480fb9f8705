"""The log of runs: what was asked for, the plan in short, how it ended."""

import json
from collections.abc import Mapping

from sqlalchemy import Connection, insert, select, update

from campaign.ledger.clock import moment, optional_moment
from campaign.ledger.records import RunRecord
from campaign.ledger.tables import run
from campaign.ledger.transaction import Tx


def begin_run(
    tx: Tx, run_id: str, campaign: str, order: Mapping[str, object], snapshot: Mapping[str, object], owner: str
) -> None:
    """Write down that a run begins. A run id that is already there is the same run, tried again."""
    if tx.connection.execute(select(run.c.id).where(run.c.id == run_id)).first() is not None:
        return
    values = {
        "id": run_id,
        "campaign": campaign,
        "asked": json.dumps(order, default=str),
        "snapshot": json.dumps(snapshot, default=str),
        "owner": owner,
        "started_at": tx.now,
        "ended_at": None,
        "outcome": None,
    }
    tx.connection.execute(insert(run), values)


def end_run(tx: Tx, run_id: str, outcome: str) -> None:
    """Write down how a run ended."""
    tx.connection.execute(update(run).where(run.c.id == run_id).values(ended_at=tx.now, outcome=outcome))


def read_last_run(connection: Connection, campaign: str) -> RunRecord | None:
    """The latest run of a campaign, ended or not."""
    statement = select(run).where(run.c.campaign == campaign).order_by(run.c.started_at.desc(), run.c.id).limit(1)
    row = connection.execute(statement).mappings().first()
    if row is None:
        return None
    return RunRecord(
        id=row["id"],
        campaign=row["campaign"],
        order=json.loads(row["asked"]),
        snapshot=json.loads(row["snapshot"]),
        started_at=moment(row["started_at"]),
        ended_at=optional_moment(row["ended_at"]),
        outcome=row["outcome"],
    )
