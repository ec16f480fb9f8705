"""The pages of `fanout plan`: what is selected, and nothing beside it."""

from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest
from builders import a_variant, an_edit
from buying_terms import stored
from plans import a_brief, a_plan
from standings import a_standing

from campaign.ledger.ledger import Ledger
from campaign.model import money
from campaign.model.changes import Change, Changes
from campaign.planning.pricing import breakdown
from campaign.planning.snapshot import compare, snapshot
from campaign.preparing.prepare import Prepared
from fanout.plan_document import document
from fanout.plan_pages import FEW, chosen_part, show, show_changes

MANY = Changes(tuple(f"row-{n} 16:9" for n in range(FEW + 3)), ("gone 16:9",), (Change("row-x 1:1", ("prompt",)),))


def test_the_part_that_is_selected_has_its_own_films_and_jobs_alone() -> None:
    plan = a_plan(a_brief(a_variant(key="a"), a_variant(key="b", line=3, market="FR", locale="fr-FR")))
    (film, *_) = a_standing(plan).films
    part = chosen_part(plan, [film])
    assert [each.id for each in part.films] == [film.film.id]
    assert set(part.jobs) == set(film.film.jobs) < set(plan.jobs)


def test_a_list_that_is_cut_says_how_much_is_left(capsys: pytest.CaptureFixture[str]) -> None:
    show_changes(MANY, None)
    err = capsys.readouterr().err
    assert f"since the last run: 1 film changed, {FEW + 3} new, 1 gone" in err
    assert "new: and 3 more; --json has them all" in err


def test_changes_of_what_is_not_selected_are_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    show_changes(MANY, frozenset({"row-0 16:9"}))
    err = capsys.readouterr().err
    assert "since the last run: 0 films changed, 1 new, 0 gone" in err
    assert "row-1 16:9" not in err
    show_changes(MANY, frozenset({"other 1:1"}))
    assert "nothing of what is selected changed since the last run" in capsys.readouterr().err


def test_what_is_bought_again_is_told_on_the_page_and_to_scripts(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    brief = a_brief()
    before, plan = a_plan(brief, an_edit(shots=2)), a_plan(brief, an_edit(shots=3))
    ledger.plan(before.campaign, before.jobs.values())
    for planned in before.jobs.values():
        stored(ledger, planned, remote_id=f"gen-{planned.job.short}")
    prepared = cast(Prepared, SimpleNamespace(brief=brief, plan=plan, ledger=ledger))
    standing = replace(a_standing(plan), changes=compare(snapshot(before), plan))
    show(prepared, standing, standing.films, names=False)
    assert "again: " in (err := capsys.readouterr().err)
    assert "films that were paid for have changed (cuts)" in " ".join(err.split())
    told = document(prepared, standing, standing.films)["bought_again"]
    assert told == {
        "jobs": len(plan.jobs),
        "usd": money.text(breakdown(plan, plan.jobs).total.usd),
        "causes": ("cuts",),
    }
    unchanged = replace(standing, changes=compare(snapshot(plan), plan))
    assert document(prepared, unchanged, standing.films)["bought_again"] is None
