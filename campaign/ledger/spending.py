"""Approvals of spending: a run asks before it buys, a person answers. Rows are only added; the newest about a plan counts."""

import json
from typing import Any

from sqlalchemy import Connection, func, insert, select

from campaign.ledger.clock import micro, moment
from campaign.ledger.tables import spend_approval
from campaign.ledger.transaction import Tx
from campaign.model.approvals import SpendApproval, SpendState
from campaign.model.money import from_micro, to_micro


def say_of_spending(tx: Tx, one: SpendApproval) -> None:
    """Write down what was said."""
    tx.connection.execute(insert(spend_approval), _row(one))


def read_approval(connection: Connection, campaign: str, plan_sha256: str) -> SpendApproval | None:
    """What was said last about a plan, None when nobody was ever asked."""
    of_plan = (spend_approval.c.campaign == campaign) & (spend_approval.c.plan_sha256 == plan_sha256)
    newest = select(spend_approval).where(of_plan).order_by(spend_approval.c.seq.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    return None if row is None else _approval(row)


def read_waiting(connection: Connection, campaign: str) -> tuple[SpendApproval, ...]:
    """The plans of a campaign that were asked about and not answered yet, oldest first."""
    newest = (
        select(func.max(spend_approval.c.seq))
        .where(spend_approval.c.campaign == campaign)
        .group_by(spend_approval.c.plan_sha256)
    )
    asked = (spend_approval.c.seq.in_(newest)) & (spend_approval.c.verdict == SpendState.ASKED.value)
    rows = connection.execute(select(spend_approval).where(asked).order_by(spend_approval.c.seq)).mappings()
    return tuple(_approval(row) for row in rows)


def _row(one: SpendApproval) -> dict[str, Any]:
    return {
        "campaign": one.campaign,
        "plan_sha256": one.plan_sha256,
        "verdict": one.state.value,
        "price": to_micro(one.price_usd),
        "jobs": one.jobs,
        "left_out": json.dumps(one.left_out),
        "by": one.by,
        "at": micro(one.at),
        "note": one.note,
    }


def _approval(row: Any) -> SpendApproval:
    return SpendApproval(
        campaign=row["campaign"],
        plan_sha256=row["plan_sha256"],
        state=SpendState(row["verdict"]),
        price_usd=from_micro(row["price"]),
        jobs=row["jobs"],
        left_out=tuple(json.loads(row["left_out"])),
        by=row["by"],
        at=moment(row["at"]),
        note=row["note"],
    )
