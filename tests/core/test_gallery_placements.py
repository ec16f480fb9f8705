"""The gallery of films that go to several destinations, where one of the files is held back."""

from dataclasses import replace
from pathlib import Path

from builders import a_variant, an_edit
from plans import a_brief, a_campaign, a_plan
from standings import FAILED, a_standing, finish

from campaign.delivery.gallery import write_gallery
from campaign.delivery.manifest import build_manifest
from campaign.delivery.showing import rows_of
from campaign.intake.catalogue import read_catalogue
from campaign.model.ratios import AspectRatio
from campaign.store.files import Store


def test_it_names_the_file_that_holds_the_others_of_its_ratio(tmp_path: Path) -> None:
    store, preview = Store(tmp_path / "store"), tmp_path / "preview.mp4"
    preview.write_bytes(b"a small master")
    placements = ("meta.reels", "tiktok.in_feed")
    campaign = a_campaign(root=tmp_path, ratios=(AspectRatio("9:16"),), placements=placements, provider="local")
    brief = replace(a_brief(a_variant(), campaign=campaign), catalogue=read_catalogue())
    plan = a_plan(brief, an_edit(shots=1, frames=24 * 15))
    finished = finish(plan.films[0], store)
    bad = next(output.key for output in plan.films[0].outputs if output.placement == "tiktok.in_feed")
    standing = a_standing(plan, finished | {bad: replace(finished[bad], report=FAILED)})
    manifest = build_manifest(plan, standing, frozenset())
    (row,) = rows_of(plan, standing, manifest["items"])
    assert [gap.ratios for gap in row.gaps] == ["9:16 tiktok.in_feed"]
    assert [(card.held, card.beside_held) for card in row.cards] == [(False, True), (False, True), (True, False)]
    text = write_gallery(plan, standing, manifest, store, preview).read_text(encoding="utf-8")
    assert text.count("<span>held with another file of this ratio</span>") == 2
    assert "<span>tiktok.<wbr>in_<wbr>feed</span>" in text
