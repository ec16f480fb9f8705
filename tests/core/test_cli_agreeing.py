"""What a person types about money is taken at its word, or not at all."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import click
import pytest

from campaign.ledger.ledger import Ledger
from campaign.model.approvals import SpendApproval, SpendState
from campaign.preparing.memory import open_memory
from campaign.settings import read_settings
from fanout import approve, reject
from fanout.endings import Refused

SMALL = Path(__file__).parents[1] / "fixtures" / "campaigns" / "small"

ASKED = SpendApproval(
    campaign="small",
    plan_sha256="a" * 64,
    state=SpendState.ASKED,
    price_usd=Decimal("10.08"),
    jobs=8,
    by="room",
    at=datetime(2026, 11, 20, tzinfo=UTC),
)


@pytest.fixture
def campaign_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A campaign with a run that waits for a yes to 10.08 USD."""
    for name in ("FANOUT_HOME", "FANOUT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(SMALL, tmp_path / "small")
    file = tmp_path / "small" / "campaign.toml"
    with open_memory(file, read_settings(beside=file.parent)) as memory:
        memory.ledger.say_of_spending(ASKED)
    return file


def said(command: click.Command, file: Path, *words: str) -> None:
    command.main([*words, "--campaign", str(file)], standalone_mode=False)


def ledger_of(file: Path) -> Ledger:
    return Ledger.open(f"sqlite:///{file.parent / '.fanout' / 'ledger.sqlite3'}")


def waits(file: Path) -> bool:
    with ledger_of(file) as ledger:
        return ledger.spend_answer("small", "a" * 64) is None and len(ledger.waiting_to_spend("small")) == 1


def test_a_variant_that_the_sheet_has_not_cannot_be_left_out(campaign_file: Path) -> None:
    yes = ("--spend", "--by", "Anna", "--leave-out")
    with pytest.raises(
        Refused, match=r"no variant de-de-wintr-families to leave out; did you mean de-de-winter-families"
    ):
        said(approve.command, campaign_file, *yes, "de-de-wintr-families")
    assert waits(campaign_file)
    said(approve.command, campaign_file, *yes, "de-de-winter-families")
    with ledger_of(campaign_file) as ledger:
        answer = ledger.spend_answer("small", "a" * 64)
    assert answer is not None
    left_out = ("de-de-winter-families",)
    assert answer == replace(ASKED, state=SpendState.AGREED, by="Anna", at=answer.at, left_out=left_out)


@pytest.mark.parametrize(
    ("command", "words", "told"),
    [
        (approve.command, ("--spend", "--only", "market=DE"), "--only goes not with --spend"),
        (approve.command, ("--spend", "--provider", "fal"), "--provider goes not with --spend"),
        (approve.command, ("--spend", "--waive", "frames"), "--waive goes not with --spend"),
        (approve.command, ("--leave-out", "de-de-winter-families"), "--leave-out goes only with --spend"),
        (approve.command, ("--placement", "meta.reels"), "--placement goes only with --waive"),
        (reject.command, ("--spend", "--only", "market=DE"), "--only goes not with --spend"),
        (reject.command, ("--plan", "aaaa"), "--plan goes only with --spend"),
    ],
)
def test_what_would_be_ignored_is_refused(
    campaign_file: Path, command: click.Command, words: tuple[str, ...], told: str
) -> None:
    with pytest.raises(click.UsageError, match=told):
        said(command, campaign_file, *words, "--by", "Anna")
    assert waits(campaign_file)


def test_what_waits_no_more_cannot_be_answered_and_says_what_to_do(
    campaign_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Refused, match=r"No plan bbbb… waits for a yes .* Start the run again, and it asks\."):
        said(approve.command, campaign_file, "--spend", "--plan", "bbbb", "--by", "Anna")
    said(reject.command, campaign_file, "--spend", "--plan", "aaaa", "--by", "Anna")
    assert "the run ends within seconds, and nothing is bought" in capsys.readouterr().err
    with pytest.raises(Refused, match=r"Nothing waits for a yes .* Start the run again, and it asks\."):
        said(approve.command, campaign_file, "--spend", "--by", "Ben")
    with ledger_of(campaign_file) as ledger:
        answer = ledger.spend_answer("small", "a" * 64)
    assert answer is not None and answer.state is SpendState.REFUSED
