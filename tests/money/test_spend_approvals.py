"""Approvals of spending in the ledger: bound to one plan, none is ever lost, the newest answer counts."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from campaign.ledger.ledger import Ledger
from campaign.model.approvals import SpendApproval, SpendState

AT = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)


def an_approval(**changes: Any) -> SpendApproval:
    usual: dict[str, Any] = {
        "campaign": "fresh-days", "plan_sha256": "a" * 64, "state": SpendState.ASKED, "price_usd": Decimal("12.96"), "jobs": 24,
        "by": "room", "at": AT,
    }  # fmt: skip
    return SpendApproval(**{**usual, **changes})


def test_an_approval_comes_back_as_it_was_said_and_only_about_its_own_plan(ledger: Ledger) -> None:
    ledger.say_of_spending(an_approval())
    assert ledger.spend_answer("fresh-days", "a" * 64) is None
    said = an_approval(state=SpendState.AGREED, by="anna", left_out=("fr-winter",), note="go")
    ledger.say_of_spending(said)
    assert ledger.spend_answer("fresh-days", "a" * 64) == said
    assert ledger.spend_answer("fresh-days", "b" * 64) is None
    assert ledger.spend_answer("other", "a" * 64) is None


def test_what_was_asked_waits_until_it_is_answered(ledger: Ledger) -> None:
    first, second = an_approval(), an_approval(plan_sha256="b" * 64, price_usd=Decimal("0.000001"))
    for approval in (first, second, an_approval(campaign="other")):
        ledger.say_of_spending(approval)
    assert ledger.waiting_to_spend("fresh-days") == (first, second)
    ledger.say_of_spending(an_approval(state=SpendState.REFUSED, by="ben"))
    assert ledger.waiting_to_spend("fresh-days") == (second,)
    again = an_approval(at=datetime(2026, 11, 21, tzinfo=UTC))
    ledger.say_of_spending(again)
    assert ledger.waiting_to_spend("fresh-days") == (second, again)


def test_a_run_that_ends_unanswered_takes_back_its_own_question_alone(ledger: Ledger) -> None:
    first, second = an_approval(by="ada"), an_approval(by="ben")
    gone = an_approval(state=SpendState.UNANSWERED)
    for approval in (first, second, gone):
        ledger.say_of_spending(approval)
    (waiting,) = ledger.waiting_to_spend("fresh-days")
    assert waiting.plan_sha256 == first.plan_sha256, "the other one still waits"
    ledger.say_of_spending(gone)
    assert ledger.waiting_to_spend("fresh-days") == ()
    ledger.say_of_spending(gone)
    ledger.say_of_spending(first)
    assert ledger.waiting_to_spend("fresh-days") == (first,), "what was taken back too often hides no later question"


def test_a_question_that_is_asked_or_taken_back_later_hides_no_answer(ledger: Ledger) -> None:
    yes = an_approval(state=SpendState.AGREED, by="anna")
    for approval in (an_approval(), an_approval(), yes, an_approval(state=SpendState.UNANSWERED), an_approval()):
        ledger.say_of_spending(approval)
    assert ledger.spend_answer("fresh-days", "a" * 64) == yes


def test_of_two_answers_the_first_one_is_written_down(ledger: Ledger) -> None:
    yes, no = an_approval(state=SpendState.AGREED, by="anna"), an_approval(state=SpendState.REFUSED, by="ben")
    assert not ledger.answer_spending(yes), "nobody has asked"
    ledger.say_of_spending(an_approval())
    assert ledger.answer_spending(yes)
    assert not ledger.answer_spending(no)
    assert ledger.spend_answer("fresh-days", "a" * 64) == yes
