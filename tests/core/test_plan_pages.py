"""The pages of `fanout plan`: what is selected, and nothing beside it."""

import pytest
from builders import a_variant
from plans import a_brief, a_plan
from standings import a_standing

from campaign.model.changes import Change, Changes
from fanout.plan_pages import FEW, chosen_part, show_changes

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
