"""Safe zones: what a platform covers, over the films of the gallery that go there."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from builders import a_variant, an_edit
from plans import a_brief, a_campaign, a_plan
from standings import a_standing

from campaign.delivery.gallery import write_gallery
from campaign.delivery.manifest import build_manifest
from campaign.delivery.showing import rows_of
from campaign.intake.catalogue import read_catalogue
from campaign.model.plan import Plan
from campaign.model.ratios import AspectRatio
from campaign.store.files import Store

CATALOGUE = read_catalogue()


def planned(tmp_path: Path, *placements: str, locale: str = "de-DE") -> Plan:
    campaign = a_campaign(root=tmp_path, ratios=(AspectRatio("9:16"),), placements=placements, provider="local")
    brief = replace(a_brief(a_variant(locale=locale), campaign=campaign), catalogue=CATALOGUE)
    return a_plan(brief, an_edit(frames=24 * 15))


def zones(plan: Plan) -> list[str | None]:
    standing = a_standing(plan)
    (row,) = rows_of(plan, standing, build_manifest(plan, standing, frozenset())["items"])
    return [card.zone for card in row.cards]


def test_pixels_count_from_the_size_that_the_platform_recommends() -> None:
    (zone,) = CATALOGUE.placements["snap.single"].margins(AspectRatio("9:16"))
    assert (zone.unit, zone.right) == ("fraction", None)
    assert Fraction(zone.top).limit_denominator(2000) == Fraction(150, 1920)


def test_each_film_shows_the_zone_of_its_placement(tmp_path: Path) -> None:
    plan = planned(tmp_path, "meta.reels", "tiktok.in_feed", "youtube.shorts_ad")
    assert zones(plan) == [None, "14% 6% 35% 6%", "7.8% 15% 28% 0%", None]


@pytest.mark.parametrize("locale", ["ar-AE", "he-IL", "ur-PK"])
def test_a_language_read_from_the_right_is_not_shown_the_other_ones_zone(tmp_path: Path, locale: str) -> None:
    assert zones(planned(tmp_path, "tiktok.in_feed", locale=locale)) == [None, None]
    assert zones(planned(tmp_path, "meta.reels", locale=locale)) == [None, "14% 6% 35% 6%"]


def page(plan: Plan, tmp_path: Path) -> str:
    preview = tmp_path / "preview.mp4"
    preview.write_bytes(b"a small master")
    standing = a_standing(plan)
    manifest = build_manifest(plan, standing, frozenset())
    return write_gallery(plan, standing, manifest, Store(tmp_path / "store"), preview).read_text(encoding="utf-8")


def test_the_switch_is_there_only_where_there_is_a_zone(tmp_path: Path) -> None:
    assert 'id="zones"' in page(planned(tmp_path, "meta.reels"), tmp_path)
    assert 'id="zones"' not in page(planned(tmp_path), tmp_path)
