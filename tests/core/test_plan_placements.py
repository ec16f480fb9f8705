"""How `fanout plan` tells where films go."""

import json
from dataclasses import replace

import pytest
from builders import a_variant, an_edit
from plans import a_brief, a_campaign, a_plan

from campaign.intake.catalogue import read_catalogue
from campaign.model.campaign import Brief
from campaign.model.plan import Plan
from campaign.model.ratios import AspectRatio
from campaign.planning.routes import lost
from fanout.plan_placements import lines_of, outputs_told, placements_told, show_placements

CATALOGUE = read_catalogue()


def brief_for(*placements: str) -> Brief:
    rows = (a_variant(), a_variant(key="us", line=3, market="US"))
    campaign = a_campaign(ratios=(AspectRatio("16:9"),), placements=placements, provider="local")
    return replace(a_brief(*rows, campaign=campaign), catalogue=CATALOGUE)


def planned(*placements: str, seconds: int = 15) -> Plan:
    return a_plan(brief_for(*placements), an_edit(frames=24 * seconds))


def test_a_line_for_each_placement_and_for_each_set_of_lengths(capsys: pytest.CaptureFixture[str]) -> None:
    plan = planned("amazon.prime_video", "linkedin.video")
    told = [(line.output.placement, str(line.ratio), line.films) for line in lines_of(plan.films)]
    assert told == [
        ("amazon.prime_video", "16:9", 1),
        ("linkedin.video", "4:5", 2),
        ("amazon.prime_video", "16:9", 1),
    ]
    show_placements(plan.films, CATALOGUE)
    shown = capsys.readouterr().err
    assert "15/30/45/60 s" in " ".join(shown.split())
    assert "50000" in shown


def test_no_table_without_placements(capsys: pytest.CaptureFixture[str]) -> None:
    show_placements(planned().films, CATALOGUE)
    assert capsys.readouterr().err == ""


def test_scripts_get_the_whole_of_it() -> None:
    plan = planned("meta.reels")
    (reels,) = json.loads(json.dumps(placements_told(plan.films, CATALOGUE), default=str))
    assert (reels["placement"], reels["ratio"], reels["size"], reels["films"]) == ("meta.reels", "9:16", "1080x1920", 2)
    assert reels["spec"]["max_seconds"] == "90"
    assert reels["spec"]["size"] == "1080x1920"
    assert reels["safe_zones"][0]["bottom"] == 0.35
    assert {each["trust"] for each in reels["evidence"]} == {"third_party", "mirror", "contradicted"}
    assert "loudness_lufs" in reels["unknown"]
    (file,) = outputs_told(plan.films[1])
    assert (file["placement"], file["spec"], file["size"]) == ("meta.reels", "web.h264", "1080x1920")


@pytest.mark.parametrize(("label", "per_cent"), [("4:5", 6.25), ("2:3", 15.6), ("1.91:1", 6.9)])
def test_a_derived_ratio_says_how_much_of_its_neighbour_is_lost(label: str, per_cent: float) -> None:
    assert round(float(lost(AspectRatio(label))), 1) == round(per_cent, 1)
