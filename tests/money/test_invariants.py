"""What must hold of money and results whatever happens: the ledger's invariants, each under the words it was given in."""

import hashlib
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from buying_terms import OWNER, planned_and_intended
from fakes.shopper import Trip, ended, finish, kill_at_random, start, stops_again
from shops import a_wanted_job

from campaign.errors import FenceLost
from campaign.ledger.ledger import Ledger
from campaign.ledger.purchases import Purchases
from campaign.ledger.records import Lease
from campaign.model.outcomes import JobState, Reason
from campaign.store.files import Store

JOBS = 16
FINAL = frozenset({JobState.STORED, JobState.REJECTED, JobState.DEAD, JobState.LOST, JobState.BUDGET})
CLASSES = ("C", "D", "N")
MARKS: dict[str, Any] = {"sqlite": (), "postgresql": pytest.mark.postgres}


class Aftermath:
    """What lies there after trips through a storm, some of them killed."""

    def __init__(self, trip: Trip, ledger: Ledger) -> None:
        self.trip = trip
        self.ledger = ledger
        self.vendor = trip.vendor()
        self.bill = self.vendor.bill()
        self.records = ledger.records(planned.job.key for planned in trip.planned())
        self.store = Store(Path(trip.folder) / "store")


@pytest.fixture(
    scope="module",
    params=[pytest.param((kind, name), marks=MARKS[kind]) for kind in ("sqlite", "postgresql") for name in CLASSES],
    ids=lambda param: "-".join(param),
)
def after(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aftermath]:
    """Two kills at random, then a run to the end, at a vendor in all kinds of moods."""
    kind, recall = request.param
    folder = tmp_path_factory.mktemp("storm")
    url = f"sqlite:///{folder / 'home' / 'ledger.sqlite3'}"
    if kind == "postgresql":
        url = request.getfixturevalue("new_schema")()
    trip = Trip(url=url, folder=str(folder), recall=recall, jobs=JOBS, seed=5, cap="12")
    kill_at_random(trip, random.Random(3), kills=2)
    finish(trip)
    with Ledger.open(url) as ledger:
        yield Aftermath(trip, ledger)


def test_i1_at_most_one_net_charge_per_work_key_and_attempt_and_at_most_one_attempt_not_refunded(
    after: Aftermath,
) -> None:
    by_attempt = Counter(work.client_id for work in after.bill)
    by_key = Counter(work.asked for work in after.bill)
    assert max(by_attempt.values()) == 1
    assert max(by_key.values()) == 1


def test_i2_every_charge_has_an_intent_event_earlier_than_it(after: Aftermath) -> None:
    assert after.bill
    for work in after.bill:
        intents = [
            event.at
            for event in after.ledger.history(work.asked)
            if event.to_state is JobState.INTENT and event.at.timestamp() <= work.began
        ]
        assert intents, work


def test_i3_every_finished_paid_job_is_stored_or_its_row_is_final_with_reason_and_carries_the_job_id(
    after: Aftermath,
) -> None:
    for work in after.bill:
        record = after.records[work.asked]
        if record.state is JobState.STORED:
            assert record.remote_id == work.id
            assert after.store.local(str(record.artifact_sha256)).read_bytes() == f"film {work.id}".encode()
        elif after.trip.recall == "N" and record.state is JobState.IN_DOUBT:
            assert record.remote_id is None  # nobody can be asked: it is for a person, and says so
            assert "fanout jobs resolve" in record.note
        else:
            assert record.state in FINAL
            assert record.reason is not None
            assert work.id in record.note


def test_i4_at_no_instant_reserved_and_spent_pass_the_cap_and_what_is_billed_never_passes_them(
    ledger_url: str, tmp_path: Path
) -> None:
    trip = Trip(url=ledger_url, folder=str(tmp_path), jobs=24, price="0.7", cap="5", slots=4)
    with Ledger.open(ledger_url) as ledger:
        runs = [start(trip) for _ in range(3)]
        peak = Decimal(0)
        while any(run.poll() is None for run in runs):
            billed = sum((work.price for work in trip.vendor().bill()), Decimal(0))
            money = ledger.money("fresh-days")
            assert billed <= money.reserved_usd + money.spent_usd
            peak = max(peak, money.reserved_usd + money.spent_usd)
            time.sleep(0.01)
        assert [ended(run) for run in runs] == [{"budget": 17, "stored": 7}] * 3
        assert peak <= 5
        assert ledger.money("fresh-days").spent_usd == Decimal("4.9")
    assert len(trip.vendor().bill()) == 7


