"""What a plan buys again, and what it says of that: new cuts are the change that nobody writes into a file."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from builders import a_variant, an_edit
from buying_terms import stored
from plans import a_brief, a_plan

from campaign.ledger.ledger import Ledger
from campaign.model.plan import Plan
from campaign.planning.snapshot import compare, snapshot
from campaign.preparing.again import Again, bought_again

BRIEF = a_brief(a_variant(), a_variant(key="fr", line=3, market="FR", locale="fr-FR", values=(("setting", "a lane"),)))
BEFORE = a_plan(BRIEF, an_edit(shots=2))


def again(ledger: Ledger, plan: Plan, before: Plan = BEFORE, films: int | None = None) -> Again | None:
    stored_keys = {key for key, record in ledger.records(plan.jobs).items() if record.artifact_sha256}
    due = {key for film in plan.films[:films] for key in film.jobs} - stored_keys
    return bought_again(ledger, plan, compare(snapshot(before), plan), due)


def buy(ledger: Ledger, plan: Plan, variant: str = "") -> None:
    ledger.plan(plan.campaign, plan.jobs.values())
    for planned in plan.jobs.values():
        if variant in ("", planned.variants[0]):
            stored(ledger, planned, remote_id=f"gen-{planned.job.short}")


def test_new_cuts_say_how_many_jobs_they_buy_again_and_for_how_much(ledger: Ledger) -> None:
    buy(ledger, BEFORE)
    plan = a_plan(BRIEF, an_edit(shots=3))
    found = again(ledger, plan)
    kept = BEFORE.jobs.keys() & plan.jobs.keys()
    due = [planned for key, planned in plan.jobs.items() if key not in kept]
    usd = sum((planned.price_usd for planned in due), Decimal(0))
    assert found == Again(len(due), usd, ("cuts",))
    assert found.told == (
        f"{len(due)} jobs are bought again, for up to {usd} USD: films that were paid for have changed (cuts). "
        "To keep the former cuts, list them as [[shots]] with start and end."
    )


def test_only_what_was_paid_and_is_selected_counts(ledger: Ledger) -> None:
    plan = a_plan(BRIEF, an_edit(shots=3))
    assert again(ledger, plan) is None, "nothing was bought yet"
    buy(ledger, BEFORE, "fr")
    found = again(ledger, plan)
    assert found is not None
    assert found.jobs == sum("fr" in planned.variants for planned in plan.jobs.values())
    assert again(ledger, plan, films=len(plan.films) // 2) is None, "the other row is not selected"


@pytest.mark.parametrize(
    "change",
    [
        lambda: a_plan(BRIEF, an_edit(shots=2)),
        lambda: a_plan(BRIEF, an_edit(shots=3), draft=True),
        lambda: a_plan(a_brief(a_variant(key="new")), an_edit(shots=2)),
    ],
    ids=["nothing changed", "another resolution", "a new row"],
)
def test_what_is_bought_for_the_first_time_is_not_bought_again(ledger: Ledger, change: Callable[[], Plan]) -> None:
    buy(ledger, BEFORE)
    assert again(ledger, change()) is None


def test_other_words_are_told_without_talk_of_cuts(ledger: Ledger) -> None:
    buy(ledger, BEFORE)
    (wide, *_) = [film for film in BEFORE.films if film.ratio.label == "16:9"]
    (one,) = [BEFORE.jobs[key] for key in wide.jobs if BEFORE.jobs[key].job.segment.start_frame == 0]
    editions: dict[Any, int] = {(wide.variant.key, one.job.ask_key): 2}
    found = again(ledger, a_plan(BRIEF, an_edit(shots=2), editions=editions))
    assert found is not None
    assert found.causes == ("edition",)
    assert "[[shots]]" not in found.told
    assert Again(1, Decimal("1.08"), ("prompt",)).told == (
        "1 job is bought again, for up to 1.08 USD: films that were paid for have changed (prompt)."
    )
