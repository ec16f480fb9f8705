"""Whatever happens to jobs in whatever order: replaying the events gives the rows, and the money adds up."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from random import Random

import pytest
from builders import a_planned_job
from buying_terms import intend
from sqlalchemy import text

from campaign.errors import LedgerError
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Cap, JobRecord
from campaign.model.jobs import PlannedJob
from campaign.model.outcomes import JobState, Reason

CAP = Decimal(6)
CAPS = (Cap("campaign:fresh-days", CAP), Cap("day:fresh-days:1", None))
S = JobState
Step = Callable[[Ledger, PlannedJob, JobRecord], JobRecord]


def noted(name: str) -> Step:
    return lambda ledger, planned, record: getattr(ledger.purchases, name)(record.lease, f"{name} it is")


def ended(to: JobState) -> Step:
    def step(ledger: Ledger, planned: PlannedJob, record: JobRecord) -> JobRecord:
        billed = record.price_reserved_usd if to in (S.DEAD, S.LOST) else None
        return ledger.purchases.ended(record.lease, to, note="ended", reason=Reason.REJECTED, billed_usd=billed)

    return step


def ready(price: str | None) -> Step:
    def step(ledger: Ledger, planned: PlannedJob, record: JobRecord) -> JobRecord:
        usd = Decimal(price) if price and record.price_usd else None
        after = ledger.purchases.ready(record.lease, price_usd=usd)
        ledger.thaw(record.provider)
        return after

    return step


STEPS: dict[str, Step] = {
    "intend": lambda ledger, planned, record: intend(ledger, planned, caps=CAPS, owner="me").record,
    "intend elsewhere": lambda ledger, planned, record: (
        intend(ledger, replace(planned, provider="fal"), caps=CAPS, owner="other", lease_s=-1.0).record
    ),
    "claim": lambda ledger, planned, record: ledger.purchases.claim(
        record.key, state=record.state, owner="next", lease_s=-1.0
    ),
    "resend": lambda ledger, planned, record: ledger.purchases.resend(record.lease, request_sha256="a" * 64, send_s=1),
    "resend changed": lambda ledger, planned, record: ledger.purchases.resend(
        record.lease, request_sha256="c" * 64, send_s=1
    ),
    "submitted": lambda ledger, planned, record: ledger.purchases.submitted(record.lease, remote_id="gen"),
    "stored": lambda ledger, planned, record: ledger.purchases.stored(record.lease, sha256="b" * 64, size=3),
    "ready": ready(None),
    "ready cheaper": ready("1.5"),
    "ready dearer": ready("3"),
    **{name: noted(name) for name in ("unsent", "again", "remake", "reconciling", "in_doubt", "cancelling")},
    **{to.value: ended(to) for to in (S.REJECTED, S.DEAD, S.LOST, S.CANCELLED)},
}
USUAL: dict[JobState, tuple[str, ...]] = {
    S.PLANNED: ("intend",),
    S.BUDGET: ("intend", "intend elsewhere"),
    S.INTENT: ("submitted", "submitted", "unsent", "reconciling", "rejected", "resend", "resend changed", "claim"),
    S.RECONCILING: ("submitted", "in_doubt", "resend", "unsent", "claim"),
    S.IN_DOUBT: ("submitted", "unsent", "rejected", "dead"),
    S.SUBMITTED: (
        "ready",
        "ready cheaper",
        "ready dearer",
        "again",
        "dead",
        "lost",
        "cancelling",
        "rejected",
        "remake",
    ),
    S.READY: ("stored", "stored", "lost", "remake", "claim"),
    S.STORED: ("claim", "remake", "lost"),
    S.CANCELLING: ("cancelled", "ready", "dead"),
    S.CANCELLED: ("intend",),
    S.REJECTED: ("intend elsewhere",),
}
"""Steps that lead somewhere from each state; every other step is tried as well, and must change nothing."""


def take(ledger: Ledger, planned: PlannedJob, held: dict[str, JobRecord], chance: Random) -> JobState:
    """One step of a job, under the lease of whoever was last known to hold it; the state that it was in before."""
    now = ledger.record(planned.job.key)
    assert now is not None
    name = chance.choice(tuple(STEPS) if chance.random() < 0.1 else USUAL.get(now.state, ("claim",)))
    try:
        held[planned.job.key] = STEPS[name](ledger, planned, held.get(planned.job.key, now))
    except LedgerError:
        assert ledger.record(planned.job.key) == now
        held.pop(planned.job.key, None)
    return now.state


def check_money(ledger: Ledger) -> None:
    with ledger._engine.connect() as connection:
        for cap, reserved, spent, overrun in connection.execute(
            text("SELECT cap, reserved, spent, overrun FROM budget")
        ):
            assert min(reserved, spent, overrun) >= 0
            assert cap is None or reserved + spent - overrun <= cap


def taken(ledger: Ledger) -> Decimal:
    money = ledger.money("fresh-days")
    return money.reserved_usd + money.spent_usd


def test_events_replay_to_rows_whatever_happened(ledger: Ledger) -> None:
    seen: set[JobState] = set()
    for seed in range(30):
        chance, held = Random(seed), dict[str, JobRecord]()
        jobs = [a_planned_job(f"{seed} {n}", price="2" if n else "0", provider="luma") for n in range(3)]
        ledger.plan("fresh-days", jobs)
        for _ in range(40):
            seen.add(take(ledger, chance.choice(jobs), held, chance))
            check_money(ledger)
        assert ledger.verify() == [], f"seed {seed}"
        ledger.set_caps([Cap("campaign:fresh-days", taken(ledger) + CAP)])
    assert seen == set(JobState)


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE job SET price_final = 0 WHERE price_final > 0",
        "UPDATE job SET state = 'planned'",
        "UPDATE job SET remote_id = 'gen-9'",
        "UPDATE budget SET spent = 0",
        "UPDATE event SET to_state = 'rejected' WHERE to_state = 'submitted'",
        "DELETE FROM event WHERE to_state = 'planned'",
        "DELETE FROM event",
        "DELETE FROM job",
        "DELETE FROM budget",
    ],
)
def test_a_forged_entry_is_found(ledger: Ledger, forgery: str) -> None:
    planned = a_planned_job(price="2", provider="luma")
    ledger.plan("fresh-days", [planned])
    record = intend(ledger, planned, caps=CAPS).record
    ledger.purchases.ready(ledger.purchases.submitted(record.lease, remote_id="gen-1").lease)
    assert ledger.verify() == []
    with ledger._engine.begin() as connection:
        connection.execute(text(forgery))
    assert ledger.verify() != []
