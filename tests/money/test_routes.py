"""Routes in the ledger: what one run learns of a provider holds for all runs, and only for what costs money."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from builders import a_job, a_planned_job
from buying_terms import intend, submitted

from campaign.ledger.clock import SECOND
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Cap, Intent, Outcome, Room, RouteRecord
from campaign.model.jobs import Operation
from campaign.model.outcomes import JobState

OK, FAILED, THROTTLED, BARRED = Outcome


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = 1_800_000_000 * SECOND

    def __call__(self) -> int:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += int(seconds * SECOND)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def timed(sqlite_path: Path, clock: Clock) -> Iterator[Ledger]:
    """A ledger whose time a test turns."""
    with Ledger.open(f"sqlite:///{sqlite_path}", clock=clock) as ledger:
        yield ledger


def asked(ledger: Ledger, name: str, *, price: str = "1", provider: str = "luma", **terms: object) -> Intent:
    planned = a_planned_job(name, price=price, provider=provider)
    ledger.plan("fresh-days", [planned])
    return intend(ledger, planned, **terms)


def route(ledger: Ledger, provider: str, operation: str | None) -> RouteRecord:
    [found] = [one for one in ledger.routes() if (one.provider, one.operation) == (provider, operation)]
    return found


def broken(ledger: Ledger) -> None:
    """Open the breaker of luma's modify."""
    for _ in range(5):
        ledger.heard("luma", "modify", FAILED, "down")


def test_an_open_breaker_stops_intents_of_its_operation_alone_and_leaves_the_rows_planned(ledger: Ledger) -> None:
    broken(ledger)
    refused = asked(ledger, "one")
    assert (refused.granted, refused.record.state, refused.why) == (False, JobState.PLANNED, "down")
    assert refused.wait_s is not None
    assert 25 < refused.wait_s <= 30
    reframe = a_planned_job(
        "r", price="1", provider="luma", job=a_job("r", operation=Operation.REFRAME, parent="c" * 64)
    )
    ledger.plan("fresh-days", [reframe])
    assert intend(ledger, reframe).granted
    assert asked(ledger, "elsewhere", provider="fal").granted
    told = route(ledger, "luma", "modify")
    assert (told.state, told.failures, told.note) == ("open", 5, "down")
    assert told.until is not None
    assert (told.until - datetime.now(UTC)).total_seconds() > 25


def test_an_open_breaker_never_stops_what_is_paid_from_being_polled_and_fetched(ledger: Ledger) -> None:
    record = submitted(ledger, a_planned_job("paid", price="1", provider="luma"))
    ledger.heard("luma", "modify", BARRED, "key refused")
    broken(ledger)
    record = ledger.purchases.ready(record.lease)
    assert ledger.purchases.stored(record.lease, sha256="b" * 64, size=3).state is JobState.STORED


def test_what_is_free_knows_no_breaker(ledger: Ledger) -> None:
    for _ in range(9):
        ledger.heard("local", "modify", FAILED, "no ffmpeg")
    assert asked(ledger, "free", price="0", provider="local").granted


def test_a_probe_is_sent_once_and_what_comes_of_it_decides(timed: Ledger, clock: Clock) -> None:
    broken(timed)
    clock.turn(30)
    assert asked(timed, "probe").granted
    waiting = asked(timed, "two")
    assert (waiting.granted, waiting.wait_s) == (False, 2.0)
    timed.heard("luma", "modify", FAILED, "still down")
    assert asked(timed, "two").wait_s == 60.0
    clock.turn(60)
    assert asked(timed, "two").granted
    timed.heard("luma", "modify", OK)
    assert [asked(timed, name).granted for name in ("three", "four")] == [True, True]
    assert timed.routes() == ()


def test_a_probe_that_never_reports_is_replaced_after_two_minutes(timed: Ledger, clock: Clock) -> None:
    broken(timed)
    clock.turn(30)
    assert asked(timed, "probe").granted
    clock.turn(119)
    assert not asked(timed, "two").granted
    clock.turn(1)
    assert asked(timed, "two").granted


