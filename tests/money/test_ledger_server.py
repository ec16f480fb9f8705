"""The ledger on a server that drops its connections: a commit whose answer was lost is re-read, never assumed."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from random import Random
from typing import Any

import psycopg
import pytest
from builders import a_planned_job
from buying_terms import intend, states
from doubts import CAPS, PRICE, a_job_of_luma, in_state, money
from fakes.cutting import CuttingProxy
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from campaign.errors import LedgerBusy
from campaign.ledger import verify
from campaign.ledger.ledger import Ledger
from campaign.ledger.reading import events_by_key
from campaign.ledger.records import Cap, JobRecord, Outcome, Room
from campaign.model.outcomes import JobState

pytestmark = pytest.mark.postgres

S = JobState
JOBS = 60
ALL = (Cap("campaign:fresh-days", Decimal(JOBS)),)
DROP = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() ORDER BY random() LIMIT 2"""


@pytest.fixture
def postgres_url(new_schema: Callable[[], str]) -> str:
    """A ledger of its own on the server, not made yet; deadlocks are found there at once."""
    return f"{new_schema()}%20-cdeadlock_timeout%3D10ms"


def buy(ledger: Ledger, n: int) -> JobState:
    planned = a_planned_job(f"job {n}", price="1", provider="luma")
    intent = intend(ledger, planned, caps=ALL, owner=f"owner {n}")
    assert intent.granted, intent.record
    record = ledger.purchases.submitted(intent.record.lease, remote_id=f"gen-{n}")
    record = ledger.purchases.ready(record.lease)
    return ledger.purchases.stored(record.lease, sha256="b" * 64, size=3).state


def test_connections_dropped_at_any_moment_change_nothing(postgres: str) -> None:
    done = threading.Event()

    def drop() -> int:
        dropped = 0
        with psycopg.connect(postgres, autocommit=True) as connection:
            while not done.is_set():
                time.sleep(0.05)
                dropped += len(connection.execute(DROP).fetchall())
        return dropped

    with Ledger.open(postgres) as ledger:
        wanted = [a_planned_job(f"job {n}", price="1", provider="luma") for n in range(JOBS)]
        ledger.plan("fresh-days", wanted)
        with ThreadPoolExecutor(9) as threads:
            dropping = threads.submit(drop)
            try:
                states = list(threads.map(lambda n: buy(ledger, n), range(JOBS)))
            finally:
                done.set()
            assert dropping.result() > 0
        assert set(states) == {JobState.STORED}
        assert [len(ledger.history(planned.job.key)) for planned in wanted] == [5] * JOBS
        assert ledger.money("fresh-days").spent_usd == JOBS
        assert ledger.verify() == []


Verb = Callable[[Ledger, JobRecord], JobRecord]


def adopt(ledger: Ledger, job: JobRecord) -> JobRecord:
    return ledger.purchases.adopt(
        job.key, intent_id=job.intent_id, remote_id="late", request_id=None, owner="late", lease_s=60
    )


ONCE: dict[str, tuple[str, Verb, list[str]]] = {
    "submitted": ("intent", lambda ledger, job: ledger.purchases.submitted(job.lease, remote_id="gen-1"), ["submitted"]),
    "unsent": ("intent", lambda ledger, job: ledger.purchases.unsent(job.lease, "busy"), ["planned"]),
    "reconciling": ("intent", lambda ledger, job: ledger.purchases.reconciling(job.lease, "lost"), ["reconciling"]),
    "in_doubt": ("reconciling", lambda ledger, job: ledger.purchases.in_doubt(job.lease, "?"), ["in_doubt"]),
    "noted": ("submitted", lambda ledger, job: ledger.purchases.noted(job.lease, "odd"), ["submitted"]),
    "ready": ("submitted", lambda ledger, job: ledger.purchases.ready(job.lease), ["ready"]),
    "again": ("submitted", lambda ledger, job: ledger.purchases.again(job.lease, "no"), ["rejected", "planned"]),
    "ended": ("submitted", lambda ledger, job: ledger.purchases.ended(job.lease, S.DEAD, note="", billed_usd=PRICE), ["dead"]),
    "stored": ("ready", lambda ledger, job: ledger.purchases.stored(job.lease, sha256="b" * 64, size=3), ["stored"]),
    "adopted": ("in_doubt", adopt, ["submitted"]),
    "adopted too": ("ready", adopt, ["ready"]),
    "revived": ("planned", adopt, ["intent", "submitted"]),
    "paid": ("in_doubt", lambda ledger, job: ledger.resolve_paid(job.key, "found", "anna"), ["submitted"]),
    "not paid": ("in_doubt", lambda ledger, job: ledger.resolve_not_paid(job.key, "anna"), ["planned"]),
    "resubmit": ("in_doubt", lambda ledger, job: ledger.resubmit(job.key, "anna"), ["dead", "planned"]),
}  # fmt: skip
"""What is done, in which state, and the events that it makes."""


