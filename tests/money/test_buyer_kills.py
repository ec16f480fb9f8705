"""SIGKILL at random instants: whatever dies, nothing is paid twice and nothing paid is lost."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fakes.vendor import Vendor

from campaign.ledger.ledger import Ledger
from campaign.model.outcomes import JobState
from campaign.providers.base import Recall
from campaign.store.files import Store

TESTS = Path(__file__).parent.parent
JOBS = 16
KILLS = 3


def start(url: str, folder: Path, recall: Recall) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "fakes.shopper", url, str(folder), recall.value, str(JOBS), "1"]
    environ = {"PYTHONPATH": f"{TESTS}:{TESTS.parent}"}
    process = subprocess.Popen(argv, env=environ, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def kill_at_random(url: str, folder: Path, recall: Recall, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(KILLS):
        process = start(url, folder, recall)
        time.sleep(chance.uniform(0.15, 0.6))
        process.send_signal(signal.SIGKILL)
        process.communicate()


def finish(url: str, folder: Path, recall: Recall) -> str:
    process = start(url, folder, recall)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return said.strip()


@pytest.mark.parametrize("recall", [Recall.CLIENT_ID, Recall.HANDLE])
def test_every_job_is_paid_and_stored_exactly_once(ledger_url: str, tmp_path: Path, recall: Recall) -> None:
    kill_at_random(ledger_url, tmp_path, recall, seed=7)
    assert finish(ledger_url, tmp_path, recall) == str({"stored": JOBS})
    bill = Vendor(tmp_path / "books", recall).bill()
    assert len({work.asked for work in bill}) == len(bill) == JOBS
    with Ledger.open(ledger_url) as ledger:
        assert ledger.verify(store=Store(tmp_path / "store"), deep=True) == []
        assert ledger.money("fresh-days").spent_usd == JOBS
        assert ledger.money("fresh-days").reserved_usd == 0


def test_where_nobody_can_be_asked_nothing_is_paid_twice_and_doubt_is_named(ledger_url: str, tmp_path: Path) -> None:
    kill_at_random(ledger_url, tmp_path, Recall.NOTHING, seed=11)
    finish(ledger_url, tmp_path, Recall.NOTHING)
    bill = Vendor(tmp_path / "books", Recall.NOTHING).bill()
    assert len({work.asked for work in bill}) == len(bill)
    with Ledger.open(ledger_url) as ledger:
        records = ledger.matching("")
        assert {record.state for record in records} <= {JobState.STORED, JobState.IN_DOUBT}
        doubtful = [record for record in records if record.state is JobState.IN_DOUBT]
        assert ledger.money("fresh-days").reserved_usd == len(doubtful)
        known = {record.remote_id for record in records if record.state is JobState.STORED}
        unknown = {work.asked for work in bill if work.id not in known}
        assert unknown <= {record.key for record in doubtful}
        assert ledger.verify(store=Store(tmp_path / "store")) == []


def test_two_processes_on_one_ledger_never_buy_the_same_job(ledger_url: str, tmp_path: Path) -> None:
    both = [start(ledger_url, tmp_path, Recall.HANDLE) for _ in range(2)]
    said = [process.communicate(timeout=120)[0].strip() for process in both]
    assert said == [str({"stored": JOBS})] * 2
    assert len(Vendor(tmp_path / "books", Recall.HANDLE).bill()) == JOBS
