"""The sample campaign that lies in the repository: what a newcomer sees first is free of faults and shows everything."""

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from datetime import date
from math import dist
from pathlib import Path
from shutil import copy, copytree

import pytest
from builders import an_edit

from campaign.intake.brief import read_brief
from campaign.media.spot.story import FRAMES, SHOTS
from campaign.model.campaign import Brief
from campaign.model.faults import Fault
from campaign.model.looks import Look
from campaign.model.prompts import Prompt, PromptRequest
from campaign.planning.expand import expand
from campaign.planning.looks import resolve
from campaign.prompts.lint import lint, lint_rows
from campaign.prompts.rendering import render
from campaign.prompts.variables import used_variables

ROOT = Path(__file__).parents[2]
TEMPLATES = (
    "motion_transfer",
    "camera_motion_transfer",
    "character_transformation",
    "visual_effects",
    "environment_change",
    "relighting",
    "product_swap",
    "global_campaign",
    "reframe",
)
SAID = {"global_campaign": 7, "reframe": 2}
"""Lines of variants.csv whose prompts are golden; each other template is used by one row."""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> tuple[Brief, tuple[Fault, ...]]:
    """The sample as read beside a master, without waiting for one to be rendered."""
    root = tmp_path_factory.mktemp("sample")
    for name in ("campaign.toml", "variants.csv"):
        copy(ROOT / name, root)
    copytree(ROOT / "templates", root / "templates")
    (root / "media").mkdir()
    (root / "media" / "master.mov").touch()
    brief, faults = read_brief(root / "campaign.toml", today=date(2026, 11, 20))
    assert brief is not None, "\n".join(map(str, faults))
    return brief, faults


@pytest.fixture(scope="module")
def brief(read: tuple[Brief, tuple[Fault, ...]]) -> Brief:
    return read[0]


Said = tuple[Sequence[PromptRequest], list[Prompt | None], tuple[Fault, ...]]


@pytest.fixture(scope="module")
def said(brief: Brief) -> Said:
    uses = {name: used_variables(template, brief.templates) for name, template in brief.templates.items()}
    script = expand(brief, replace(an_edit(), shots=brief.campaign.shots), "local", uses)
    prompts, faults = render(script.requests, brief.templates, sheet="variants.csv")
    return script.requests, prompts, faults


def test_it_is_read_without_a_word(read: tuple[Brief, tuple[Fault, ...]]) -> None:
    assert read[1] == ()


def test_every_prompt_is_rendered_and_passes_lint(brief: Brief, said: Said) -> None:
    requests, prompts, faults = said
    assert faults == ()
    assert None not in prompts
    assert lint_rows(requests, prompts, brief.templates) == ()
    for request, prompt in zip(requests, prompts, strict=True):
        assert prompt is not None
        assert lint(prompt, brief.templates[prompt.template], request.line) == ()


def test_it_spreads_over_markets_seasons_people_and_scripts(brief: Brief) -> None:
    variants = brief.variants
    assert len(variants) == 12
    assert len({variant.market for variant in variants}) >= 4
    assert len({variant.season for variant in variants}) >= 3
    assert len({variant.demographic for variant in variants}) >= 3
    headlines = "".join(dict(variant.values)["headline"] for variant in variants)
    assert any("\u3040" <= sign <= "\u30ff" for sign in headlines)
    assert any("\u0600" <= sign <= "\u06ff" for sign in headlines)


def test_all_nine_transformations_have_a_template_and_are_used(brief: Brief, said: Said) -> None:
    assert {name for name in brief.templates if not name.startswith("_")} == set(TEMPLATES)
    assert {request.template for request in said[0]} == set(TEMPLATES)
    assert all(brief.templates[name].kind == name for name in TEMPLATES)


def test_every_name_in_the_sheet_has_a_look_and_seasons_differ_clearly(brief: Brief) -> None:
    book = brief.looks
    for variant in brief.variants:
        light = dict(variant.values)["light"]
        assert variant.season in book.season
        assert variant.market.casefold() in book.market
        assert resolve(book, "", "", light) != Look(), f"no look for light {light!r}"
    looks = [resolve(book, season, "", "") for season in ("winter", "spring", "summer", "autumn")]
    assert len({look.particles for look in looks}) == 4
    for n, one in enumerate(looks):
        for other in looks[n + 1 :]:
            assert (
                dist((one.temperature, one.saturation, one.tint), (other.temperature, other.saturation, other.tint))
                > 0.3
            )


def test_no_look_of_the_sample_reaches_a_bound(brief: Brief) -> None:
    """A clipped number would hide a difference between two looks."""
    for variant in brief.variants:
        look = resolve(brief.looks, variant.season, variant.market, dict(variant.values)["light"])
        numbers = {field.name: getattr(look, field.name) for field in fields(Look)}
        assert abs(numbers["exposure"]) < 1
        assert abs(numbers["temperature"]) < 1
        assert 0.5 < numbers["contrast"] < 1.5
        assert 0.3 < numbers["saturation"] < 1.7
        assert all(abs(offset) < 0.2 for name in ("shadows", "highlights") for offset in numbers[name])


def test_the_shots_written_by_hand_are_those_of_the_sample_master(brief: Brief) -> None:
    written = [(shot.id, shot.start_frame, shot.end_frame, shot.treatment.modify) for shot in brief.campaign.shots]
    assert written == [(shot.id, shot.start_frame, shot.end_frame, shot.treatment.modify) for shot in SHOTS]
    assert written[-1][2] == FRAMES
    assert not any(shot.treatment.template for shot in brief.campaign.shots)


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_each_template_says(name: str, said: Said, golden: Callable[[str, str], None]) -> None:
    requests, prompts, _ = said
    mine = [
        f"line {request.line}{', ratio ' + dict(request.values)['ratio'] if name == 'reframe' else ''}\n{prompt.text}\n"
        for request, prompt in zip(requests, prompts, strict=True)
        if prompt is not None and request.template == name and request.line == SAID.get(name, request.line)
    ]
    golden(f"prompts/{name}.txt", "\n".join(mine))
