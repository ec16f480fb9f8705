"""A backup of the ledger: whole while runs write, readable by itself, never over another file."""

import threading
from pathlib import Path

import pytest
from builders import a_planned_job
from buying_terms import stored

from campaign.errors import LedgerError
from campaign.ledger.backup import back_up
from campaign.ledger.ledger import Ledger


def test_a_backup_taken_while_a_run_writes_is_a_sound_ledger(tmp_path: Path) -> None:
    file, into, done = tmp_path / "home" / "ledger.sqlite3", tmp_path / "copy" / "ledger.sqlite3", threading.Event()
    into.parent.mkdir(mode=0o700)
    with Ledger.open(f"sqlite:///{file}") as ledger:
        first = stored(ledger, a_planned_job("first", price="1", provider="luma")).key

        def go_on() -> None:
            number = 0
            while not done.is_set():
                number += 1
                ledger.plan("fresh-days", [a_planned_job(f"job {number}", price="1", provider="luma")])

        writing = threading.Thread(target=go_on)
        writing.start()
        try:
            size = back_up(file, into)
        finally:
            done.set()
            writing.join()
    assert size == into.stat().st_size
    assert into.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in into.parent.iterdir()] == [into.name]
    with Ledger.open(f"sqlite:///{into}") as copy:
        assert copy.verify() == []
        assert copy.record(first) is not None


def test_nothing_is_written_over(tmp_path: Path) -> None:
    file, into = tmp_path / "home" / "ledger.sqlite3", tmp_path / "kept"
    with Ledger.open(f"sqlite:///{file}"):
        into.write_text("kept", encoding="utf-8")
        with pytest.raises(LedgerError, match="is there already"):
            back_up(file, into)
        with pytest.raises(LedgerError, match="cannot be written"):
            back_up(file, tmp_path / "nowhere" / "copy")
    assert into.read_text(encoding="utf-8") == "kept"