@pytest.fixture
def cut(new_schema: Callable[[], str]) -> Iterator[tuple[Ledger, CuttingProxy]]:
    """A ledger whose way to its server can be cut in the moment of a commit."""
    url = make_url(new_schema())
    with (
        CuttingProxy(url.host or "", url.port or 0) as proxy,
        Ledger.open(url.set(port=proxy.port).render_as_string(hide_password=False)) as ledger,
    ):
        yield ledger, proxy


@pytest.mark.parametrize("name", ONCE)
def test_a_commit_whose_answer_was_lost_is_carried_out_once(cut: tuple[Ledger, CuttingProxy], name: str) -> None:
    ledger, proxy = cut
    state, verb, made = ONCE[name]
    record = in_state(ledger, state)
    before = states(ledger, record.key)
    proxy.cut_next()
    after = verb(ledger, record)
    assert proxy.cuts == 1
    assert states(ledger, record.key) == [*before, *made]
    assert after.state == made[-1]
    assert ledger.verify() == []


def test_an_intent_whose_answer_was_lost_is_granted_once_and_its_money_taken_once(
    cut: tuple[Ledger, CuttingProxy],
) -> None:
    ledger, proxy = cut
    ledger.plan("fresh-days", [a_job_of_luma()])
    ledger.heard("luma", "modify", Outcome.BARRED, "no credit")
    ledger.reopen()
    proxy.cut_next()
    assert intend(ledger, a_job_of_luma(), caps=CAPS).granted
    assert proxy.cuts == 1
    assert money(ledger).reserved_usd == PRICE
    assert ledger.verify() == []


def test_buyers_who_do_everything_at_once_never_lock_each_other_out(postgres_url: str) -> None:
    """All locks are taken in one order. A deadlock would be retried, so the server is asked whether there was any."""
    jobs = [a_planned_job(f"job {n}", price="1", provider=("luma", "fal")[n % 2]) for n in range(12)]
    scopes = [Cap("campaign:fresh-days", None), Cap("day:1", None), Cap("run:1", Decimal(10**6))]

    def trade(seed: int) -> None:
        chance = Random(seed)
        with Ledger.open(postgres_url) as own:
            for _ in range(60):
                planned = chance.choice(jobs)
                match chance.randrange(6):
                    case 0:
                        own.set_caps(chance.sample(scopes, 3))
                    case 1:
                        own.heard(planned.provider, "modify", chance.choice([Outcome.OK, Outcome.FAILED]), "")
                    case 2:
                        own.thaw(planned.provider)
                    case 3:
                        own.purchases.renew(f"owner {seed}", [one.job.key for one in jobs], lease_s=60)
                    case _:
                        terms = {"caps": chance.sample(scopes, 3), "owner": f"owner {seed}", "room": Room(slots=4)}
                        intent = intend(own, planned, **terms)
                        if intent.granted:
                            own.purchases.unsent(intent.record.lease, "busy")

    with Ledger.open(postgres_url) as ledger:
        ledger.plan("fresh-days", jobs)
        before = deadlocks(postgres_url)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(trade, range(8)))
        assert ledger.verify() == []
    assert deadlocks(postgres_url) == before


def deadlocks(url: str) -> int:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_clear_snapshot()")
        [count] = connection.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone() or [0]
    return int(count)


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(LedgerBusy, match="does not answer") as said:
        Ledger.open("postgresql://root:hidden@127.0.0.1:1/fanout")
    assert "hidden" not in str(said.value)


def test_what_is_checked_is_checked_as_of_one_instant(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def others_write_meanwhile(connection: Connection, campaign: str | None) -> Iterator[list[dict[str, Any]]]:
        other.plan("fresh-days", [a_planned_job("planned between two questions")])
        return events_by_key(connection, campaign)

    with Ledger.open(postgres_url) as ledger, Ledger.open(postgres_url) as other:
        ledger.plan("fresh-days", [a_planned_job("planned before")])
        monkeypatch.setattr(verify, "events_by_key", others_write_meanwhile)
        assert ledger.verify() == []
        assert len(list(ledger.export("fresh-days"))) == 2
