"""Words about spending in the ledger: bound to one plan, none is ever lost, the newest counts."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from campaign.ledger.ledger import Ledger
from campaign.model.approvals import SpendApproval, Word

AT = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)


def a_word(**changes: Any) -> SpendApproval:
    usual: dict[str, Any] = {
        "campaign": "fresh-days", "plan_sha256": "a" * 64, "word": Word.ASKED, "price_usd": Decimal("12.96"), "jobs": 24,
        "by": "room", "at": AT,
    }  # fmt: skip
    return SpendApproval(**{**usual, **changes})


def test_a_word_comes_back_as_it_was_said_and_only_about_its_own_plan(ledger: Ledger) -> None:
    assert ledger.word_about("fresh-days", "a" * 64) is None
    said = a_word(word=Word.AGREED, by="anna", left_out=("fr-winter",), note="go")
    ledger.say_of_spending(said)
    assert ledger.word_about("fresh-days", "a" * 64) == said
    assert ledger.word_about("fresh-days", "b" * 64) is None
    assert ledger.word_about("other", "a" * 64) is None


def test_what_was_asked_waits_until_it_is_answered(ledger: Ledger) -> None:
    first, second = a_word(), a_word(plan_sha256="b" * 64, price_usd=Decimal("0.000001"))
    for word in (first, second, a_word(campaign="other")):
        ledger.say_of_spending(word)
    assert ledger.waiting_to_spend("fresh-days") == (first, second)
    ledger.say_of_spending(a_word(word=Word.REFUSED, by="ben"))
    assert ledger.waiting_to_spend("fresh-days") == (second,)
    again = a_word(at=datetime(2026, 11, 21, tzinfo=UTC))
    ledger.say_of_spending(again)
    assert ledger.waiting_to_spend("fresh-days") == (second, again)


def test_the_next_edition_is_told_before_anything_is_written(ledger: Ledger) -> None:
    asks = [("de", "ask-1"), ("fr", "ask-1"), ("de", "ask-2")]
    ledger.bump("other", [("it", "ask-1")], by="anna")
    told = ledger.next_editions(asks)
    assert told == {("de", "ask-1"): 3, ("fr", "ask-1"): 3, ("de", "ask-2"): 2}
    assert ledger.editions("fresh-days") == {}
    assert ledger.bump("fresh-days", asks, by="anna") == told
