"""Our own server ends by itself when nobody uses it any more."""

from contextlib import closing
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest
from waiting import until

from flows.hosting import process, seats


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "WATCH_S", 0.02)
    monkeypatch.setattr(process, "ALONE_S", 0.1)


def test_a_server_whose_home_was_removed_ends(tmp_path: Path) -> None:
    server = SimpleNamespace(should_exit=False)
    process._leave_when_alone(server, tmp_path / "removed")
    assert server.should_exit


def test_a_server_stays_while_somebody_uses_it_or_is_about_to(tmp_path: Path) -> None:
    server = SimpleNamespace(should_exit=False)
    watching = Thread(target=process._leave_when_alone, args=(server, tmp_path))
    with closing(seats.lock(tmp_path / seats.START_LOCK)):
        with closing(seats.lock(tmp_path / seats.USERS_LOCK, shared=True)):
            watching.start()
            watching.join(0.5)
        watching.join(0.5)
        assert not server.should_exit
    until(lambda: server.should_exit, within_s=10)
    watching.join(10)
    assert not seats.free(tmp_path / seats.START_LOCK), "held until its process ends"
    process._HELD.pop().close()
