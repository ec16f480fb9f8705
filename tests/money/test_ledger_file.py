"""The ledger's file: never trusted when it is not what it was, never begun anew over a broken one."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import a_planned_job
from buying_terms import intend, stored, submitted

from campaign.errors import LedgerBusy, LedgerError, SetupError
from campaign.ledger import sqlite_file
from campaign.ledger.ledger import Ledger


def opened(path: Path, **terms: float) -> Ledger:
    return Ledger.open(f"sqlite:///{path}", **terms)


@pytest.fixture
def used(sqlite_path: Path) -> Path:
    """A ledger that something was bought through, closed."""
    with opened(sqlite_path) as ledger:
        for n in range(3):
            stored(ledger, a_planned_job(f"job {n}"))
    return sqlite_path


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, text=True)
    if mounted.returncode != 0:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


def test_folder_and_files_are_for_their_owner_only(sqlite_path: Path) -> None:
    with opened(sqlite_path) as ledger:
        submitted(ledger, a_planned_job())
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in sqlite_path.parent.iterdir()}
    assert modes.pop("ledger.sqlite3") == 0o600
    assert set(modes) == {"ledger.sqlite3-wal", "ledger.sqlite3-shm", "ledger.sqlite3.mark"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(sqlite_path.parent.stat().st_mode) == 0o700


def test_a_ledger_that_others_can_read_is_closed_to_them(used: Path) -> None:
    used.chmod(0o644)
    opened(used).close()
    assert stat.S_IMODE(used.stat().st_mode) == 0o600


def test_writes_are_synced_and_survive(used: Path) -> None:
    with opened(used) as ledger, ledger._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.write_bytes(b""), "is empty"),
        (lambda path: path.write_bytes(b"\0" * path.stat().st_size), "begin with zeros"),
        (lambda path: path.write_text("dear diary, " * 500), "something else than a database"),
        (lambda path: os.truncate(path, 8192), "is damaged|is broken"),
        (lambda path: os.truncate(path, 50), "not one of Fanout's"),
        (lambda path: path.unlink(), "is gone, but 15 changes were written"),
    ],
    ids=["emptied", "zeroed", "text", "truncated", "header only", "deleted"],
)
def test_a_broken_ledger_is_refused_by_name_and_left_alone(used: Path, damage: object, said: str) -> None:
    damage(used)
    before = used.read_bytes() if used.exists() else None
    with pytest.raises(LedgerError, match=said) as refused:
        opened(used)
    assert str(used) in str(refused.value)
    assert "Put back a copy" in str(refused.value)
    assert (used.read_bytes() if used.exists() else None) == before


def test_another_programs_database_is_refused(sqlite_path: Path) -> None:
    sqlite_path.parent.mkdir()
    with sqlite3.connect(sqlite_path) as connection:
        connection.execute("CREATE TABLE diary (day TEXT)")
    connection.close()
    with pytest.raises(LedgerError, match="not one of Fanout's"):
        opened(sqlite_path)


def killed_in_the_middle(path: Path) -> None:
    """Leave the ledger as a SIGKILL does: with changes that are only in its -wal file."""
    script = (
        "import os, signal, sys; from builders import a_planned_job; from buying_terms import stored\n"
        "from campaign.ledger.ledger import Ledger\n"
        "ledger = Ledger.open(f'sqlite:///{sys.argv[1]}'); stored(ledger, a_planned_job('the last'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    tests = Path(__file__).parent.parent
    environ = {"PYTHONPATH": f"{tests}:{tests.parent}", "PATH": os.defpath}
    subprocess.run([sys.executable, "-c", script, path], env=environ, check=False)
    assert wal(path).exists()


def wal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def test_a_killed_process_loses_nothing(used: Path) -> None:
    killed_in_the_middle(used)
    with opened(used) as ledger:
        record = ledger.record(a_planned_job("the last").job.key)
        assert record is not None
        assert record.state == "stored"
        assert ledger.verify() == []


def test_a_lost_wal_is_noticed(used: Path) -> None:
    killed_in_the_middle(used)
    wal(used).unlink()
    with pytest.raises(LedgerError, match="holds 15 changes, but 20 were written: its -wal file"):
        opened(used)


def test_another_files_wal_is_noticed(used: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / "ledger.sqlite3"
    with opened(other) as ledger:
        stored(ledger, a_planned_job("elsewhere"))
    killed_in_the_middle(other)
    killed_in_the_middle(used)
    shutil.copy(wal(other), wal(used))
    with pytest.raises(LedgerError, match="Put back a copy"):
        opened(used)


def test_an_older_copy_is_noticed(used: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copy(used, copy)
    with opened(used) as ledger:
        stored(ledger, a_planned_job("since"))
    shutil.copy(copy, used)
    with pytest.raises(LedgerError, match="a newer copy is missing"):
        opened(used)


def test_a_ledger_from_the_future_is_refused(used: Path) -> None:
    with sqlite3.connect(used) as connection:
        connection.execute("UPDATE meta SET value = '9' WHERE name = 'version'")
    connection.close()
    with pytest.raises(LedgerError, match="has schema 9"):
        opened(used)


def test_a_folder_where_anybody_may_replace_files_is_refused(sqlite_path: Path) -> None:
    sqlite_path.parent.mkdir(mode=0o777)
    sqlite_path.parent.chmod(0o777)
    with pytest.raises(LedgerError, match="chmod o-w"):
        opened(sqlite_path)


def test_the_kind_of_file_system_is_known_on_linux(tmp_path: Path) -> None:
    if not Path("/proc/self/mountinfo").exists():
        pytest.skip("this system does not tell its mounts in /proc")
    assert sqlite_file._file_system(Path("/proc")) == "proc"
    assert sqlite_file._file_system(tmp_path) not in sqlite_file._SHARED | {""}


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite://", "sqlite:///:memory:", "not a url"])
def test_an_address_that_cannot_be_a_ledger_is_refused(url: str) -> None:
    with pytest.raises(SetupError, match="FANOUT_DATABASE_URL"):
        Ledger.open(url)


@pytest.mark.parametrize("folder", ["Kampagne für März", "50% off", "why?", "a#b", 'it\'s "new"', "a;b&c=d"])
def test_a_folder_may_have_any_name(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "ledger.sqlite3"
    with opened(path) as ledger:
        ledger.plan("fresh-days", [a_planned_job()])
    assert path.is_file()
    assert {child.name for child in tmp_path.iterdir()} == {folder}


def test_a_ledger_held_by_another_process_is_waited_for_then_named(used: Path) -> None:
    with opened(used, busy_s=0.2) as ledger:
        ledger.plan("fresh-days", [a_planned_job("new")])
        other = sqlite3.connect(used, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerBusy, match=r"ledger\.busy"):
            intend(ledger, a_planned_job("new"))
        other.execute("COMMIT")
        other.close()
        assert intend(ledger, a_planned_job("new")).granted


def test_a_ledger_held_for_a_moment_is_waited_for(used: Path) -> None:
    with opened(used, busy_s=20) as ledger:
        other = sqlite3.connect(used, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN EXCLUSIVE")
        threading.Timer(0.3, lambda: other.execute("COMMIT")).start()
        assert ledger.plan("fresh-days", [a_planned_job("new")]) == 1
        other.close()


def test_a_full_disk_grants_no_intent(small_disk: Path) -> None:
    path = small_disk / "ledger.sqlite3"
    with opened(path) as ledger:
        ledger.plan("fresh-days", [a_planned_job("one")])
        with pytest.raises(OSError, match="No space"), (small_disk / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(b"x" * 4096)
        with pytest.raises(LedgerError, match=r"disk is full \[disk.full\]"):
            for _ in range(200):  # room in the -wal file that is already there is used up first
                record = intend(ledger, a_planned_job("one")).record
                ledger.purchases.unsent(record.lease, "busy")
        (small_disk / "filler").unlink()
        record = ledger.record(a_planned_job("one").job.key)
        assert record is not None
        assert ledger.verify() == []
        ledger.plan("fresh-days", [a_planned_job("two")])
        assert intend(ledger, a_planned_job("two")).granted


def test_a_clock_set_back_is_refused(sqlite_path: Path) -> None:
    now = [time.time_ns() // 1000]
    with Ledger.open(f"sqlite:///{sqlite_path}", clock=lambda: now[0]) as ledger:
        ledger.plan("fresh-days", [a_planned_job("one")])
        now[0] -= 2_000_000
        ledger.plan("fresh-days", [a_planned_job("two")])
        now[0] -= 60_000_000
        with pytest.raises(LedgerError, match=r"clock went back 6\d s"):
            ledger.plan("fresh-days", [a_planned_job("three")])
    with (
        Ledger.open(f"sqlite:///{sqlite_path}", clock=lambda: now[0]) as ledger,
        pytest.raises(LedgerError, match="clock"),
    ):
        ledger.plan("fresh-days", [a_planned_job("three")])


def test_two_processes_may_begin_at_once(sqlite_path: Path) -> None:
    ready = threading.Barrier(4)

    def begin(n: int) -> None:
        ready.wait()
        with opened(sqlite_path) as ledger:
            ledger.plan("fresh-days", [a_planned_job(f"job {n}"), a_planned_job("shared")])

    threads = [threading.Thread(target=begin, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with opened(sqlite_path) as ledger:
        assert len(ledger.matching("")) == 5
        assert ledger.verify() == []