CHANGES: dict[str, Callable[[Purchases, Lease], Any]] = {
    "resend": lambda purchases, lease: purchases.resend(lease, request_sha256="a" * 64, send_s=1.0),
    "unsent": lambda purchases, lease: purchases.unsent(lease, ""),
    "reconciling": lambda purchases, lease: purchases.reconciling(lease, ""),
    "noted": lambda purchases, lease: purchases.noted(lease, "a word"),
    "in_doubt": lambda purchases, lease: purchases.in_doubt(lease, ""),
    "submitted": lambda purchases, lease: purchases.submitted(lease, remote_id="gen-1"),
    "ready": lambda purchases, lease: purchases.ready(lease),
    "stored": lambda purchases, lease: purchases.stored(lease, sha256="b" * 64, size=1),
    "ended": lambda purchases, lease: purchases.ended(lease, JobState.REJECTED, note="", reason=Reason.REJECTED),
    "again": lambda purchases, lease: purchases.again(lease, ""),
    "remake": lambda purchases, lease: purchases.remake(lease, ""),
    "cancelling": lambda purchases, lease: purchases.cancelling(lease, ""),
}


@pytest.mark.parametrize("name", CHANGES)
def test_i5_no_state_change_without_the_current_fence(ledger: Ledger, name: str) -> None:
    stale = planned_and_intended(ledger, a_wanted_job(), owner=OWNER, lease_s=-1.0).lease
    ledger.purchases.claim(stale.key, state=JobState.INTENT, owner="elsewhere/0/0:1:1:next", lease_s=60)
    before = ledger.history(stale.key)
    with pytest.raises(FenceLost):
        CHANGES[name](ledger.purchases, stale)
    assert ledger.history(stale.key) == before


def test_i6_no_send_after_last_send_by(ledger_url: str, tmp_path: Path) -> None:
    """A run that is stopped between an intent and its request, for longer than that may wait, and goes on afterwards."""
    trip = Trip(url=ledger_url, folder=str(tmp_path), recall="D", send_s=1.0, settle_s=0.3, jobs=JOBS, stops_every=7)
    process, stops = start(trip), 0
    while stops_again(process):
        stops += 1
        time.sleep(trip.send_s + 0.3)
        process.send_signal(signal.SIGCONT)
    assert stops
    assert ended(process) == {"stored": JOBS}
    bill = trip.vendor().bill()
    assert len(bill) == len({work.asked for work in bill}) == JOBS
    with Ledger.open(ledger_url) as ledger:
        records = ledger.records(work.asked for work in bill)
    for work in bill:
        last_send_by = records[work.asked].last_send_by
        assert work.departed is not None
        assert last_send_by is not None
        assert work.departed <= last_send_by.timestamp()


def test_i7_a_rerun_of_a_finished_campaign_makes_zero_posts_and_zero_downloads(ledger_url: str, tmp_path: Path) -> None:
    trip = Trip(url=ledger_url, folder=str(tmp_path), jobs=JOBS)
    assert finish(trip) == {"stored": JOBS}
    with Ledger.open(ledger_url) as ledger:
        before = [ledger.history(planned.job.key) for planned in trip.planned()]
        asked = trip.vendor().requests()
        assert asked["post"] == asked["download"] == JOBS
        assert finish(trip) == {"stored": JOBS}
        assert trip.vendor().requests() == asked
        assert [ledger.history(planned.job.key) for planned in trip.planned()] == before


def test_i8_a_resume_with_nothing_but_ledger_and_store_makes_zero_extra_charges(
    ledger_url: str, tmp_path: Path
) -> None:
    """Prefect is never asked what was paid: its database and results are not even there."""
    trip = Trip(url=ledger_url, folder=str(tmp_path), recall="D", jobs=JOBS)
    kill_at_random(trip, random.Random(4), kills=1)
    kept = {"books", "books-journal", "store", "home", "source.mp4"}
    assert {path.name for path in tmp_path.iterdir()} <= kept
    assert finish(trip) == {"stored": JOBS}
    assert len(trip.vendor().bill()) == JOBS


def test_i9_what_is_kept_is_complete_or_absent_never_partial(ledger_url: str, tmp_path: Path) -> None:
    trip = Trip(url=ledger_url, folder=str(tmp_path), jobs=JOBS, weight=20_000_000, slots=8)
    chance = random.Random(6)
    for _ in range(3):
        kill_at_random(trip, chance, kills=1)
        for path in (tmp_path / "store").glob("??/*"):
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
    finish(trip)
    with Ledger.open(ledger_url) as ledger:
        assert ledger.verify(store=Store(tmp_path / "store"), deep=True) == []


def test_i11_replaying_the_event_table_gives_the_row_table(after: Aftermath) -> None:
    assert after.ledger.verify(store=after.store, deep=True) == []
    states = {line["work_key"]: line["state"] for line in after.ledger.export("fresh-days")}
    assert states == {key: record.state.value for key, record in after.records.items()}


def test_two_runs_of_one_campaign_never_pass_the_slots_nor_the_cap(ledger_url: str, tmp_path: Path) -> None:
    trip = Trip(url=ledger_url, folder=str(tmp_path), recall="D", jobs=20, slots=3, takes_s=0.15, cap="16")
    both = [start(trip) for _ in range(2)]
    assert [ended(process) for process in both] == [{"budget": 4, "stored": 16}] * 2
    vendor = trip.vendor()
    assert len({work.asked for work in vendor.bill()}) == len(vendor.bill()) == 16
    assert vendor.most_at_once() <= 3
