"""Short ways to take a job through the ledger, so that a test states only what it is about."""

from collections.abc import Sequence
from typing import Any

from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Cap, Intent, JobRecord
from campaign.model.jobs import PlannedJob

OWNER = "elsewhere/0/0:1:1:test"
"""An owner whose death cannot be proved: another machine's."""

CAPS = (Cap("campaign:fresh-days", None),)


def intend(ledger: Ledger, planned: PlannedJob, **terms: Any) -> Intent:
    """Intend to buy a planned job, on terms of which a test changes what matters to it."""
    usual: dict[str, Any] = {
        "owner": OWNER, "caps": CAPS, "request_sha256": "a" * 64, "lease_s": 60.0, "send_s": 30.0,
    }  # fmt: skip
    return ledger.purchases.intend(planned, **{**usual, **terms})


def planned_and_intended(ledger: Ledger, planned: PlannedJob, **terms: Any) -> JobRecord:
    """A job with an intent, granted."""
    ledger.plan("fresh-days", [planned])
    intent = intend(ledger, planned, **terms)
    assert intent.granted, intent.record.note
    return intent.record


def submitted(ledger: Ledger, planned: PlannedJob, remote_id: str = "gen-1", **terms: Any) -> JobRecord:
    """A job that its provider took."""
    record = planned_and_intended(ledger, planned, **terms)
    return ledger.purchases.submitted(record.lease, remote_id=remote_id)


def stored(ledger: Ledger, planned: PlannedJob, sha256: str = "b" * 64, **terms: Any) -> JobRecord:
    """A job whose result is kept."""
    record = submitted(ledger, planned, **terms)
    record = ledger.purchases.ready(record.lease)
    return ledger.purchases.stored(record.lease, sha256=sha256, size=3)


def states(ledger: Ledger, key: str) -> Sequence[str]:
    """The states a job went through."""
    return [event.to_state.value for event in ledger.history(key)]
