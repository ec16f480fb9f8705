"""Before money is spent: keys, what it may cost, where, and which budget stops it."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from builders import a_variant
from buying_terms import stored
from plans import a_brief, a_campaign, a_plan

from campaign.ledger.ledger import Ledger
from campaign.model.campaign import Budget
from campaign.model.orders import RunOrder
from campaign.model.outcomes import JobState
from campaign.model.plan import Refusal
from campaign.planning.snapshot import snapshot
from campaign.preparing.billing import agreed, bill_of
from campaign.preparing.prepare import Prepared
from campaign.settings import Settings, read_settings
from fanout.endings import Refused
from fanout.spending import allow

ORDER = RunOrder(campaign_file=Path("campaign.toml"))
KEYED = read_settings({"LUMA_AGENTS_API_KEY": "luma-api-0123456789"})


@pytest.fixture
def prepared(tmp_path: Path) -> Any:
    """A campaign at luma whose ledger is real; what a run would also need of it is not there."""
    brief = a_brief(campaign=a_campaign(root=tmp_path))
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite3'}") as ledger:
        plan = a_plan(brief)
        ledger.plan(plan.campaign, plan.jobs.values())
        yield SimpleNamespace(brief=brief, plan=plan, ledger=ledger, previous=None)


def ask(prepared: Any, settings: Settings = KEYED, order: RunOrder = ORDER, **terms: Any) -> None:
    allow(cast(Prepared, prepared), prepared.plan.films, order, settings, **({"yes": False} | terms))


def with_budget(prepared: Any, **limits: str) -> Any:
    budget = Budget(**{name: Decimal(value) for name, value in limits.items()})
    campaign = replace(prepared.brief.campaign, budget=budget)
    return SimpleNamespace(**{**vars(prepared), "brief": replace(prepared.brief, campaign=campaign)})


def buy(prepared: Any, key: str, state: JobState) -> None:
    """Take one job of the plan to a state, as a run does."""
    purchases = prepared.ledger.purchases
    intent = purchases.intend(
        prepared.plan.jobs[key], owner="me", caps=(), request_sha256="a" * 64, lease_s=60, send_s=30
    )
    assert intent.granted
    record = intent.record
    if state is JobState.IN_DOUBT:
        purchases.in_doubt(purchases.reconciling(record.lease, "lost").lease, "lost")
    else:
        purchases.submitted(record.lease, remote_id="gen-1")


def test_without_a_key_nothing_is_spent_and_the_variable_is_named(prepared: Any) -> None:
    with pytest.raises(Refused) as told:
        ask(prepared, read_settings({}), yes=True)
    assert told.value.problem == (
        "luma needs a key: set LUMA_AGENTS_API_KEY in the environment, or in a file .env beside campaign.toml. "
        "Nothing was spent."
    )


def test_a_plan_that_the_provider_refuses_is_not_begun(prepared: Any) -> None:
    refusal = Refusal(rule="r", provider="luma", scope="hero", problem="too long", accepted_by=(), cure="Cut it.")
    refused = SimpleNamespace(**{**vars(prepared), "plan": replace(prepared.plan, refusals=(refusal,))})
    with pytest.raises(Refused, match="luma would not take this plan; nothing was spent"):
        ask(refused, yes=True)


def test_nobody_at_the_terminal_refuses_with_price_and_ways_out(prepared: Any) -> None:
    price = bill_of(prepared, prepared.plan.films).price_usd
    assert price > 0
    with pytest.raises(Refused) as told:
        ask(prepared)
    assert told.value.problem.startswith(
        f"This will cost up to {price} USD at luma, and nothing caps it (see --max-usd"
    )
    assert told.value.problem.endswith("Nobody is here to ask: say --yes, or raise budget.ask_above_usd.")


def test_a_price_below_what_is_asked_about_is_said_and_not_asked(
    prepared: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(with_budget(prepared, ask_above_usd="1000", campaign_usd="500"))
    assert "within the 500.00 USD that budget.campaign_usd (fresh-days) leaves" in capsys.readouterr().err


def test_what_is_bought_again_is_said_with_the_price(prepared: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for planned in prepared.plan.jobs.values():
        stored(prepared.ledger, planned, remote_id=f"gen-{planned.job.short}")
    brief = a_brief(a_variant(values=(("setting", "a lane by the sea"),)), campaign=prepared.brief.campaign)
    before = SimpleNamespace(snapshot=snapshot(prepared.plan))
    changed = SimpleNamespace(**{**vars(prepared), "brief": brief, "plan": a_plan(brief), "previous": before})
    ask(with_budget(changed, ask_above_usd="1000"))
    told = " ".join(capsys.readouterr().err.split())
    assert f"{len(changed.plan.jobs)} jobs are bought again, for up to" in told
    assert "films that were paid for have changed (prompt)" in told


@pytest.mark.parametrize(
    ("limits", "max_usd", "told"),
    [
        ({}, "1.5", "capped at 1.50 USD by --max-usd: not all of it will be made"),
        ({"campaign_usd": "2"}, "3", "capped at 2.00 USD by budget.campaign_usd (fresh-days)"),
        ({"campaign_usd": "2", "day_usd": "1"}, None, "capped at 1.00 USD by budget.day_usd (fresh-days:"),
        ({"market_usd": "1"}, None, "and nothing caps it"),
    ],
)
def test_the_lowest_cap_is_named(
    prepared: Any, limits: dict[str, str], max_usd: str | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    order = replace(ORDER, max_usd=Decimal(max_usd) if max_usd else None)
    ask(with_budget(prepared, **limits), order=order, yes=True)
    assert told in capsys.readouterr().err


def test_a_yes_is_kept_and_holds_for_these_keys_and_prices_alone(prepared: Any) -> None:
    name, bill = prepared.plan.campaign, bill_of(prepared, prepared.plan.films)
    ask(with_budget(prepared, ask_above_usd="1000"))
    assert agreed(prepared.ledger, name, bill.spend) is None, "what is not asked about needs no yes"
    ask(prepared, yes=True)
    kept = agreed(prepared.ledger, name, bill.spend)
    assert kept is not None
    assert (kept.price_usd, kept.jobs, kept.by) == (bill.price_usd, len(bill.spend.prices), KEYED.user)
    first, *others = bill.due
    dearer = replace(first, price_usd=first.price_usd + Decimal("0.01"))
    assert agreed(prepared.ledger, name, replace(bill, due=(dearer, *others)).spend) is None
    assert agreed(prepared.ledger, name, replace(bill, due=tuple(others)).spend) is None
    assert agreed(prepared.ledger, name, replace(bill, due=tuple(reversed(bill.due))).spend) == kept
    elsewhere = tuple(replace(job, provider="runware") for job in bill.due)
    assert agreed(prepared.ledger, name, replace(bill, due=elsewhere).spend) is None, "at luma, not at anybody's price"


def test_a_yes_to_a_little_of_a_plan_is_none_to_all_of_it(prepared: Any) -> None:
    name, films = prepared.plan.campaign, prepared.plan.films
    bill = bill_of(prepared, films)
    little = replace(ORDER, max_usd=bill.price_usd / 2)
    ask(prepared, order=little, yes=True)
    assert agreed(prepared.ledger, name, bill.spend) is None
    assert agreed(prepared.ledger, name, bill_of(prepared, films, little.max_usd).spend) is not None
    enough = bill_of(prepared, films, bill.price_usd)
    assert enough.spend == bill.spend, "a limit that does not bite is none"


def test_where_the_money_goes_is_said_when_the_provider_was_moved(
    prepared: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    moved = read_settings({"LUMA_AGENTS_API_KEY": "luma-api-0123456789", "LUMA_BASE_URL": "http://127.0.0.1:8/v1"})
    ask(prepared, moved, yes=True)
    err = capsys.readouterr().err
    assert "USD at luma (moved to http://127.0.0.1:8/v1 by LUMA_BASE_URL)," in err
    assert "set FANOUT_HOME and FANOUT_OUT to keep a rehearsal apart" in err
    ask(prepared, replace(moved, home=Path("/elsewhere"), out=Path("/other")), yes=True)
    assert "rehearsal" not in capsys.readouterr().err


def test_what_is_bought_already_is_not_counted_again(prepared: Any, capsys: pytest.CaptureFixture[str]) -> None:
    whole = bill_of(prepared, prepared.plan.films)
    first, second, *_ = [job.job.key for job in whole.due]
    buy(prepared, first, JobState.SUBMITTED)
    buy(prepared, second, JobState.IN_DOUBT)
    bill = bill_of(prepared, prepared.plan.films)
    prices = prepared.plan.jobs
    assert bill.price_usd == whole.price_usd - prices[first].price_usd - prices[second].price_usd
    assert [record.key for record in bill.under_way] == [first]
    assert [record.key for record in bill.in_doubt] == [second]
    ask(prepared, yes=True)
    err = " ".join(capsys.readouterr().err.split())
    assert "1 job may have been paid" in err
    assert "USD are held already for 1 job under way." in err


def test_what_costs_nothing_is_not_asked_about(prepared: Any) -> None:
    free = a_plan(prepared.brief, provider="local")
    ask(SimpleNamespace(**{**vars(prepared), "plan": free}), read_settings({}))


def test_a_provider_that_billed_too_much_is_named_with_the_command(
    prepared: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    first = next(iter(prepared.plan.jobs))
    buy(prepared, first, JobState.SUBMITTED)
    prepared.ledger.purchases.ready(prepared.ledger.record(first).lease, price_usd=Decimal(9))
    ask(prepared, yes=True)
    err = capsys.readouterr().err
    assert "frozen: luma billed 9.00 USD where" in err
    assert "When you have looked: `fanout jobs thaw luma`." in err
    prepared.ledger.thaw("luma")
    ask(prepared, yes=True)
    assert "frozen" not in capsys.readouterr().err


def test_a_cap_that_holds_no_job_is_refused_with_the_one_that_holds_all(prepared: Any) -> None:
    bill = bill_of(prepared, prepared.plan.films)
    first = min(job.price_usd for job in bill.due if job.job.parent is None)
    short = replace(ORDER, max_usd=first - Decimal("0.01"))
    with pytest.raises(Refused) as told:
        ask(prepared, order=short, yes=True)
    assert f"the cheapest to begin with costs up to {first} USD" in told.value.problem
    assert f"Say --max-usd {bill.price_usd} to let all" in told.value.problem
    ask(prepared, order=replace(ORDER, max_usd=first), yes=True)
    buy(prepared, bill.due[0].job.key, JobState.SUBMITTED)
    ask(prepared, order=short, yes=True)  # there is something to be fetched
