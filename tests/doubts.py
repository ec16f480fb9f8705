"""Jobs of one paid provider in any state, for the tests of doubts and of late answers."""

from decimal import Decimal

from builders import a_planned_job
from buying_terms import intend, planned_and_intended, submitted

from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Cap, JobRecord, Money
from campaign.model.jobs import PlannedJob
from campaign.model.outcomes import JobState

CAPS = (Cap("campaign:fresh-days", Decimal(5)),)
PRICE = Decimal(2)


def a_job_of_luma(name: str = "job") -> PlannedJob:
    """A paid one."""
    return a_planned_job(name, price=str(PRICE), provider="luma")


def money(ledger: Ledger) -> Money:
    """What its campaign has reserved and spent."""
    return ledger.money("fresh-days")


def now(ledger: Ledger, record: JobRecord) -> JobRecord:
    """The job as it has become."""
    found = ledger.record(record.key)
    assert found is not None
    return found


def in_state(ledger: Ledger, state: str, name: str = "job") -> JobRecord:
    """A job that went to luma once and is in `state` now; with the id gen-1 where it has one."""
    if state in ("submitted", "ready", "stored", "dead", "lost"):
        record = submitted(ledger, a_job_of_luma(name), caps=CAPS)
        return _at_its_provider(ledger, record, state)
    record = planned_and_intended(ledger, a_job_of_luma(name), caps=CAPS)
    purchases = ledger.purchases
    match state:
        case "reconciling" | "in_doubt":
            record = purchases.reconciling(record.lease, "no answer")
            return purchases.in_doubt(record.lease, "may be") if state == "in_doubt" else record
        case "planned" | "budget":
            record = purchases.unsent(record.lease, "busy")
            poor = (Cap("run:poor", Decimal(1)),)
            return intend(ledger, a_job_of_luma(name), caps=poor).record if state == "budget" else record
        case "cancelled" | "rejected":
            return purchases.ended(record.lease, JobState(state), note="ended")
        case _:
            return record


def _at_its_provider(ledger: Ledger, record: JobRecord, state: str) -> JobRecord:
    purchases = ledger.purchases
    match state:
        case "dead" | "lost":
            return purchases.ended(record.lease, JobState(state), note="ended", billed_usd=PRICE)
        case "ready" | "stored":
            record = purchases.ready(record.lease)
            return purchases.stored(record.lease, sha256="b" * 64, size=3) if state == "stored" else record
        case _:
            return record
