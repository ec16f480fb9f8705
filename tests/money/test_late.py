"""Answers that come when nobody waits for them any more, and what is kept of any answer."""

import json
from decimal import Decimal

import pytest
from builders import a_planned_job
from buying_terms import intend, states, submitted
from doubts import CAPS, PRICE, a_job_of_luma, in_state, money

from campaign.errors import FenceLost, LedgerError
from campaign.ledger.intents import next_intent_id
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Cap, JobRecord, Money
from campaign.model.outcomes import JobState as S
from campaign.model.outcomes import Reason


def adopt(ledger: Ledger, record: JobRecord, remote_id: str = "late-1", owner: str = "late") -> JobRecord:
    """The answer to the intent of `record`, come to the one who sent it when it had lost the lease."""
    return ledger.purchases.adopt(
        record.key,
        intent_id=record.intent_id,
        remote_id=remote_id,
        request_id="req-1",
        owner=owner,
        lease_s=60,
        answer='{"state": "queued"}',
    )


@pytest.mark.parametrize("state", ["intent", "reconciling", "in_doubt"])
def test_a_late_answer_is_taken_up_under_a_new_fence(ledger: Ledger, state: str) -> None:
    record = in_state(ledger, state)
    adopted = adopt(ledger, record)
    assert (adopted.state, adopted.remote_id, adopted.lease_owner) == (S.SUBMITTED, "late-1", "late")
    assert (adopted.fence, adopted.reason) == (record.fence + 1, None)
    event = ledger.history(record.key)[-1]
    assert (event.request_id, event.answer) == ("req-1", '{"state": "queued"}')
    with pytest.raises(FenceLost):
        ledger.purchases.unsent(record.lease, "whoever held it meanwhile")
    assert ledger.purchases.ready(adopted.lease).price_final_usd == PRICE
    assert ledger.verify() == []


def test_a_late_answer_to_what_is_being_cancelled_leaves_it_to_be_cancelled(ledger: Ledger) -> None:
    record = in_state(ledger, "intent")
    record = ledger.purchases.cancelling(record.lease, "stopped")
    adopted = adopt(ledger, record)
    assert (adopted.state, adopted.remote_id, adopted.lease_owner) == (S.CANCELLING, "late-1", "late")


@pytest.mark.parametrize("state", ["planned", "budget", "cancelled", "rejected"])
def test_what_was_thought_unsent_and_was_paid_is_not_bought_again(ledger: Ledger, state: str) -> None:
    record = in_state(ledger, state)
    assert money(ledger).reserved_usd == 0
    adopted = adopt(ledger, record)
    assert (adopted.state, adopted.remote_id, adopted.attempt) == (S.SUBMITTED, "late-1", record.attempt)
    assert money(ledger).reserved_usd == PRICE
    assert states(ledger, record.key)[-2:] == ["intent", "submitted"]
    ready = ledger.purchases.ready(adopted.lease)
    assert (ready.price_final_usd, money(ledger)) == (PRICE, Money(Decimal(0), PRICE))
    assert ledger.verify() == []


def test_what_is_owed_already_is_held_whatever_the_cap_and_nothing_more_is_bought(ledger: Ledger) -> None:
    record = in_state(ledger, "planned")
    ledger.set_caps([Cap("campaign:fresh-days", Decimal(1))])
    adopt(ledger, record)
    assert money(ledger).reserved_usd == PRICE
    ledger.plan("fresh-days", [a_job_of_luma("another")])
    assert intend(ledger, a_job_of_luma("another"), caps=CAPS).record.state is S.BUDGET


def test_a_late_answer_that_is_known_changes_nothing(ledger: Ledger) -> None:
    record = submitted(ledger, a_job_of_luma(), remote_id="late-1")
    assert adopt(ledger, record) == record


@pytest.mark.parametrize("state", ["submitted", "ready", "stored", "dead", "lost"])
def test_a_second_id_is_never_dropped(ledger: Ledger, state: str) -> None:
    record = in_state(ledger, state)
    after = adopt(ledger, record)
    assert (after.state, after.remote_id, after.fence) == (record.state, "gen-1", record.fence)
    assert after.lease_owner == record.lease_owner
    event = ledger.history(record.key)[-1]
    assert (event.owner, event.request_id, event.from_state) == ("late", "req-1", record.state)
    assert "taken as late-1 too" in event.note
    assert ledger.verify() == []


def test_a_late_answer_to_an_attempt_that_was_given_up_is_kept_for_a_person(ledger: Ledger) -> None:
    doubt = in_state(ledger, "in_doubt")
    planned = ledger.resubmit(doubt.key, by="anna")
    after = adopt(ledger, doubt)
    assert (after.state, after.attempt, after.remote_id) == (S.PLANNED, 2, None)
    assert after.note.startswith(f"{planned.note} It was taken as late-1 too,")
    assert intend(ledger, a_job_of_luma(), caps=CAPS).granted
    assert any("late-1" in event.note for event in ledger.history(doubt.key))
    assert ledger.verify() == []


