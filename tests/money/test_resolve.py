"""What a person decides of a job in doubt."""

from decimal import Decimal

import pytest
from buying_terms import intend, states, submitted
from doubts import CAPS, PRICE, a_job_of_luma, in_state, money, now

from campaign.errors import FenceLost, LedgerError
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import JobRecord, Money
from campaign.model.outcomes import JobState as S


def decide(ledger: Ledger, verb: str, key: str) -> JobRecord:
    match verb:
        case "paid":
            return ledger.resolve_paid(key, "gen-7", by="anna")
        case "not_paid":
            return ledger.resolve_not_paid(key, by="anna")
        case _:
            return ledger.resubmit(key, by="anna")


def test_what_a_person_found_paid_is_collected_by_the_next_run(ledger: Ledger) -> None:
    doubt = in_state(ledger, "in_doubt")
    record = ledger.resolve_paid(doubt.key, "gen-7", by="anna")
    assert (record.state, record.remote_id, record.lease_owner, record.reason) == (S.SUBMITTED, "gen-7", None, None)
    assert (record.attempt, record.price_reserved_usd) == (1, PRICE)
    event = ledger.history(doubt.key)[-1]
    assert (event.owner, event.note) == ("anna", "anna found it at luma as gen-7.")
    mine = ledger.purchases.claim(doubt.key, state=S.SUBMITTED, owner="next", lease_s=60)
    assert ledger.purchases.ready(mine.lease).price_final_usd == PRICE
    assert ledger.verify() == []


def test_what_a_person_found_unpaid_is_planned_again_and_its_money_is_free(ledger: Ledger) -> None:
    doubt = in_state(ledger, "in_doubt")
    record = ledger.resolve_not_paid(doubt.key, by="anna")
    assert (record.state, record.attempt, record.intent_id, record.reason) == (S.PLANNED, 1, doubt.intent_id, None)
    assert money(ledger) == Money(Decimal(0), Decimal(0))
    event = ledger.history(doubt.key)[-1]
    assert (event.owner, event.note) == ("anna", "anna says that luma never took it.")
    assert intend(ledger, a_job_of_luma(), caps=CAPS).record.attempt == 1
    assert ledger.verify() == []


def test_what_a_person_has_sent_again_counts_as_spent_and_begins_anew(ledger: Ledger) -> None:
    doubt = in_state(ledger, "in_doubt")
    record = ledger.resubmit(doubt.key, by="anna")
    assert (record.state, record.attempt, record.price_final_usd) == (S.PLANNED, 2, None)
    assert record.intent_id != doubt.intent_id
    assert money(ledger) == Money(Decimal(0), PRICE)
    assert states(ledger, doubt.key)[-2:] == ["dead", "planned"]
    assert [event.owner for event in ledger.history(doubt.key)[-2:]] == ["anna", "anna"]
    old, new = ledger.export("fresh-days")
    assert (old["attempt"], old["state"], old["price_final_usd"], old["price_reserved_usd"]) == (1, "dead", 2, 0)
    assert "anna had it sent again" in old["note"]
    assert (new["attempt"], new["state"], new["price_final_usd"], new["remote_id"]) == (2, "planned", None, None)
    again = intend(ledger, a_job_of_luma(), caps=CAPS)
    assert (again.granted, again.record.attempt) == (True, 2)
    assert money(ledger) == Money(PRICE, PRICE)
    assert ledger.verify() == []


def test_sending_again_has_to_fit_into_the_budget(ledger: Ledger) -> None:
    first, second = in_state(ledger, "in_doubt", "one"), in_state(ledger, "in_doubt", "two")
    ledger.resubmit(first.key, by="anna")
    refused = intend(ledger, a_job_of_luma("one"), caps=CAPS)
    assert (refused.record.state, refused.record.attempt) == (S.BUDGET, 2)
    assert money(ledger) == Money(PRICE, PRICE)
    assert now(ledger, second).price_reserved_usd == PRICE


@pytest.mark.parametrize("verb", ["paid", "not_paid", "resubmit"])
@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("planned", "planned, not in doubt: there is nothing to resolve"),
        ("intent", "intent, not in doubt: run again"),
        ("reconciling", "reconciling, not in doubt: run again"),
        ("submitted", "submitted, not in doubt: there is nothing to resolve"),
        ("rejected", "rejected, not in doubt: there is nothing to resolve"),
    ],
)
def test_only_a_doubt_is_resolved(ledger: Ledger, verb: str, state: str, said: str) -> None:
    ledger.plan("fresh-days", [a_job_of_luma()])
    record = now(ledger, in_state(ledger, state))
    with pytest.raises(LedgerError, match=said):
        decide(ledger, verb, record.key)
    assert now(ledger, record) == record


def test_a_doubt_is_resolved_once(ledger: Ledger) -> None:
    doubt = in_state(ledger, "in_doubt")
    ledger.resolve_not_paid(doubt.key, by="anna")
    with pytest.raises(LedgerError, match="planned, not in doubt"):
        ledger.resubmit(doubt.key, by="ben")


def test_the_id_of_another_job_or_attempt_or_of_nothing_is_refused(ledger: Ledger) -> None:
    other = submitted(ledger, a_job_of_luma("other"), remote_id="gen-1")
    mine = submitted(ledger, a_job_of_luma("mine"), remote_id="gen-2")
    ledger.purchases.again(mine.lease, "failed")
    doubt = in_state(ledger, "in_doubt", "mine")
    assert doubt.attempt == 2
    for remote_id, said in (("gen-1", other.key[:12]), ("gen-2", "an earlier attempt"), (" ", "name the id")):
        with pytest.raises(LedgerError, match=said):
            ledger.resolve_paid(doubt.key, remote_id, by="anna")
    assert now(ledger, doubt) == doubt
    assert ledger.resolve_paid(doubt.key, "gen-3", by="anna").state is S.SUBMITTED


def test_whoever_held_the_doubt_before_can_no_longer_write(ledger: Ledger) -> None:
    doubt = in_state(ledger, "in_doubt")
    ledger.resolve_paid(doubt.key, "gen-7", by="anna")
    with pytest.raises(FenceLost):
        ledger.purchases.submitted(doubt.lease, remote_id="gen-9")
