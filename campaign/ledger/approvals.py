"""Decisions about drafts. Rows are only added; the newest of each film counts."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, func, insert, select

from campaign.ledger.clock import micro, moment
from campaign.ledger.tables import approval
from campaign.ledger.transaction import Tx
from campaign.model.approvals import Approval, Take, Verdict


def decide(tx: Tx, approvals: Iterable[Approval]) -> None:
    """Write decisions down, in their order."""
    rows = [_row(one) for one in approvals]
    if rows:
        tx.connection.execute(insert(approval), rows)


def read_approvals(connection: Connection, campaign: str) -> dict[tuple[str, str], Approval]:
    """The newest decision about each (variant key, ratio label) of a campaign."""
    newest = (
        select(func.max(approval.c.seq))
        .where(approval.c.campaign == campaign)
        .group_by(approval.c.variant, approval.c.ratio)
    )
    rows = connection.execute(select(approval).where(approval.c.seq.in_(newest)).order_by(approval.c.seq)).mappings()
    return {(row["variant"], row["ratio"]): _approval(row) for row in rows}


def read_decisions(connection: Connection, campaign: str) -> tuple[Approval, ...]:
    """Every decision that was ever made about films of a campaign, oldest first."""
    rows = connection.execute(
        select(approval).where(approval.c.campaign == campaign).order_by(approval.c.seq)
    ).mappings()
    return tuple(_approval(row) for row in rows)


def _row(one: Approval) -> dict[str, Any]:
    return {
        "campaign": one.campaign,
        "variant": one.variant,
        "ratio": one.ratio,
        "verdict": one.verdict.value,
        "file": one.file,
        "file_sha256": one.file_sha256,
        "prompt_sha256": one.prompt_sha256,
        "model": one.model,
        "takes": json.dumps([asdict(take) for take in one.takes]),
        "by": one.by,
        "at": micro(one.at),
        "note": one.note,
    }


def _approval(row: Any) -> Approval:
    return Approval(
        campaign=row["campaign"],
        variant=row["variant"],
        ratio=row["ratio"],
        verdict=Verdict(row["verdict"]),
        file=row["file"],
        file_sha256=row["file_sha256"],
        prompt_sha256=row["prompt_sha256"],
        model=row["model"],
        takes=tuple(Take(**take) for take in json.loads(row["takes"])),
        by=row["by"],
        at=moment(row["at"]),
        note=row["note"],
    )
