from dataclasses import replace
from typing import Any

import pytest
from builders import a_variant, an_edit
from hypothesis import given
from hypothesis import strategies as st
from plans import a_brief, a_campaign, a_catalogue, a_placement, a_plan

from campaign.errors import InputError
from campaign.model.ratios import AspectRatio
from campaign.planning.ascii_text import slug
from campaign.planning.naming import FIELDS, LONGEST, parse_rule


def names(rule: str, *variants: Any, **changes: Any) -> list[str]:
    campaign = a_campaign(name_rule=rule, ratios=(AspectRatio("9:16"),))
    plan = a_plan(a_brief(*variants, campaign=campaign), **changes)
    return [output.name for film in plan.films for output in film.outputs]


def faults(rule: str, *variants: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(InputError) as stopped:
        names(rule, *variants)
    return [(fault.rule, fault.place, fault.problem) for fault in stopped.value.faults]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Fresh Days", "Fresh-Days"),
        ("Müller & Söhne", "Muller-and-Sohne"),
        ("straße_1", "strasse-1"),
        ("a/b:c*d?", "a-b-c-d"),
        ("..hidden..", "hidden"),
        ("São", "Sao"),
        ("Sa\u0303o", "Sao"),
        ("İstanbul", "Istanbul"),
        ("Молодёжь", "molodezh"),
        ("Ελλάδα", "ellada"),
        ("東京", "u6771u4eac"),
        ("en‑GB", "en-GB"),
        ("ﬁne", "fine"),
        ("", ""),
        ("\u200b", ""),
    ],
)
def test_text_becomes_fit_for_a_file_name(text: str, name: str) -> None:
    assert slug(text) == name


@given(st.text(max_size=30))
def test_a_slug_is_plain_and_stays_itself(text: str) -> None:
    once = slug(text)
    assert once.isascii()
    assert not set(once) & set('/\\:*?"<>|_ \n')
    assert once == slug(once)
    assert not once or (once[0] not in ".-" and once[-1] not in ".-")


def test_the_rule_of_the_design_gives_the_name_of_the_design() -> None:
    rule = "{brand}_{campaign}_{market}_{locale}_{season}_{demographic}_{seconds}s_{ratio}_v{edition}"
    assert names(rule) == ["acme_fresh-days_DE_de-DE_winter_families_8s_9x16_v1"]


def test_every_field_of_the_list_can_be_used() -> None:
    variant = a_variant(values=(*a_variant().values, ("concept", "Hero Cut")))
    (name,) = names("_".join(f"{{{field}}}" for field in FIELDS), variant)
    assert name == (
        "acme_fresh-days_Hero-Cut_DE_de-DE_winter_families_8_9x16_1_de-de-winter-families_720p_luma"
    )  # no placement: its place is left out


def test_an_empty_field_takes_its_underscore_along() -> None:
    assert names("{concept}_{market}_c-{concept}_{ratio}") == ["DE_9x16"]


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ("{markt}_{ratio}", "unknown field"),
        ("{market.__class__}", "unknown field"),
        ("{market[0]}", "unknown field"),
        ("{}", "unknown field"),
        ("{0}", "unknown field"),
        ("{edition:02d}", "has a format"),
        ("{market!r}", "has a format"),
        ("{market", "cannot be read"),
        ("", "is empty"),
        ("../{market}", "'/'"),
        ("{market}: {ratio}", "' ' ':'"),
        ("{{market}}", "'{'"),
    ],
)
def test_a_rule_that_cannot_name_files_is_refused(rule: str, problem: str) -> None:
    found, wrong = parse_rule(a_campaign(name_rule=rule))
    assert found is None
    assert problem in wrong[0].problem
    assert wrong[0].place == "output.name"


def test_an_unknown_field_names_the_nearest() -> None:
    _, (fault,) = parse_rule(a_campaign(name_rule="{demografic}_{market}"))
    assert fault.nearest == "demographic"


def test_two_rows_of_one_name_are_refused_with_both_lines_and_the_field_that_would_tell_them_apart() -> None:
    rows = (a_variant(key="one", line=2), a_variant(key="two", line=7, demographic="Families", season="spring"))
    with pytest.raises(InputError) as stopped:
        names("{market}_{demographic}_{ratio}", *rows)
    (fault,) = stopped.value.faults
    assert (fault.rule, fault.place) == ("name.collision", "7:1")
    assert "lines 2 and 7" in fault.problem
    assert "{season}" in fault.cure


def test_every_pair_of_colliding_names_is_listed() -> None:
    rows = (a_variant(key=str(n), line=n + 2) for n in range(4))
    found = faults("{market}_{ratio}", *rows)
    assert [place for _, place, _ in found] == ["3:1", "4:1", "5:1"]


def test_a_name_that_is_too_long_is_refused() -> None:
    variant = a_variant(demographic="x" * LONGEST)
    assert faults("{demographic}_{ratio}", variant)[0][0] == "name.unfit"
    assert names("{demographic}", a_variant(demographic="x" * LONGEST)) == ["x" * LONGEST]


@pytest.mark.parametrize("demographic", ["CON", "nul", "Com1", "aux.tar"])
def test_a_name_that_windows_keeps_for_itself_is_refused(demographic: str) -> None:
    assert faults("{demographic}", a_variant(demographic=demographic))[0][0] == "name.unfit"


def test_an_empty_name_is_refused() -> None:
    assert faults("{concept}")[0][2].endswith("the name is empty")


def test_a_placement_joins_the_name_where_the_rule_has_no_place_for_it() -> None:
    ratio = (AspectRatio("9:16"),)
    campaign = a_campaign(name_rule="{market}_{ratio}", ratios=ratio, placements=("meta.reels",))
    files = [output.file for output in a_plan(a_brief(campaign=campaign)).films[0].outputs]
    assert files == ["deliverables/9x16/DE_9x16.mp4", "deliverables/9x16/DE_9x16_meta-reels.mp4"]
    placed = replace(campaign, name_rule="{placement}_{market}_{ratio}")
    files = [output.file for output in a_plan(a_brief(campaign=placed)).films[0].outputs]
    assert files == ["deliverables/9x16/DE_9x16.mp4", "deliverables/9x16/meta-reels_DE_9x16.mp4"]


@pytest.mark.parametrize(("frames", "seconds"), [(192, 8), (191, 8), (180, 8), (179, 7), (11, 0)])
def test_seconds_are_whole_and_rounded(frames: int, seconds: int) -> None:
    assert names("{seconds}s", master=an_edit(shots=1, frames=frames)) == [f"{seconds}s"]


def test_two_placements_of_one_name_are_refused() -> None:
    campaign = a_campaign(ratios=(), placements=("x.wall", "x_wall"))
    catalogue = a_catalogue()
    catalogue.placements.update({name: a_placement(name, "9:16", min_seconds=1) for name in campaign.placements})
    with pytest.raises(InputError) as caught:
        a_plan(a_brief(campaign=campaign, catalogue=catalogue))
    (fault,) = caught.value.faults
    assert fault.rule == "name.collision"
    assert fault.cure == "Give one of the two placements another name in the specs folder."
