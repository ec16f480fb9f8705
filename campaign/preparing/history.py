"""What past runs were asked to make: plan and prompts in the ledger; the sheet, by its hash, under .fanout/sheets."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from campaign.ledger.ledger import Ledger
from campaign.model.orders import RunOrder
from campaign.model.plan import Plan
from campaign.planning.snapshot import snapshot


@dataclass(frozen=True, slots=True)
class PastRun:
    """The plan's snapshot and the prompts of one run, and the films that were changed and not delivered when it began."""

    snapshot: Mapping[str, Any]
    prompts: Mapping[str, str]
    unmade: frozenset[str] = frozenset()


def last_run(ledger: Ledger, campaign: str) -> PastRun | None:
    """The campaign's latest run, None when it never ran."""
    record = ledger.last_run(campaign)
    if record is None:
        return None
    plan, prompts = record.snapshot["plan"], record.snapshot["prompts"]
    assert isinstance(plan, dict)
    assert isinstance(prompts, dict)
    unmade = record.snapshot.get("unmade", [])
    assert isinstance(unmade, list)
    return PastRun(plan, prompts, frozenset(unmade))


def remember_run(
    ledger: Ledger,
    order: RunOrder,
    plan: Plan,
    prompts: Mapping[str, str],
    unmade: Iterable[str] = (),
) -> str:
    """Write down what a run is asked to make. Returns the run's id.

    `unmade` are ids of films that have changed and are not delivered: this run may end without them, and `changed=yes`
    is to find them still.
    """
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid4().hex[:8]}"
    told = {"plan": snapshot(plan), "prompts": dict(prompts), "unmade": sorted(unmade)}
    ledger.begin_run(run_id, plan.campaign, order=asdict(order), snapshot=told)
    return run_id
