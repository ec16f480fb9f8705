"""A ledger moved from its file to a server: all of it, once; nobody buys by the file afterwards."""

from collections.abc import Callable
from pathlib import Path

import pytest
from builders import a_finished, a_planned_job, an_approval
from buying_terms import planned_and_intended, stored

from campaign.errors import LedgerError
from campaign.ledger import moving
from campaign.ledger.ledger import Ledger
from campaign.ledger.moving import move, paid_in
from campaign.model.outcomes import JobState

pytestmark = pytest.mark.postgres


@pytest.fixture
def server_url(new_schema: Callable[[], str]) -> str:
    return new_schema()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A ledger with one job stored, one planned, a film and an approval."""
    path = tmp_path / "home" / "ledger.sqlite3"
    with Ledger.open(f"sqlite:///{path}") as ledger:
        buy(ledger, "bought")
        ledger.plan("fresh-days", [a_planned_job("planned", price="1", provider="luma")])
        ledger.record_finished(a_finished())
        ledger.decide([an_approval()])
    return path


def buy(ledger: Ledger, name: str) -> str:
    return stored(ledger, a_planned_job(name, price="1", provider="luma"), remote_id=f"gen-{name}").key


def told(url: str) -> list[dict[str, object]]:
    with Ledger.open(url) as ledger:
        assert ledger.verify() == []
        return list(ledger.export())


def test_everything_is_there_and_goes_on_there(file: Path, server_url: str) -> None:
    before = told(f"sqlite:///{file}")
    assert move(file, server_url) == 2
    assert told(server_url) == before
    with Ledger.open(server_url) as ledger:
        assert ledger.finished([a_finished().key])
        assert ledger.decisions(an_approval().campaign)
        buy(ledger, "later")
        assert ledger.verify() == []


def test_the_file_is_of_no_use_any_more(file: Path, server_url: str) -> None:
    with Ledger.open(f"sqlite:///{file}") as open_before:
        move(file, server_url)
        with pytest.raises(LedgerError, match="moved to a server"):
            buy(open_before, "behind our back")
    with pytest.raises(LedgerError, match="was moved to postgresql"):
        Ledger.open(f"sqlite:///{file}")
    with pytest.raises(LedgerError, match="was moved to"):
        move(file, server_url)
    assert paid_in(file) == ()


def test_interrupted_before_the_file_is_retired_it_is_begun_again(
    file: Path, server_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(moving, "retire", killed)
        with pytest.raises(KeyboardInterrupt):
            move(file, server_url)
    assert len(told(f"sqlite:///{file}")) == 2
    assert move(file, server_url) == 2
    assert len(told(server_url)) == 2


def test_another_ledger_is_not_written_into(file: Path, server_url: str) -> None:
    with Ledger.open(server_url) as other:
        buy(other, "of another campaign")
    with pytest.raises(LedgerError, match="something else already"):
        move(file, server_url)
    assert len(told(f"sqlite:///{file}")) == 2


def test_a_run_at_work_is_waited_for(file: Path, server_url: str) -> None:
    with Ledger.open(f"sqlite:///{file}") as ledger:
        planned_and_intended(ledger, a_planned_job("under way", price="1", provider="luma"))
        with pytest.raises(LedgerError, match="a run is at work on 1 job"):
            move(file, server_url)
        assert ledger.records_in("fresh-days", [JobState.INTENT])


def test_what_was_paid_is_told(file: Path) -> None:
    assert len(paid_in(file)) == 1
