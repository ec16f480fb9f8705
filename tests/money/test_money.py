"""Money: no cap is ever passed, whoever buys at the same time; what a vendor does beyond its price is told."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from builders import a_planned_job, a_variant
from buying_terms import intend, planned_and_intended, stored, submitted

from campaign.buying.purse import Purse
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Cap, Money
from campaign.model.campaign import Budget
from campaign.model.outcomes import JobState, Reason

CAMPAIGN = "campaign:fresh-days"
PRICE = "7"
BUYER = """
import sys
from builders import a_planned_job
from buying_terms import intend
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Cap
from decimal import Decimal
caps = (Cap("campaign:fresh-days", Decimal(500)), Cap("run:1", None))
with Ledger.open(sys.argv[1]) as ledger:
    first, last = int(sys.argv[2]), int(sys.argv[3])
    grants = [intend(ledger, a_planned_job(f"job {n}", price="7", provider="luma"), caps=caps) for n in range(first, last)]
    print(sum(grant.granted for grant in grants))
"""


def capped(usd: str | None) -> tuple[Cap, ...]:
    return (Cap(CAMPAIGN, None if usd is None else Decimal(usd)),)


def test_a_price_is_reserved_then_spent(ledger: Ledger) -> None:
    record = submitted(ledger, a_planned_job(price="1.08", provider="luma"), caps=capped("5"))
    assert ledger.money("fresh-days") == Money(Decimal("1.08"), Decimal(0))
    record = ledger.purchases.ready(record.lease)
    assert (record.price_reserved_usd, record.price_final_usd) == (0, Decimal("1.08"))
    assert ledger.money("fresh-days") == Money(Decimal(0), Decimal("1.08"))


def test_a_cheaper_bill_frees_the_rest(ledger: Ledger) -> None:
    record = submitted(ledger, a_planned_job(price="2", provider="luma"), caps=capped("2"))
    ledger.purchases.ready(record.lease, price_usd=Decimal("1.5"))
    assert ledger.money("fresh-days") == Money(Decimal(0), Decimal("1.5"))
    assert ledger.brakes() == {}


def test_a_dearer_bill_is_recorded_freezes_the_provider_and_passes_no_cap(ledger: Ledger) -> None:
    record = submitted(ledger, a_planned_job("one", price="2", provider="luma"), caps=capped("3"))
    record = ledger.purchases.ready(record.lease, price_usd=Decimal(4))
    assert record.price_final_usd == 4
    assert ledger.money("fresh-days") == Money(Decimal(0), Decimal(4))
    assert "billed 4.00 USD where 2.00 were quoted" in ledger.brakes()["luma"]
    next_job = a_planned_job("two", price="1", provider="luma")
    ledger.plan("fresh-days", [next_job])
    frozen = intend(ledger, next_job, caps=capped("3"))
    assert (frozen.granted, frozen.record.state) == (False, JobState.PLANNED)
    ledger.thaw("luma")
    assert intend(ledger, next_job, caps=capped("3")).record.state is JobState.BUDGET
    assert ledger.verify() == []


def test_a_refusal_gives_the_money_back(ledger: Ledger) -> None:
    record = planned_and_intended(ledger, a_planned_job(price="2", provider="luma"), caps=capped("2"))
    ended = ledger.purchases.ended(record.lease, JobState.REJECTED, note="moderated", reason=Reason.MODERATED)
    assert (ended.price_final_usd, ended.reason) == (0, Reason.MODERATED)
    assert ledger.money("fresh-days") == Money(Decimal(0), Decimal(0))


def test_a_billed_failure_is_spent(ledger: Ledger) -> None:
    record = submitted(ledger, a_planned_job(price="2", provider="luma"), caps=capped("2"))
    ledger.purchases.ended(record.lease, JobState.DEAD, note="failed", billed_usd=Decimal(2))
    assert ledger.money("fresh-days") == Money(Decimal(0), Decimal(2))


def test_a_failure_that_is_billed_dearer_than_quoted_freezes_the_provider_too(ledger: Ledger) -> None:
    record = submitted(ledger, a_planned_job(price="2", provider="luma"), caps=capped("2"))
    ended = ledger.purchases.ended(record.lease, JobState.DEAD, note="It failed.", billed_usd=Decimal(3))
    assert ended.note.startswith("It failed. luma billed 3.00 USD where 2.00 were quoted")
    assert ledger.brakes().keys() == {"luma"}
    assert ledger.money("fresh-days") == Money(Decimal(0), Decimal(3))
    assert ledger.verify() == []


def test_a_cancelled_job_that_was_billed_counts_as_spent(ledger: Ledger) -> None:
    record = submitted(ledger, a_planned_job(price="2", provider="luma"), caps=capped("4"))
    record = ledger.purchases.cancelling(record.lease, "stop")
    ended = ledger.purchases.ended(
        record.lease, JobState.CANCELLED, note="stopped", reason=Reason.CANCELLED, billed_usd=Decimal(1)
    )
    assert (ended.price_final_usd, ended.remote_id) == (1, "gen-1")
    assert ledger.money("fresh-days") == Money(Decimal(0), Decimal(1))
    again = intend(ledger, a_planned_job(price="2", provider="luma"), caps=capped("4"))
    assert (again.granted, again.record.attempt) == (True, 2)
    assert [line["price_final_usd"] for line in ledger.export()] == [1, None]
    assert ledger.verify() == []


def test_doubt_keeps_its_reservation(ledger: Ledger) -> None:
    record = planned_and_intended(ledger, a_planned_job(price="2", provider="luma"), caps=capped("2"))
    record = ledger.purchases.reconciling(record.lease, "no answer")
    record = ledger.purchases.in_doubt(record.lease, "a person must look")
    assert (record.state, record.lease_owner, record.reason) == (JobState.IN_DOUBT, None, Reason.IN_DOUBT)
    assert ledger.money("fresh-days") == Money(Decimal(2), Decimal(0))


def test_a_job_without_money_waits_by_name_and_goes_on_when_there_is_some(ledger: Ledger) -> None:
    planned = a_planned_job(price="2", provider="luma")
    ledger.plan("fresh-days", [planned])
    refused = intend(ledger, planned, caps=capped("1.5"))
    assert (refused.granted, refused.record.state) == (False, JobState.BUDGET)
    assert refused.record.reason is Reason.BUDGET
    assert "2.00 USD do not fit into 1.50" in refused.record.note
    assert "budget.campaign_usd (fresh-days)" in refused.record.note
    assert ledger.set_caps(capped("2")) == ()
    assert intend(ledger, planned, caps=capped("2")).granted


def test_the_tightest_of_several_budgets_decides_and_the_others_hold_nothing(ledger: Ledger) -> None:
    caps = (Cap("a", None), Cap("b", Decimal(1)), Cap("c", Decimal(9)))
    planned = a_planned_job(price="2", provider="luma")
    ledger.plan("fresh-days", [planned])
    assert "of budget b (" in intend(ledger, planned, caps=caps).record.note
    assert [ledger.budget(cap.scope).reserved_usd for cap in caps] == [0, 0, 0]


def test_free_jobs_are_never_refused_for_money(ledger: Ledger) -> None:
    planned = a_planned_job(price="0")
    ledger.plan("fresh-days", [planned])
    assert intend(ledger, planned, caps=capped("0")).granted


def test_a_cap_set_below_what_is_taken_is_told_and_never_goes_negative(ledger: Ledger) -> None:
    stored(ledger, a_planned_job("one", price="4", provider="luma"), caps=capped("10"))
    submitted(ledger, a_planned_job("two", price="4", provider="luma"), "gen-2", caps=capped("10"))
    [said] = ledger.set_caps(capped("5"))
    assert "is 5.00 USD, but 4.00 are spent and 4.00 held" in said
    three = a_planned_job("three", price="1", provider="luma")
    ledger.plan("fresh-days", [three])
    assert intend(ledger, three, caps=capped("5")).record.state is JobState.BUDGET
    two = ledger.record(a_planned_job("two").job.key)
    assert two is not None
    ledger.purchases.ready(two.lease)
    assert ledger.money("fresh-days") == Money(Decimal(0), Decimal(8))
    assert ledger.set_caps(capped(None)) == ()
    assert intend(ledger, three, caps=capped("5")).granted


def test_eight_threads_never_pass_a_cap(ledger: Ledger) -> None:
    jobs = [a_planned_job(f"job {n}", price=PRICE, provider="luma") for n in range(120)]
    ledger.plan("fresh-days", jobs)
    with ThreadPoolExecutor(8) as threads:
        grants = list(threads.map(lambda planned: intend(ledger, planned, caps=capped("500")), jobs))
    assert sum(grant.granted for grant in grants) == 71
    assert ledger.money("fresh-days").reserved_usd == 497
    assert ledger.verify() == []


def test_eight_processes_never_pass_a_cap(ledger: Ledger, ledger_url: str) -> None:
    ledger.plan("fresh-days", [a_planned_job(f"job {n}", price=PRICE, provider="luma") for n in range(96)])
    tests = Path(__file__).parent.parent
    environ = {"PYTHONPATH": f"{tests}:{tests.parent}"}
    argv = [sys.executable, "-c", BUYER, ledger_url]
    buyers = [
        subprocess.Popen([*argv, str(n * 12), str(n * 12 + 12)], env=environ, stdout=subprocess.PIPE, text=True)
        for n in range(8)
    ]
    granted = [int(buyer.communicate(timeout=120)[0]) for buyer in buyers]
    assert [buyer.returncode for buyer in buyers] == [0] * 8
    assert sum(granted) == 71
    assert ledger.money("fresh-days").reserved_usd == 497
    assert ledger.budget("run:1").reserved_usd == 497
    assert ledger.verify() == []


def test_the_database_itself_refuses_a_passed_cap(ledger: Ledger) -> None:
    ledger.set_caps(capped("5"))
    with pytest.raises(Exception, match="budget_cap"), ledger._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE budget SET spent = 6000000")


def test_a_purse_pays_from_campaign_day_market_and_run() -> None:
    purse = Purse(
        campaign="fresh-days",
        run="r1",
        budget=Budget(campaign_usd=Decimal(500), day_usd=Decimal(50), market_usd=Decimal(20)),
        run_usd=Decimal(9),
        markets={a_variant().key: "DE", "jp": "JP"},
        timezone="Asia/Tokyo",
        clock=lambda: datetime(2026, 11, 20, 20, tzinfo=UTC),
    )
    assert purse.caps(a_planned_job()) == (
        Cap("campaign:fresh-days", Decimal(500)),
        Cap("day:fresh-days:2026-11-21", Decimal(50)),
        Cap("run:r1", Decimal(9)),
        Cap("market:fresh-days:DE", Decimal(20)),
    )
    assert [cap.scope for cap in purse.all_caps()][3:] == ["market:fresh-days:DE", "market:fresh-days:JP"]
