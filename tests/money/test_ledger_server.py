"""The ledger on a server that drops its connections: a commit whose answer was lost is re-read, never assumed."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import psycopg
import pytest
from builders import a_planned_job
from buying_terms import intend

from campaign.errors import LedgerBusy
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Cap
from campaign.model.outcomes import JobState

pytestmark = pytest.mark.postgres

JOBS = 60
CAPS = (Cap("campaign:fresh-days", Decimal(JOBS)),)
DROP = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def buy(ledger: Ledger, n: int) -> JobState:
    planned = a_planned_job(f"job {n}", price="1", provider="luma")
    intent = intend(ledger, planned, caps=CAPS, owner=f"owner {n}")
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


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(LedgerBusy, match="does not answer") as said:
        Ledger.open("postgresql://root:hidden@127.0.0.1:1/fanout")
    assert "hidden" not in str(said.value)
