import json
from dataclasses import replace
from typing import Any

import pytest
from builders import a_template, a_variant, an_edit
from plans import a_brief, a_campaign, a_plan

from campaign.model.campaign import Brief
from campaign.model.controls import Controls
from campaign.model.edit import Treatment
from campaign.model.jobs import How
from campaign.model.looks import LookBook
from campaign.model.outcomes import Reason
from campaign.model.plan import Plan
from campaign.model.prompts import Keyframe
from campaign.model.ratios import AspectRatio
from campaign.planning.snapshot import compare, snapshot

MASTER = an_edit(shots=2)


def a_row(setting: str, **changes: Any) -> Any:
    cells = tuple((name, setting if name == "setting" else cell) for name, cell in a_variant().values)
    return a_variant(**{"key": "one", "values": cells, **changes})


def remembered(plan: Plan) -> dict[str, object]:
    text = json.dumps(snapshot(plan))
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def causes(old: Plan, new: Plan) -> dict[str, tuple[str, ...]]:
    return {change.film: change.causes for change in compare(remembered(old), new).changed}


def test_the_same_plan_has_not_changed() -> None:
    changes = compare(remembered(a_plan(master=MASTER)), a_plan(master=MASTER))
    assert (changes.added, changes.removed, changes.changed) == ((), (), ())
    assert not changes.touched


def test_without_a_memory_every_film_is_new() -> None:
    plan = a_plan(master=MASTER)
    assert compare(None, plan).added == tuple(film.id for film in plan.films)
    assert compare({"schema": 99}, plan).touched == {film.id for film in plan.films}


def test_rows_that_came_and_went_are_named() -> None:
    old = a_plan(a_brief(a_row("a lane"), a_row("a park", key="two", line=3, market="FR")), MASTER)
    new = a_plan(a_brief(a_row("a lane"), a_row("a pier", key="three", line=3, market="JP")), MASTER)
    changes = compare(remembered(old), new)
    assert [film.split()[0] for film in (changes.added[0], changes.removed[0])] == ["three", "two"]
    assert not changes.changed


def test_a_row_that_is_skipped_now_is_gone() -> None:
    two = a_row("a park", key="two", line=3, market="FR")
    old = a_plan(a_brief(a_row("a lane"), two), MASTER)
    new = a_plan(a_brief(a_row("a lane"), replace(two, skip=Reason.NOT_DUE)), MASTER)
    assert compare(remembered(old), new).removed[0] == "two 16:9"


def with_template(brief: Brief, **changes: Any) -> Brief:
    return replace(brief, templates={**brief.templates, "global_campaign": a_template(**changes)})


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda: a_plan(a_brief(a_row("a pier")), MASTER), ("prompt",)),
        (lambda: a_plan(a_brief(a_row("a lane", controls=Controls(auto=True))), MASTER), ("controls",)),
        (lambda: a_plan(a_brief(a_row("a lane")), replace(MASTER, sha256="1" * 64)), ("master",)),
        (lambda: a_plan(a_brief(a_row("a lane")), an_edit(shots=3)), ("cuts",)),
        (lambda: a_plan(a_brief(a_row("a lane", market="AT"), campaign=a_campaign()), MASTER), ("name",)),
        (lambda: a_plan(with_template(a_brief(a_row("a lane")), controls=Controls(strength="flex_1"),
                                      keyframes=(Keyframe(frame=0, path="a.png"),)), MASTER), ("keyframes",)),
        (lambda: a_plan(a_brief(a_row("a lane")), MASTER, provider="local"), ("look", "framing", "engine")),
    ],
)  # fmt: skip
def test_the_cause_of_a_change_is_named(change: Any, cause: tuple[str, ...]) -> None:
    found = causes(a_plan(a_brief(a_row("a lane")), MASTER), change())
    assert found["one 9:16"] == cause


def test_another_template_shows_with_what_it_says() -> None:
    found = causes(
        a_plan(a_brief(a_row("a lane")), MASTER), a_plan(a_brief(a_row("a lane", template="relighting")), MASTER)
    )
    assert found["one 16:9"] == ("template", "prompt", "controls")


def test_a_look_that_was_edited_is_the_cause() -> None:
    book = LookBook(season={"winter": {"exposure": 0.1}}, market={}, light={})
    campaign = a_campaign(provider="local")
    old = a_plan(a_brief(a_row("a lane"), campaign=campaign), MASTER)
    assert causes(old, a_plan(a_brief(a_row("a lane"), campaign=campaign, looks=book), MASTER))["one 16:9"] == ("look",)


def test_another_way_to_a_ratio_changes_that_ratio_only() -> None:
    campaign = a_campaign(how={AspectRatio("1:1"): How.PAD})
    found = causes(
        a_plan(a_brief(a_row("a lane")), MASTER), a_plan(a_brief(a_row("a lane"), campaign=campaign), MASTER)
    )
    assert found == {"one 1:1": ("template", "prompt", "controls", "framing")}, "no prompt is said any more"


def test_an_edition_is_named_without_its_number_in_the_name() -> None:
    old = a_plan(a_brief(a_row("a lane")), MASTER)
    ask = old.jobs[old.films[0].jobs[0]].job.ask_key
    new = a_plan(a_brief(a_row("a lane")), MASTER, editions={("one", ask): 2})
    assert set(causes(old, new).values()) == {("edition",)}


def test_a_pass_through_shot_fitted_otherwise_is_finished_anew() -> None:
    shots = (MASTER.shots[0], replace(MASTER.shots[1], treatment=Treatment(modify=False)))
    old = a_plan(a_brief(a_row("a lane")), replace(MASTER, shots=shots))
    new = a_plan(
        a_brief(a_row("a lane")),
        replace(MASTER, shots=(shots[0], replace(shots[1], treatment=Treatment(modify=False, fit="blur")))),
    )
    assert causes(old, new)["one 1:1"] == ("finish",)


def test_a_snapshot_of_a_large_campaign_stays_small() -> None:
    rows = [a_row(f"place {n}", key=f"row-{n}", line=n + 2, demographic=f"group-{n}") for n in range(100)]
    plan = a_plan(a_brief(*rows), an_edit(shots=5))
    assert len(json.dumps(snapshot(plan))) / len(plan.films) < 400
