"""The gallery opened from disk in a real browser, where there is one: its script runs, and nothing else does."""

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest
from browsing import FLAGS, Window, browsing, found_browser
from builders import a_finished, a_variant, a_waiver, an_edit
from footage import a_film
from plans import a_brief, a_campaign, a_plan
from standings import FAILED, WARNED, a_standing, finish

from campaign.delivery.evidence import FRAMES, export_evidence
from campaign.delivery.gallery import write_gallery
from campaign.delivery.manifest import build_manifest
from campaign.delivery.placing import place
from campaign.intake.catalogue import read_catalogue
from campaign.media.engine import find_engine
from campaign.model.qc import QCReport
from campaign.model.ratios import AspectRatio
from campaign.store.files import Store

INTRUDERS = (
    "<script>document.title = 'evil'</script>",
    "<img src=x onerror=\"document.title = 'evil'\">",
    "<script src=evil.js></script>",
    "<iframe srcdoc=\"<script>parent.document.title = 'evil'</script>\"></iframe>",
    "<img src='https://evil.example/pixel.png'>",
)


@pytest.fixture(scope="module")
def browser() -> str:
    return found_browser()


@pytest.fixture
def window(browser: str, page: Path) -> Iterator[Window]:
    """The gallery opened from disk; at the end nothing may have been complained of."""
    with browsing(browser, logs={"browser": "ALL"}) as there:
        there.go(page.as_uri())
        yield there
        assert there.ask("se/log", type="browser") == []


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gallery of a campaign with hostile cells, two destinations, a warning and an error that was waived."""
    root = tmp_path_factory.mktemp("campaign")
    store = Store(root / "store")
    cells = (("setting", "a quay"), ("light", "haze"), ("headline", "<b onclick=alert(1)>Frisch</b>"))
    wide, tall = AspectRatio("16:9"), AspectRatio("9:16")
    campaign = a_campaign(root=root, ratios=(wide, tall), placements=("meta.reels", "tiktok.in_feed"), provider="local")
    rows = (
        a_variant(market='D"><E', values=cells),
        a_variant(key="ae-ar-winter-families", market="AE", locale="ar-AE", values=(("setting", "a camp"), *cells[1:])),
    )
    brief = replace(a_brief(*rows, campaign=campaign), catalogue=read_catalogue())
    plan = a_plan(brief, an_edit(shots=1, frames=24))
    waived = replace(FAILED.findings[0], frame=5, waiver=a_waiver(a_finished()))
    report = QCReport((replace(WARNED.findings[0], frame=12), waived))
    finished = finish(plan.films[0], store, report=report)
    for film in plan.films[1:]:
        finished |= finish(film, store) if film.ratio == tall else {}
    path = store.temporary(".mp4")
    a_film(path, sound="aac")
    kept = store.put(path, ".mp4")
    finished = {
        key: replace(done, sha256=kept.sha256, facts=replace(done.facts, bytes=kept.bytes))
        for key, done in finished.items()
    }
    place(plan, finished, store)
    pictured = replace(plan.master, path=store.local(kept.sha256))
    folder = plan.out / "report" / FRAMES
    asyncio.run(export_evidence(tuple(finished.values()), pictured, store, folder, find_engine()))
    manifest = build_manifest(plan, a_standing(plan, finished), frozenset())
    return write_gallery(plan, a_standing(plan, finished), manifest, store, store.local(kept.sha256))


def opened(browser: str, page: Path, home: Path) -> tuple[str, list[str]]:
    """The page as it is once its script has run, and what the browser's console said."""
    argv = [browser, *FLAGS, "--enable-logging=stderr", "--dump-dom", f"--user-data-dir={home}", page.as_uri()]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=True)
    return run.stdout, [line for line in run.stderr.splitlines() if "CONSOLE" in line]


def test_it_runs_from_disk_without_a_complaint(browser: str, page: Path, tmp_path: Path) -> None:
    text, console = opened(browser, page, tmp_path)
    assert console == []
    root = html5lib.parse(text, namespaceHTMLElements=False)
    assert ["".join(each.itertext()) for each in root.iterfind(".//form/output")] == ["8 films"]
    assert "Frisch" in "".join(root.itertext())
    assert not root.findall(".//section//b[@onclick]")


