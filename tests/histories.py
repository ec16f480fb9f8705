"""Histories that no run would make: steps of jobs in any order, by whoever holds them or does not, as a seed has it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from random import Random

from builders import a_planned_job
from buying_terms import intend

from campaign.errors import LedgerError
from campaign.ledger.jobs import intent_id
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Cap, JobRecord, KeptExtra
from campaign.model.jobs import PlannedJob
from campaign.model.outcomes import JobState, Reason

CAP = Decimal(3)
CAPS = (Cap("campaign:fresh-days", CAP), Cap("day:fresh-days:1", None))
S = JobState
Step = Callable[[Ledger, PlannedJob, JobRecord], JobRecord]


def noted(name: str) -> Step:
    return lambda ledger, planned, record: getattr(ledger.purchases, name)(record.lease, f"{name} it is")


def adopted(remote_id: str, *, former: bool = False) -> Step:
    def step(ledger: Ledger, planned: PlannedJob, record: JobRecord) -> JobRecord:
        late = intent_id(record.key, record.attempt - 1) if former else record.intent_id
        terms = {"remote_id": f"{remote_id}-{record.key[:8]}", "request_id": None, "owner": "late", "lease_s": -1.0}
        return ledger.purchases.adopt(record.key, intent_id=late, **terms)

    return step


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
    "submitted": lambda ledger, planned, record: ledger.purchases.submitted(
        record.lease, remote_id=f"gen-{record.key[:8]}"
    ),
    "stored": lambda ledger, planned, record: ledger.purchases.stored(record.lease, sha256="b" * 64, size=3),
    "stored with extras": lambda ledger, planned, record: ledger.purchases.stored(
        record.lease, sha256="b" * 64, size=3, extras=(KeptExtra("exr", "c" * 64, 9),)
    ),
    "adopted": adopted("late-1"),
    "adopted twice": adopted("late-2"),
    "adopted of the attempt before": adopted("late-0", former=True),
    "paid": lambda ledger, planned, record: ledger.resolve_paid(record.key, f"found-{record.fence}", "anna"),
    "not paid": lambda ledger, planned, record: ledger.resolve_not_paid(record.key, "anna"),
    "resubmit": lambda ledger, planned, record: ledger.resubmit(record.key, "anna"),
    "ready": ready(None),
    "ready cheaper": ready("1.5"),
    "ready dearer": ready("3"),
    **{name: noted(name) for name in ("unsent", "again", "remake", "reconciling", "in_doubt", "cancelling", "noted")},
    **{to.value: ended(to) for to in (S.REJECTED, S.DEAD, S.LOST, S.CANCELLED)},
}
USUAL: dict[JobState, tuple[str, ...]] = {
    S.PLANNED: ("intend", "intend", "intend", "adopted", "intend elsewhere"),
    S.BUDGET: ("intend", "intend elsewhere"),
    S.INTENT: (
        "submitted",
        "submitted",
        "unsent",
        "reconciling",
        "rejected",
        "resend",
        "resend changed",
        "claim",
        "adopted",
    ),
    S.RECONCILING: ("submitted", "in_doubt", "in_doubt", "resend", "unsent", "claim", "cancelled"),
    S.IN_DOUBT: ("submitted", "unsent", "rejected", "dead", "paid", "not paid", "resubmit", "adopted"),
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
        "noted",
        "adopted twice",
        "adopted of the attempt before",
    ),
    S.READY: ("stored", "stored with extras", "lost", "remake", "claim", "noted"),
    S.STORED: ("claim", "remake", "lost", "adopted twice"),
    S.CANCELLING: ("cancelled", "ready", "dead", "submitted", "reconciling", "adopted"),
    S.CANCELLED: ("intend", "adopted"),
    S.REJECTED: ("intend elsewhere", "adopted"),
}
"""Steps that lead somewhere from each state; every other step is tried as well, and must change nothing."""


def _take(ledger: Ledger, planned: PlannedJob, held: dict[str, JobRecord], chance: Random) -> JobState:
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


def wander(ledger: Ledger, seed: int, steps: int = 40) -> Iterator[JobState]:
    """Take a free job and two paid ones through so many steps; each time the state that the chosen one was in."""
    chance, held = Random(seed), dict[str, JobRecord]()
    jobs = [a_planned_job(f"{seed} {n}", price="2" if n else "0", provider="luma") for n in range(3)]
    ledger.plan("fresh-days", jobs)
    for _ in range(steps):
        yield _take(ledger, chance.choice(jobs), held, chance)
    money = ledger.money("fresh-days")
    ledger.set_caps([Cap("campaign:fresh-days", money.reserved_usd + money.spent_usd + CAP)])