def test_an_answer_of_one_provider_is_never_taken_for_anothers(ledger: Ledger) -> None:
    sent = in_state(ledger, "planned")
    elsewhere = intend(ledger, a_planned_job(price="2", provider="fal"), caps=CAPS).record
    assert (elsewhere.attempt, elsewhere.provider) == (2, "fal")
    assert elsewhere.intent_id != sent.intent_id
    after = adopt(ledger, sent)
    assert (after.state, after.remote_id, after.provider) == (S.INTENT, None, "fal")
    assert "late-1" in after.note


def test_a_second_name_under_the_same_lease_is_kept_beside_the_first(ledger: Ledger) -> None:
    record = in_state(ledger, "submitted")
    after = ledger.purchases.submitted(record.lease, remote_id="gen-2", request_id="req-2")
    assert (after.remote_id, after.fence) == ("gen-1", record.fence)
    assert "gen-2" in after.note
    assert ledger.purchases.submitted(record.lease, remote_id="gen-2") == after


def test_an_answer_to_what_was_never_meant_to_be_sent_is_not_taken_up(ledger: Ledger) -> None:
    ledger.plan("fresh-days", [a_job_of_luma()])
    [planned] = ledger.matching("")
    after = adopt(ledger, planned)
    assert (after.state, after.remote_id) == (S.PLANNED, None)
    assert "late-1" in after.note


def test_what_was_cancelled_begins_anew_even_after_its_budget_was_empty(ledger: Ledger) -> None:
    record = submitted(ledger, a_job_of_luma(), caps=CAPS)
    ledger.purchases.ended(record.lease, S.CANCELLED, note="called off", reason=Reason.CANCELLED)
    ledger.set_caps([Cap("campaign:fresh-days", Decimal(1))])
    assert intend(ledger, a_job_of_luma(), caps=CAPS).record.state is S.BUDGET
    ledger.set_caps([Cap("campaign:fresh-days", Decimal(5))])
    again = intend(ledger, a_job_of_luma(), caps=CAPS).record
    assert (again.attempt, again.remote_id) == (2, None)
    assert again.intent_id != record.intent_id
    assert [line["state"] for line in ledger.export()] == ["cancelled", "intent"]


@pytest.mark.parametrize("provider", ["luma", "fal"])
@pytest.mark.parametrize("state", ["fresh", "planned", "budget", "cancelled", "rejected"])
def test_the_name_of_the_next_intent_is_known_before_it_is_written(ledger: Ledger, state: str, provider: str) -> None:
    planned = a_planned_job(price="2", provider=provider)
    if state == "fresh":
        ledger.plan("fresh-days", [a_job_of_luma()])
    else:
        in_state(ledger, state)
    [record] = ledger.matching("")
    intent = intend(ledger, planned, caps=CAPS)
    assert intent.granted == (state != "rejected" or provider == "fal")
    if intent.granted:
        assert next_intent_id(record, provider) == intent.record.intent_id


def test_what_has_a_name_at_its_provider_was_sent(ledger: Ledger) -> None:
    record = submitted(ledger, a_job_of_luma(), caps=CAPS)
    with pytest.raises(LedgerError, match="is submitted, and gen-1 at luma: it was sent"):
        ledger.purchases.unsent(record.lease, "never arrived")
    assert money(ledger).reserved_usd == PRICE


def test_what_has_ended_as_spent_is_never_called_unsent(ledger: Ledger) -> None:
    doubt = in_state(ledger, "in_doubt")
    dead = ledger.purchases.ended(doubt.lease, S.DEAD, note="given up", billed_usd=PRICE)
    with pytest.raises(LedgerError, match="dead"):
        ledger.purchases.unsent(dead.lease, "never arrived")


def test_what_is_noted_stays_where_it_is_and_its_answer_is_kept(ledger: Ledger) -> None:
    record = submitted(ledger, a_job_of_luma())
    noted = ledger.purchases.noted(record.lease, "luma says `dreaming`", answer='{"state": "dreaming"}')
    assert (noted.state, noted.fence, noted.note) == (S.SUBMITTED, record.fence, "luma says `dreaming`")
    assert ledger.history(record.key)[-1].answer == '{"state": "dreaming"}'
    assert ledger.history(record.key)[-2].answer == ""


def test_far_too_long_an_answer_is_cut_and_still_json(ledger: Ledger) -> None:
    record = submitted(ledger, a_job_of_luma())
    ledger.purchases.ready(record.lease, answer=json.dumps(["x" * 100_000]))
    kept = json.loads(ledger.history(record.key)[-1].answer)
    assert kept["cut_off"].startswith('["xxx')
    assert len(kept["cut_off"]) < 20_000