def test_a_probe_that_the_budget_refuses_is_none(timed: Ledger, clock: Clock) -> None:
    broken(timed)
    clock.turn(30)
    poor = asked(timed, "poor", caps=(Cap("run:poor", Decimal("0.5")),))
    assert poor.record.state is JobState.BUDGET
    assert not asked(timed, "crowded", room=Room(slots=0)).granted
    assert asked(timed, "rich").granted


def test_a_throttle_slows_every_operation_of_the_provider(timed: Ledger, clock: Clock) -> None:
    timed.heard("luma", "reframe", THROTTLED, "too many requests", 20)
    waiting = asked(timed, "one")
    assert (waiting.granted, waiting.wait_s, waiting.why) == (False, 20.0, "too many requests")
    assert asked(timed, "elsewhere", provider="fal").granted
    clock.turn(20)
    assert asked(timed, "one").granted
    assert asked(timed, "two").granted


def test_a_barred_provider_is_asked_no_more_until_it_is_reopened(ledger: Ledger) -> None:
    ledger.heard("luma", "modify", BARRED, "luma refuses the key")
    ledger.heard("fal", "modify", BARRED, "no credit")
    refused = asked(ledger, "one")
    assert (refused.granted, refused.wait_s, refused.why) == (False, None, "luma refuses the key")
    assert [route(ledger, name, None).state for name in ("luma", "fal")] == ["barred", "barred"]
    ledger.reopen("luma")
    assert asked(ledger, "one").granted
    assert not asked(ledger, "two").granted
    assert not asked(ledger, "three", provider="fal").granted
    ledger.heard("luma", "modify", OK)
    assert asked(ledger, "two").granted
    ledger.reopen()
    assert asked(ledger, "three", provider="fal").granted


def test_thawing_reopens_too(ledger: Ledger) -> None:
    ledger.heard("luma", "modify", BARRED, "no credit")
    ledger.thaw("luma")
    assert asked(ledger, "one").granted


def test_reopening_what_is_not_barred_changes_nothing(ledger: Ledger) -> None:
    broken(ledger)
    before = ledger.routes()
    ledger.reopen()
    ledger.thaw("luma")
    assert ledger.routes() == before


def test_successes_cost_no_write_once_nothing_is_left_to_forget(ledger: Ledger) -> None:
    writes = 0
    write = ledger._writer.write

    def counted(change: Callable[..., object]) -> object:
        nonlocal writes
        writes += 1
        return write(change)

    object.__setattr__(ledger._writer, "write", counted)
    for _ in range(60):
        ledger.heard("luma", "modify", OK)
    assert writes == 20
    ledger.heard("luma", "modify", FAILED, "once")
    for _ in range(60):
        ledger.heard("luma", "modify", OK)
    assert writes == 41


def test_of_all_who_ask_a_half_open_route_one_gets_through(ledger: Ledger, ledger_url: str) -> None:
    ledger.heard("luma", "modify", BARRED, "no credit")
    ledger.reopen()
    jobs = [a_planned_job(f"job {n}", price="1", provider="luma") for n in range(24)]
    ledger.plan("fresh-days", jobs)
    ready = threading.Barrier(8)

    def buy(n: int) -> int:
        with Ledger.open(ledger_url, busy_s=20) as own:
            ready.wait()
            return sum(intend(own, planned, owner=f"o{n}").granted for planned in jobs[n * 3 : n * 3 + 3])

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(buy, range(8))) == 1
    assert ledger.verify() == []


def test_a_frozen_provider_says_why(ledger: Ledger) -> None:
    record = submitted(ledger, a_planned_job("one", price="2", provider="luma"))
    ledger.purchases.ended(record.lease, JobState.DEAD, note="failed", billed_usd=Decimal(3))
    refused = asked(ledger, "two")
    assert (refused.granted, refused.wait_s) == (False, None)
    assert "billed 3.00 USD where 2.00 were quoted" in refused.why
