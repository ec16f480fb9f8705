"""Room: however many runs buy at once, a provider never has more jobs or unanswered requests than it may have."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from builders import a_job, a_planned_job
from buying_terms import intend, planned_and_intended, submitted
from sqlalchemy import text

from campaign.ledger.clock import SECOND
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Room
from campaign.model.jobs import Operation, PlannedJob
from campaign.model.outcomes import JobState

SLOTS, UNANSWERED, JOBS = 3, 2, 8
UNDER_WAY = {"intent", "reconciling", "submitted", "cancelling"}
BUYER = """
import random, sys, time
from builders import a_planned_job
from buying_terms import intend
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Room
from campaign.model.outcomes import JobState
number, url = int(sys.argv[2]), sys.argv[1]
chance, room = random.Random(number), Room(slots=int(sys.argv[3]), unanswered=int(sys.argv[4]))
left = [a_planned_job(f"job {number} {n}", price="1", provider="luma") for n in range(int(sys.argv[5]))]
with Ledger.open(url, busy_s=60) as ledger:
    while left:
        intent = intend(ledger, left[-1], owner=f"elsewhere/0/0:{number}:1:t", room=room)
        if not intent.granted:
            assert intent.wait_s is not None and 0.2 <= intent.wait_s <= 2, intent
            time.sleep(chance.uniform(0, 0.02))
            continue
        left.pop()
        record, purchases = intent.record, ledger.purchases
        time.sleep(chance.uniform(0, 0.01))
        if chance.random() < 0.3:
            record = purchases.reconciling(record.lease, "no answer")
        record = purchases.submitted(record.lease, remote_id=f"gen {record.key}")
        time.sleep(chance.uniform(0, 0.01))
        if chance.random() < 0.3:
            record = purchases.cancelling(record.lease, "too late")
        purchases.ready(record.lease)
"""


def reframe(name: str) -> PlannedJob:
    job = a_job(name, operation=Operation.REFRAME, parent="c" * 64)
    return a_planned_job(name, price="1", provider="luma", job=job)


def modify(name: str, provider: str = "luma") -> PlannedJob:
    return a_planned_job(name, price="1", provider=provider)


def planned(ledger: Ledger, *jobs: PlannedJob) -> None:
    ledger.plan("fresh-days", jobs)


def most_at_once(ledger: Ledger) -> tuple[int, int]:
    """The most jobs under way, and the most unanswered requests, that there ever were: told by the events in their order."""
    now: dict[str, str] = {}
    most = (0, 0)
    with ledger._engine.connect() as connection:
        for key, to_state in connection.execute(text("SELECT key, to_state FROM event ORDER BY seq")):
            now[key] = to_state
            count = Counter(now.values())
            unanswered = count["intent"] + count["reconciling"]
            most = max(most[0], sum(count[state] for state in UNDER_WAY)), max(most[1], unanswered)
    return most


def test_eight_processes_never_pass_the_slots_nor_the_unanswered(ledger: Ledger, ledger_url: str) -> None:
    planned(ledger, *(modify(f"job {number} {n}") for number in range(8) for n in range(JOBS)))
    tests = Path(__file__).parent.parent
    argv = [sys.executable, "-c", BUYER, ledger_url]
    rest = [str(SLOTS), str(UNANSWERED), str(JOBS)]
    environ = {"PYTHONPATH": f"{tests}:{tests.parent}"}
    buyers = [subprocess.Popen([*argv, str(number), *rest], env=environ) for number in range(8)]
    assert [buyer.wait(timeout=200) for buyer in buyers] == [0] * 8
    assert most_at_once(ledger) == (SLOTS, UNANSWERED)  # full at some time, and never more
    assert ledger.verify() == []


def test_slots_are_counted_by_provider_and_operation(ledger: Ledger) -> None:
    submitted(ledger, modify("one"), remote_id="gen-1")
    others = [modify("two"), modify("three", "fal"), reframe("four")]
    planned(ledger, *others)
    grants = [intend(ledger, job, room=Room(slots=1)) for job in others]
    assert [grant.granted for grant in grants] == [False, True, True]
    assert grants[0].wait_s == 1.0
    assert grants[0].why == "luma has as many modify jobs under way as it may have (1, over all runs)."
    assert grants[0].record.state is JobState.PLANNED


def test_unanswered_requests_are_counted_over_all_operations_of_a_provider(ledger: Ledger) -> None:
    planned_and_intended(ledger, reframe("one"))
    lost = planned_and_intended(ledger, modify("two"))
    ledger.purchases.reconciling(lost.lease, "no answer")
    planned(ledger, modify("three"), modify("four", "fal"))
    refused = intend(ledger, modify("three"), room=Room(unanswered=2))
    assert (refused.granted, refused.wait_s) == (False, 0.2)
    assert refused.why == "luma has as many unanswered requests as it may have (2, over all runs)."
    assert intend(ledger, modify("three"), room=Room(unanswered=3)).granted
    assert intend(ledger, modify("four", "fal"), room=Room(unanswered=1)).granted


@pytest.mark.parametrize("state", ["in_doubt", "ready", "planned", "rejected", "cancelled"])
def test_what_nobody_works_on_takes_no_room(ledger: Ledger, state: str) -> None:
    record = planned_and_intended(ledger, modify("one"))
    purchases = ledger.purchases
    match state:
        case "in_doubt":
            purchases.in_doubt(purchases.reconciling(record.lease, "").lease, "")
        case "ready":
            purchases.ready(purchases.submitted(record.lease, remote_id="g").lease)
        case "planned":
            purchases.unsent(record.lease, "")
        case _:
            purchases.ended(record.lease, JobState(state), note="")
    planned(ledger, modify("two"))
    assert intend(ledger, modify("two"), room=Room(slots=1, unanswered=1)).granted


def test_a_job_that_was_sent_more_than_an_hour_ago_takes_no_room(sqlite_path: Path) -> None:
    now = 1_800_000_000 * SECOND
    with Ledger.open(f"sqlite:///{sqlite_path}", clock=lambda: now) as ledger:
        submitted(ledger, modify("one"), send_s=30)
        planned(ledger, modify("two"))
        now += 3630 * SECOND - 1
        assert not intend(ledger, modify("two"), room=Room(slots=1)).granted
        now += 1
        assert intend(ledger, modify("two"), room=Room(slots=1)).granted


def test_free_work_keeps_within_its_room_too(ledger: Ledger) -> None:
    planned_and_intended(ledger, a_planned_job("one"))
    planned(ledger, a_planned_job("two"))
    assert not intend(ledger, a_planned_job("two"), room=Room(slots=1)).granted


def test_counting_uses_the_index_however_many_jobs_there_are(ledger: Ledger) -> None:
    planned(ledger, *(modify(f"job {n}") for n in range(3000)))
    with ledger._engine.connect() as connection:
        where = "provider = 'luma' AND operation IN ('modify', 'reframe') AND state IN ('intent', 'submitted')"
        explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN (FORMAT JSON)"
        if connection.dialect.name == "postgresql":
            connection.execute(text("ANALYZE job"))
        plan = connection.execute(text(f"{explain} SELECT count(*) FROM job WHERE {where}")).fetchall()
    assert "job_route" in json.dumps([list(row) for row in plan])