def test_frames_that_a_finding_is_about_lie_side_by_side(page: Path) -> None:
    text = page.read_text("utf-8")
    found = re.findall(
        r'<span class="pair"><img src="(.*?)" alt="the master.*?"><img src="(.*?)" alt="the variant', text
    )
    assert len(found) == 2
    for address in {address for pair in found for address in pair}:
        assert (page.parent / address).read_bytes()[:3] == b"\xff\xd8\xff"
    assert not [path for path in (page.parent / "frames").iterdir() if path.suffix != ".jpg"]


def test_what_is_not_ours_does_not_run_even_if_it_got_into_the_page(browser: str, page: Path, tmp_path: Path) -> None:
    bad = page.with_name("intruded.html")
    (page.parent / "evil.js").write_text("document.title = 'evil'")
    intruded = page.read_text("utf-8").replace("<main>", f"<main>{''.join(INTRUDERS)}")
    bad.write_text(intruded, encoding="utf-8")
    text, console = opened(browser, bad, tmp_path)
    title = re.search(r"<title>(.*?)</title>", text)
    assert title is not None
    assert title[1] == "fresh-days · acme"
    assert len(console) >= len(INTRUDERS)
    assert all("Content Security Policy" in line for line in console)


SHARE = """const inside = arguments[0].getBoundingClientRect(), whole = arguments[1].getBoundingClientRect();
    return [inside.top - whole.top, whole.right - inside.right, whole.bottom - inside.bottom, inside.left - whole.left]
        .map((side, n) => Math.round(100 * side / (n % 2 ? whole.width : whole.height)));"""


def uncovered(window: Window, zone: str, whole: str) -> list[int]:
    """The margins of a safe zone as drawn, in percent: top, right, bottom, left."""
    find = f"[document.querySelector({json.dumps(zone)}), document.querySelector({json.dumps(whole)})]"
    found: list[int] = window.js(f"return (function () {{ {SHARE} }})(...{find});")
    return found


def shown(window: Window, selector: str) -> list[str]:
    """The text of what is visible among these elements."""
    found: list[str] = window.js(
        f"return [...document.querySelectorAll({json.dumps(selector)})]"
        ".filter((each) => each.checkVisibility()).map((each) => each.textContent);"
    )
    return found


def test_the_switch_draws_safe_zones_and_says_where_none_is_stated(window: Window) -> None:
    assert shown(window, ".zone, .unzoned") == []
    window.press("#zones")
    assert shown(window, ".zone, .unzoned") == ["", "", "", "no safe zone stated"]
    of_reels = 'section[data-market="=AE"] a[data-title$="meta.reels"]'
    assert uncovered(window, f"{of_reels} .zone", of_reels) == [14, 6, 35, 6]


def test_the_safe_zone_lies_over_the_film_in_the_viewer_too(window: Window) -> None:
    window.press('section[data-market="=AE"] a[data-title$="meta.reels"]')
    assert shown(window, "#viewer .zone") == []
    window.press("[data-do=zones]")
    assert uncovered(window, "#viewer .zone", "#viewer-film") == [14, 6, 35, 6]
    window.press("[data-do=after]")
    assert shown(window, ".screen i") == ["no safe zone stated"]
    window.press("[data-do=zones]")
    assert shown(window, ".screen i") == []


def test_a_click_on_a_finding_shows_its_frame_of_both_films(window: Window) -> None:
    window.ask("window/rect", width=1000, height=500)
    window.press("section a.frame")
    window.press("#viewer-findings [data-frame='12'] .pair")
    assert window.holds("document.getElementById('viewer-frame').textContent.startsWith('frame 12 of 24')")
    assert window.holds(
        "['viewer-film', 'viewer-master'].every((id) => Math.floor(byId(id).currentTime * rate) === 12)"
    )
    assert window.js("return Math.round(byId('viewer-film').getBoundingClientRect().top) >= 0")
    pairs = "[...document.querySelectorAll('#viewer-findings .pair img')].slice(0, 2)"
    assert window.holds(f"{pairs}.every((image) => image.naturalWidth > 0)")
    heights = window.js(f"return {pairs}.map((image) => Math.round(image.getBoundingClientRect().height));")
    assert len(heights) == 2 and abs(heights[0] - heights[1]) <= 1 and heights[0] > 60


def test_a_waived_error_is_found_by_its_filter_and_names_who_waived_it(window: Window) -> None:
    window.js("location.hash = 'qc=waived'")
    assert window.holds("document.querySelector('form output').textContent === '1 film'")
    assert shown(window, ".mark") == ["waived"]
    window.press("section a.frame")
    assert shown(window, "#viewer-findings em") == ["an error, waived by Maria on 2026-11-20: the end card"]
