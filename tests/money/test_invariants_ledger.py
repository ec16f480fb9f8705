"""The invariants of the ledger, in the words in which they are promised, as far as the ledger alone can show them."""

import inspect
import json
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from builders import a_planned_job
from buying_terms import intend, planned_and_intended, submitted
from doubts import CAPS, PRICE, a_job_of_luma, in_state, money, now
from histories import wander
from sqlalchemy import text

from campaign.errors import FenceLost
from campaign.ledger.journal import replay
from campaign.ledger.ledger import Ledger
from campaign.ledger.purchases import Purchases
from campaign.ledger.records import Cap, JobRecord, Lease
from campaign.ledger.tables import LEASE_COLUMNS
from campaign.model.outcomes import JobState

S = JobState


@pytest.fixture(scope="module")
def wandered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger in which everything has happened."""
    with Ledger.open(f"sqlite:///{tmp_path_factory.mktemp('wandered') / 'home' / 'ledger.sqlite3'}") as ledger:
        for seed in range(100, 160):
            for _ in wander(ledger, seed):
                pass
        yield ledger


def events(ledger: Ledger) -> list[dict[str, Any]]:
    with ledger._engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM event ORDER BY seq")).mappings().all()
    return [{**row, "changes": json.loads(row["changes"])} for row in rows]


def charges(told: list[dict[str, Any]]) -> Iterator[tuple[int, str, int]]:
    """Each charge: where among the events, for which key and attempt."""
    billed: dict[tuple[str, int], int] = defaultdict(int)
    for index, event in enumerate(told):
        of = (event["key"], event["attempt"])
        final = event["changes"].get("price_final", billed[of]) or 0
        if final > billed[of]:
            yield index, *of
        billed[of] = final


def test_i1_at_most_one_net_charge_per_work_key_and_attempt_and_one_attempt_not_refunded(wandered: Ledger) -> None:
    told = events(wandered)
    per_attempt = Counter((key, attempt) for _, key, attempt in charges(told))
    assert len(per_attempt) > 50
    assert set(per_attempt.values()) == {1}
    asked_for = Counter(
        event["key"] for event in told if (event["from_state"], event["to_state"]) == ("dead", "planned")
    )
    per_key = Counter(key for key, _ in per_attempt)
    assert all(count <= 1 + asked_for[key] for key, count in per_key.items()), "charged again without a person's word"


def test_i1_of_all_who_want_a_job_one_may_send_it(ledger: Ledger) -> None:
    ledger.plan("fresh-days", [a_job_of_luma()])
    with ThreadPoolExecutor(8) as threads:
        grants = list(threads.map(lambda n: intend(ledger, a_job_of_luma(), owner=f"o{n}").granted, range(16)))
    assert sum(grants) == 1


@pytest.mark.parametrize("state", [state for state in JobState if state not in (S.PLANNED, S.BUDGET, S.CANCELLED)])
def test_i1_what_may_be_paid_is_granted_to_nobody_again(ledger: Ledger, state: JobState) -> None:
    record = in_state(ledger, state.value)
    if state is S.CANCELLING:
        record = ledger.purchases.cancelling(record.lease, "stop")
    assert record.state is state
    assert not intend(ledger, a_job_of_luma(), caps=CAPS, owner="other").granted


def test_i2_every_charge_has_an_intent_event_earlier_than_it(wandered: Ledger) -> None:
    told = events(wandered)
    for index, key, attempt in charges(told):
        before = [event for event in told[:index] if (event["key"], event["attempt"]) == (key, attempt)]
        assert "intent" in {event["to_state"] for event in before}


def ends_of_a_paid_job(ledger: Ledger) -> Iterator[JobRecord]:
    """A job that was accepted and paid for, in every end that it may come to."""
    purchases = ledger.purchases
    for name, to in (("one", S.DEAD), ("two", S.LOST), ("three", S.REJECTED)):
        record = submitted(ledger, a_job_of_luma(name), remote_id=f"gen-{name}")
        yield purchases.ended(record.lease, to, note=f"{to} it is", billed_usd=PRICE)
    record = purchases.ready(submitted(ledger, a_job_of_luma("four"), remote_id="gen-four").lease)
    yield purchases.ended(record.lease, S.LOST, note="the link died")
    yield in_state(ledger, "stored", "five")


def test_i3_every_finished_paid_job_is_stored_or_its_row_is_final_with_reason_and_carries_the_job_id(
    ledger: Ledger,
) -> None:
    for record in ends_of_a_paid_job(ledger):
        assert record.price_final_usd == PRICE
        assert record.remote_id is not None
        assert record.state is S.STORED or record.note
    for line in ledger.export():
        assert line["remote_id"].startswith("gen-")


def test_i3_an_id_that_was_ever_told_stays_in_the_history(wandered: Ledger) -> None:
    told = events(wandered)
    paid = {event["key"] for event in told if event["changes"].get("price_reserved")}
    given = {(event["key"], event["changes"].get("remote_id")) for event in told if event["key"] in paid}
    given -= {(key, None) for key in paid}
    assert len(given) > 50
    assert given <= {(line["work_key"], line["remote_id"]) for line in wandered.export()}


def test_i4_at_no_instant_reserved_and_spent_pass_the_cap(ledger: Ledger) -> None:
    cap = (Cap("campaign:fresh-days", Decimal(40)),)
    jobs = [a_planned_job(f"job {n}", price="7", provider="luma") for n in range(60)]
    ledger.plan("fresh-days", jobs)
    done, seen = threading.Event(), set[Decimal]()

    def watch() -> None:
        while not done.is_set():
            held = money(ledger)
            seen.add(held.reserved_usd + held.spent_usd)

    def buy(n: int) -> None:
        intent = intend(ledger, jobs[n], caps=cap)
        if not intent.granted:
            return
        if n % 3 == 0:
            ledger.purchases.unsent(intent.record.lease, "busy")
            return
        record = ledger.purchases.submitted(intent.record.lease, remote_id=f"gen-{n}")
        if n % 3 == 1:
            ledger.purchases.ended(record.lease, S.REJECTED, note="refunded")
        else:
            ledger.purchases.ready(record.lease)

    with ThreadPoolExecutor(9) as threads:
        watcher = threads.submit(watch)
        list(threads.map(buy, range(60)))
        done.set()
        watcher.result()
    assert max(seen) == 35
    assert money(ledger).spent_usd <= 35
    assert ledger.verify() == []


def test_i4_what_is_billed_is_never_more_than_reserved_and_spent(wandered: Ledger) -> None:
    told = events(wandered)
    billed: dict[tuple[str, int], int] = {}
    for event in told:
        billed[event["key"], event["attempt"]] = event["changes"].get(
            "price_final", billed.get((event["key"], event["attempt"]), 0)
        )
    held = money(wandered)
    assert sum(final or 0 for final in billed.values()) <= (held.reserved_usd + held.spent_usd) * 1_000_000


ARGUMENTS: dict[str, dict[str, Any]] = {
    "resend": {"request_sha256": "a" * 64, "send_s": 30.0},
    "submitted": {"remote_id": "gen-9"},
    "stored": {"sha256": "b" * 64, "size": 3},
    "ended": {"to": S.REJECTED, "note": "no"},
    **{
        name: {"note": "said"}
        for name in ("unsent", "reconciling", "in_doubt", "noted", "again", "remake", "cancelling")
    },
}
HOLDING = sorted(
    name
    for name, verb in inspect.getmembers(Purchases, inspect.isfunction)
    if "lease" in inspect.signature(verb).parameters
)


@pytest.mark.parametrize("verb", HOLDING)
def test_i5_no_state_change_without_the_current_fence(ledger: Ledger, verb: str) -> None:
    old = planned_and_intended(ledger, a_job_of_luma(), lease_s=-1.0)
    new = ledger.purchases.claim(old.key, state=old.state, owner="next", lease_s=60)
    assert new.fence == old.fence + 1
    before = (new, ledger.history(old.key), money(ledger))
    change: Callable[..., object] = getattr(ledger.purchases, verb)
    if verb == "release":
        change(old.lease)
    else:
        with pytest.raises(FenceLost):
            change(old.lease, **ARGUMENTS.get(verb, {}))
        with pytest.raises(FenceLost):
            change(Lease(old.key, "nobody", new.fence + 1), **ARGUMENTS.get(verb, {}))
    assert (now(ledger, old), ledger.history(old.key), money(ledger)) == before


@pytest.mark.parametrize("verb", ["adopt", "claim", "resolve_paid", "resolve_not_paid", "resubmit"])
def test_i5_whoever_changes_a_job_without_a_lease_takes_a_new_fence(ledger: Ledger, verb: str) -> None:
    old = in_state(ledger, "in_doubt" if verb != "claim" else "reconciling")
    match verb:
        case "adopt":
            terms = {"intent_id": old.intent_id, "remote_id": "gen-1", "request_id": None}
            ledger.purchases.adopt(old.key, **terms, owner="late", lease_s=60)
        case "claim":
            ledger.purchases.release(old.lease)
            ledger.purchases.claim(old.key, state=old.state, owner="next", lease_s=60)
        case "resolve_paid":
            ledger.resolve_paid(old.key, "gen-1", by="anna")
        case _:
            getattr(ledger, verb)(old.key, by="anna")
    assert now(ledger, old).fence == old.fence + 1
    with pytest.raises(FenceLost):
        ledger.purchases.noted(old.lease, "the one who had it before")


def test_i6_no_send_after_last_send_by(ledger: Ledger) -> None:
    """What the ledger has to do with it: the deadline counts from the commit of the intent, only a send moves it, and whoever
    takes the job over cannot send before proof, which is looked for after the deadline."""
    record = planned_and_intended(ledger, a_job_of_luma(), send_s=30, lease_s=-1.0)
    event = ledger.history(record.key)[-1]
    assert record.last_send_by == event.at + timedelta(seconds=30)
    taken = ledger.purchases.claim(record.key, state=record.state, owner="next", lease_s=60)
    assert taken.last_send_by == record.last_send_by
    assert not intend(ledger, a_job_of_luma(), owner="next").granted
    taken = ledger.purchases.reconciling(taken.lease, "no answer")
    assert taken.last_send_by == record.last_send_by
    with pytest.raises(FenceLost):
        ledger.purchases.resend(record.lease, request_sha256="a" * 64, send_s=30)
    resent = ledger.purchases.resend(taken.lease, request_sha256="a" * 64, send_s=45)
    assert resent.last_send_by == ledger.history(record.key)[-1].at + timedelta(seconds=45)
    assert (resent.intent_id, resent.first_send_at) == (record.intent_id, record.first_send_at)


def test_i11_replaying_the_event_table_gives_the_row_table(wandered: Ledger) -> None:
    computed: dict[str, dict[str, Any]] = {}
    for event in events(wandered):
        told = {**event, "changes": json.dumps(event["changes"])}
        computed[event["key"]] = replay(told, computed.get(event["key"]))
    with wandered._engine.connect() as connection:
        rows = {row["key"]: dict(row) for row in connection.execute(text("SELECT * FROM job")).mappings()}
    assert rows.keys() == computed.keys()
    for key, row in rows.items():
        for name in row.keys() - LEASE_COLUMNS:
            assert row[name] == computed[key][name], (key, name)
