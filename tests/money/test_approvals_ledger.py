"""Decisions about drafts in the ledger: none is ever lost, the newest counts."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from campaign.ledger.ledger import Ledger
from campaign.model.approvals import Approval, Take, Verdict

AT = datetime(2026, 11, 20, 10, 30, 0, 250_000, tzinfo=UTC)


def an_approval(**changes: Any) -> Approval:
    usual: dict[str, Any] = {
        "campaign": "fresh-days", "variant": "de-winter", "ratio": "9:16", "verdict": Verdict.APPROVED,
        "file": "deliverables/9x16/de.mp4", "file_sha256": "a" * 64, "prompt_sha256": "b" * 64, "model": "ray-3.2",
        "takes": (Take(0, 97, "c" * 64), Take(97, 192, "d" * 64)), "by": "anna", "at": AT, "note": "lovely",
    }  # fmt: skip
    return Approval(**{**usual, **changes})


def test_a_decision_comes_back_as_it_was_made(ledger: Ledger) -> None:
    assert ledger.approvals("fresh-days") == {}
    made = an_approval()
    ledger.decide([made])
    assert ledger.approvals("fresh-days") == {("de-winter", "9:16"): made}


def test_the_newest_decision_about_each_film_counts(ledger: Ledger) -> None:
    first, other = an_approval(), an_approval(ratio="1:1", takes=())
    ledger.decide([first, other])
    second = an_approval(verdict=Verdict.REJECTED, by="ben", at=datetime(2020, 1, 1, tzinfo=UTC))
    ledger.decide(iter([second]))
    assert ledger.approvals("fresh-days") == {("de-winter", "9:16"): second, ("de-winter", "1:1"): other}


def test_of_two_decisions_made_at_once_the_last_one_counts(ledger: Ledger) -> None:
    last = an_approval(verdict=Verdict.REJECTED)
    ledger.decide([an_approval(), last])
    assert ledger.approvals("fresh-days") == {("de-winter", "9:16"): last}


def test_campaigns_do_not_see_each_others_decisions(ledger: Ledger) -> None:
    ledger.decide([an_approval(campaign="other")])
    ledger.decide([])
    assert ledger.approvals("fresh-days") == {}
    assert list(ledger.approvals("other")) == [("de-winter", "9:16")]


def test_an_earlier_decision_is_kept(ledger: Ledger) -> None:
    ledger.decide([an_approval()])
    ledger.decide([an_approval(verdict=Verdict.REJECTED)])
    with ledger._engine.connect() as connection:
        kept = connection.execute(text("SELECT verdict FROM approval ORDER BY seq")).scalars().all()
    assert kept == ["approved", "rejected"]
