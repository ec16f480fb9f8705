"""SIGKILL at random instants: whatever dies, nothing is paid twice and nothing paid is lost."""

import random
from pathlib import Path

import pytest
from fakes.shopper import Trip, ended, finish, kill_at_random, start

from campaign.ledger.ledger import Ledger
from campaign.model.outcomes import JobState
from campaign.store.files import Store

JOBS = 16
KILLS = 3


def a_trip(url: str, folder: Path, recall: str) -> Trip:
    return Trip(url=url, folder=str(folder), recall=recall, jobs=JOBS)


@pytest.mark.parametrize("recall", ["C", "D"])
def test_every_job_is_paid_and_stored_exactly_once(ledger_url: str, tmp_path: Path, recall: str) -> None:
    trip = a_trip(ledger_url, tmp_path, recall)
    kill_at_random(trip, random.Random(7), KILLS)
    assert finish(trip) == {"stored": JOBS}
    bill = trip.vendor().bill()
    assert len({work.asked for work in bill}) == len(bill) == JOBS
    with Ledger.open(ledger_url) as ledger:
        assert ledger.verify(store=Store(tmp_path / "store"), deep=True) == []
        assert ledger.money("fresh-days").spent_usd == JOBS
        assert ledger.money("fresh-days").reserved_usd == 0


def test_where_nobody_can_be_asked_nothing_is_paid_twice_and_doubt_is_named(ledger_url: str, tmp_path: Path) -> None:
    trip = a_trip(ledger_url, tmp_path, "N")
    kill_at_random(trip, random.Random(11), KILLS)
    finish(trip)
    bill = trip.vendor().bill()
    assert len({work.asked for work in bill}) == len(bill)
    with Ledger.open(ledger_url) as ledger:
        records = ledger.matching("")
        assert {record.state for record in records} <= {JobState.STORED, JobState.IN_DOUBT}
        doubtful = [record for record in records if record.state is JobState.IN_DOUBT]
        assert len(doubtful) <= 4 * KILLS  # no more than may wait for an answer, at each kill
        assert ledger.money("fresh-days").reserved_usd == len(doubtful)
        known = {record.remote_id for record in records if record.state is JobState.STORED}
        unknown = {work.asked for work in bill if work.id not in known}
        assert unknown <= {record.key for record in doubtful}
        assert ledger.verify(store=Store(tmp_path / "store")) == []


def test_two_processes_on_one_ledger_never_buy_the_same_job(ledger_url: str, tmp_path: Path) -> None:
    trip = a_trip(ledger_url, tmp_path, "D")
    both = [start(trip) for _ in range(2)]
    assert [ended(process) for process in both] == [{"stored": JOBS}] * 2
    assert len(trip.vendor().bill()) == JOBS
