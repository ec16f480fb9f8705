"""The gallery of films that go to several destinations, where one of the files fails quality control."""

from dataclasses import replace
from pathlib import Path

import pytest
from builders import a_variant, an_edit
from plans import a_brief, a_campaign, a_plan
from standings import FAILED, a_standing, finish

from campaign.delivery.gallery import write_gallery
from campaign.delivery.manifest import build_manifest
from campaign.delivery.placing import place
from campaign.delivery.showing import rows_of
from campaign.intake.catalogue import read_catalogue
from campaign.model.qc import QCReport
from campaign.model.ratios import AspectRatio
from campaign.store.files import Store


@pytest.mark.parametrize(
    ("check", "held", "gaps"),
    [
        ("loudness", [False, False, True], ["9:16 tiktok.in_feed"]),
        ("drift", [True, True, True], ["9:16, 9:16 meta.reels", "9:16 tiktok.in_feed"]),
    ],
)
def test_it_names_what_is_held_back_and_the_next_command(
    tmp_path: Path, check: str, held: list[bool], gaps: list[str]
) -> None:
    store, preview = Store(tmp_path / "store"), tmp_path / "preview.mp4"
    preview.write_bytes(b"a small master")
    placements = ("meta.reels", "tiktok.in_feed")
    campaign = a_campaign(root=tmp_path, ratios=(AspectRatio("9:16"),), placements=placements, provider="local")
    brief = replace(a_brief(a_variant(), campaign=campaign), catalogue=read_catalogue())
    plan = a_plan(brief, an_edit(shots=1, frames=24 * 15))
    finished = finish(plan.films[0], store)
    bad = next(output.key for output in plan.films[0].outputs if output.placement == "tiktok.in_feed")
    report = QCReport((replace(FAILED.findings[0], check=check),))
    finished[bad] = replace(finished[bad], report=report)
    place(plan, finished, store)
    standing = a_standing(plan, finished)
    manifest = build_manifest(plan, standing, frozenset())
    assert manifest["counts"] == {"planned": 3, "delivered": 3 - sum(held), "failed": sum(held), "skipped": 0}
    (row,) = rows_of(plan, standing, manifest["items"])
    assert [gap.ratios for gap in row.gaps] == gaps
    assert [card.held for card in row.cards] == held
    alone = " --placement tiktok.in_feed" if check == "loudness" else ""
    next_step = f"fanout approve --waive {check} --by NAME --only variant={plan.films[0].variant.key},ratio=9:16{alone}"
    assert [next_step in (item["next"] or "") for item in manifest["items"]] == held
    text = write_gallery(plan, standing, manifest, store, preview).read_text(encoding="utf-8")
    assert text.count('<span class="veil">held by quality control</span>') == sum(held)
    assert f"<code>{next_step}</code>" in text
    shown = {card.film for card in row.cards if card.held}
    assert {f"held/{path.name}" for path in (plan.out / "report" / "held").iterdir()} == shown
