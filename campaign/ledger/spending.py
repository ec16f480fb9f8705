"""Approvals of spending: a run asks before it buys, a person answers. Rows are only added."""

import json
from typing import Any

from sqlalchemy import Connection, insert, select

from campaign.ledger.clock import micro, moment
from campaign.ledger.tables import spend_approval
from campaign.ledger.transaction import Tx
from campaign.model.approvals import SpendApproval, SpendState
from campaign.model.money import from_micro, to_micro

ANSWERS = frozenset({SpendState.AGREED, SpendState.REFUSED})


def say_of_spending(tx: Tx, one: SpendApproval) -> None:
    """Write down what was said."""
    tx.connection.execute(insert(spend_approval), _row(one))


def answer_spending(tx: Tx, one: SpendApproval) -> bool:
    """Write an answer down, where its plan still waits for one. Whether it did."""
    waits = any(waiting.plan_sha256 == one.plan_sha256 for waiting in read_waiting(tx.connection, one.campaign))
    if waits:
        say_of_spending(tx, one)
    return waits


def read_answer(connection: Connection, campaign: str, plan_sha256: str) -> SpendApproval | None:
    """The newest answer about a plan, None when there is none. A question that was asked since hides it as little as one that
    was taken back."""
    of_plan = (spend_approval.c.campaign == campaign) & (spend_approval.c.plan_sha256 == plan_sha256)
    answers = of_plan & spend_approval.c.verdict.in_([state.value for state in ANSWERS])
    newest = select(spend_approval).where(answers).order_by(spend_approval.c.seq.desc()).limit(1)
    row = connection.execute(newest).mappings().first()
    return None if row is None else _approval(row)


def read_waiting(connection: Connection, campaign: str) -> tuple[SpendApproval, ...]:
    """The plans of a campaign that were asked about and not answered yet, oldest first.

    Several runs may ask about one plan: an answer is for all of them, a question that is taken back is one run's alone.
    """
    of_campaign = select(spend_approval).where(spend_approval.c.campaign == campaign).order_by(spend_approval.c.seq)
    questions: dict[str, list[SpendApproval]] = {}
    for approval in map(_approval, connection.execute(of_campaign).mappings()):
        open_ = questions.setdefault(approval.plan_sha256, [])
        if approval.state is SpendState.ASKED:
            open_.append(approval)
        elif approval.state in ANSWERS:
            open_.clear()
        elif open_:
            open_.pop(0)
    return tuple(sorted((open_[-1] for open_ in questions.values() if open_), key=lambda approval: approval.at))


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
