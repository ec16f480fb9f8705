"""`fanout jobs resolve` and `thaw`: what a person decides, what it means for the money, and what is refused."""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from builders import a_planned_job
from buying_terms import planned_and_intended, states, submitted

from campaign.ledger.ledger import Ledger
from campaign.ledger.records import JobRecord, Outcome
from campaign.model.outcomes import JobState
from fanout import exits
from fanout.__main__ import perform

PLANNED = a_planned_job("hero", provider="luma", price="1.08")


class Desk:
    """A campaign's folder with its ledger, and the command line at work in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (folder / "campaign.toml").write_text("schema = 1\n", encoding="utf-8")
        self.folder = folder
        self._capsys = capsys
        with self.ledger() as ledger:
            record = planned_and_intended(ledger, PLANNED)
            record = ledger.purchases.reconciling(record.lease, "the answer was lost")
            self.job = ledger.purchases.in_doubt(record.lease, "connection reset after the request had left")

    def ledger(self) -> Ledger:
        home = self.folder / ".fanout"
        home.mkdir(exist_ok=True, mode=0o700)
        return Ledger.open(f"sqlite:///{home / 'ledger.sqlite3'}")

    def jobs(self, *arguments: str, code: int = 0) -> tuple[Any, str]:
        """`fanout jobs …`: its one document, and what it said."""
        assert perform(["jobs", *arguments, "--json"]) == code
        out, err = self._capsys.readouterr()
        assert out.count("\n") == 1
        return json.loads(out), err

    def record(self, key: str = PLANNED.job.key) -> JobRecord:
        with self.ledger() as ledger:
            found = ledger.record(key)
        assert found is not None
        return found

    def money(self) -> tuple[Decimal, Decimal]:
        with self.ledger() as ledger:
            money = ledger.money("fresh-days")
        return money.reserved_usd, money.spent_usd


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USER", "grace")
    return Desk(tmp_path, capsys)


SHORT = PLANNED.job.key[:8]
HELD, FREE, SPENT = (Decimal("1.08"), Decimal(0)), (Decimal(0), Decimal(0)), (Decimal(0), Decimal("1.08"))


def test_what_was_paid_is_left_to_the_next_run_to_collect(desk: Desk) -> None:
    told, err = desk.jobs("resolve", SHORT, "--paid", " gen-7 ", "--by", "ada", "--yes")
    assert told["state"] == "submitted"
    assert (told["remote_id"], told["provider_says"], told["by"]) == ("gen-7", None, "ada")
    assert "gen-7 was not looked up: luma needs a key: set LUMA_AGENTS_API_KEY" in err
    assert "1.08 USD stay held" in err
    assert desk.record().state is JobState.SUBMITTED
    assert desk.money() == HELD
    with desk.ledger() as ledger:
        assert ledger.history(PLANNED.job.key)[-1].note == "ada found it at luma as gen-7."


def test_an_id_that_nobody_looked_up_is_taken_only_on_demand(desk: Desk) -> None:
    told, _ = desk.jobs("resolve", SHORT, "--paid", "gen-7", code=exits.REFUSED)
    assert told["error"].endswith("Nothing was changed: look the id up again, or say --yes to take it as it is.")
    assert desk.record().state is JobState.IN_DOUBT


def test_what_was_not_paid_is_free_again(desk: Desk) -> None:
    told, err = desk.jobs("resolve", SHORT, "--not-paid")
    assert (told["state"], told["attempt"], told["by"]) == ("planned", 1, "grace")
    assert "1.08 USD are free again" in err
    assert "paid twice" in err
    assert desk.money() == FREE


def test_sending_again_may_pay_twice_and_is_asked_about(desk: Desk) -> None:
    told, _ = desk.jobs("resolve", SHORT, "--resubmit", code=exits.REFUSED)
    assert "1.08 USD count as spent" in told["error"]
    assert told["error"].endswith("Nothing was changed: say --yes to do it.")
    assert desk.money() == HELD
    told, _ = desk.jobs("resolve", SHORT, "--resubmit", "--yes")
    assert (told["state"], told["attempt"]) == ("planned", 2)
    assert desk.money() == SPENT
    with desk.ledger() as ledger:
        assert states(ledger, PLANNED.job.key)[-2:] == ["dead", "planned"]


@pytest.mark.parametrize(
    "said",
    [(), ("--paid", "gen-7", "--not-paid"), ("--not-paid", "--resubmit"), ("--paid", "a", "--not-paid", "--resubmit")],
)
def test_one_decision_is_said_and_no_other(desk: Desk, said: Sequence[str]) -> None:
    told, _ = desk.jobs("resolve", SHORT, *said, "--yes", code=exits.REFUSED)
    assert told["error"] == "Say exactly one of --paid REMOTE_ID | --not-paid | --resubmit."
    assert desk.record().state is JobState.IN_DOUBT


@pytest.mark.parametrize(("key", "told"), [("ffff", "No job in the ledger"), ("", "No job has an empty key")])
def test_a_key_that_names_no_job_changes_nothing(desk: Desk, key: str, told: str) -> None:
    document, _ = desk.jobs("resolve", key, "--not-paid", code=exits.REFUSED)
    assert told in document["error"]
    assert desk.record().state is JobState.IN_DOUBT


def test_a_job_that_is_not_in_doubt_is_told_with_what_to_do(desk: Desk) -> None:
    other = a_planned_job("pour", provider="luma", price="1.08")
    with desk.ledger() as ledger:
        submitted(ledger, other)
    told, _ = desk.jobs("resolve", other.job.key[:8], "--not-paid", code=exits.REFUSED)
    assert told["error"] == (
        f"Job {other.job.key[:8]} is submitted, not in doubt. `fanout run` goes on with it. Nothing was changed."
    )


@pytest.mark.parametrize("remote_id", ["", "  ", "gen\x1b[2J"])
def test_an_id_that_cannot_be_one_is_refused(desk: Desk, remote_id: str) -> None:
    told, _ = desk.jobs("resolve", SHORT, "--paid", remote_id, "--yes", code=exits.REFUSED)
    assert "is no id of luma. Nothing was changed." in told["error"]


def test_one_result_is_not_two_jobs(desk: Desk) -> None:
    other = a_planned_job("pour", provider="luma", price="1.08")
    with desk.ledger() as ledger:
        submitted(ledger, other, remote_id="gen-7")
    told, _ = desk.jobs("resolve", SHORT, "--paid", "gen-7", "--yes", code=exits.REFUSED)
    assert f"gen-7 is what luma calls job {other.job.key[:12]}" in told["error"]
    assert desk.record().state is JobState.IN_DOUBT


def test_the_list_gives_the_command_for_each_job_in_doubt(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert perform(["jobs", "list"]) == 0
    err = capsys.readouterr().err
    assert "1 job may have been paid. Look at luma for each" in err
    assert f"fanout jobs resolve {SHORT} --paid REMOTE_ID | --not-paid | --resubmit" in err


def test_one_job_is_shown_with_its_history_and_what_to_do(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert perform(["jobs", "show", SHORT]) == 0
    err = capsys.readouterr().err
    assert "connection reset after the request had left" in err
    assert desk.job.intent_id in err
    assert f"Look whether luma has it, then: fanout jobs resolve {SHORT}" in err
    told, _ = desk.jobs("show", SHORT)
    assert told["job"]["state"] == "in_doubt"
    assert [event["to_state"] for event in told["history"]] == ["planned", "intent", "reconciling", "in_doubt"]


def test_what_a_provider_answered_is_shown_cut_to_a_page(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    other = a_planned_job("pour", provider="luma", price="1.08")
    answer = json.dumps({"state": "failed", "detail": "x" * 3000})
    with desk.ledger() as ledger:
        record = submitted(ledger, other)
        ledger.purchases.ended(record.lease, JobState.REJECTED, note="moderated", answer=answer)
    assert perform(["jobs", "show", other.job.key]) == 0
    err = capsys.readouterr().err
    assert '{"state": "failed"' in err
    assert "characters more, see --json)" in err
    told, _ = desk.jobs("show", other.job.key)
    assert told["history"][-1]["answer"] == answer


def test_a_provider_that_billed_too_much_is_bought_at_again_when_a_person_says_so(desk: Desk) -> None:
    dear = a_planned_job("pour", provider="luma", price="1.08")
    with desk.ledger() as ledger:
        record = submitted(ledger, dear)
        ledger.purchases.ready(record.lease, price_usd=Decimal(2))
        assert ledger.brakes()
    told, err = desk.jobs("thaw", "luma")
    assert "billed 2.00 USD where 1.08 were quoted" in told["was_stopped_by"][0]
    assert "was stopped: " in err
    with desk.ledger() as ledger:
        assert ledger.brakes() == {}


def test_a_provider_that_refused_the_key_is_tried_again_when_a_person_says_so(desk: Desk) -> None:
    with desk.ledger() as ledger:
        ledger.heard("luma", "modify", Outcome.BARRED, "the key is refused")
    told, _ = desk.jobs("thaw", "luma")
    assert told["was_stopped_by"] == ["the key is refused"]
    with desk.ledger() as ledger:
        assert {route.state for route in ledger.routes()} == {"half-open"}


def test_what_is_not_stopped_is_not_thawed(desk: Desk) -> None:
    told, _ = desk.jobs("thaw", "fal", code=exits.REFUSED)
    assert told["error"] == "Nothing is stopped at 'fal'. Nothing was changed."
    with desk.ledger() as ledger:
        ledger.heard("luma", "modify", Outcome.BARRED, "no credit")
    told, _ = desk.jobs("thaw", "fal", code=exits.REFUSED)
    assert "Stopped is: luma." in told["error"]


def test_a_person_is_asked_before_a_job_counts_as_not_paid(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def no(question: str, **_: object) -> bool:
        asked.append(question)
        return False

    monkeypatch.setattr("fanout.deciding.attended", lambda: True)
    monkeypatch.setattr("click.confirm", no)
    told, _ = desk.jobs("resolve", SHORT, "--not-paid", code=exits.REFUSED)
    assert told["error"] == "Not agreed to; nothing was changed."
    assert "it is paid twice. Are you sure that it was not paid?" in asked[0]
    assert desk.record().state is JobState.IN_DOUBT
    told, _ = desk.jobs("resolve", SHORT, "--not-paid", "--yes")
    assert (told["state"], len(asked)) == ("planned", 1)
