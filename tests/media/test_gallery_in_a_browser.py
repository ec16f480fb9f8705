"""The gallery opened from disk in a real browser, where there is one: its script runs, and nothing else does."""

import asyncio
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest
from builders import a_variant, an_edit
from footage import a_film
from plans import a_brief, a_campaign, a_plan
from standings import WARNED, a_standing, finish

from campaign.delivery.evidence import FRAMES, export_evidence
from campaign.delivery.gallery import write_gallery
from campaign.delivery.manifest import build_manifest
from campaign.delivery.placing import place
from campaign.media.engine import find_engine
from campaign.model.qc import QCReport
from campaign.model.ratios import AspectRatio
from campaign.store.files import Store

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
    *("--enable-logging=stderr", "--dump-dom"),
]
INTRUDERS = (
    "<script>document.title = 'evil'</script>",
    "<img src=x onerror=\"document.title = 'evil'\">",
    "<script src=evil.js></script>",
    "<iframe srcdoc=\"<script>parent.document.title = 'evil'</script>\"></iframe>",
    "<img src='https://evil.example/pixel.png'>",
)


@pytest.fixture(scope="module")
def browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gallery of a campaign with one film delivered and hostile cells."""
    root = tmp_path_factory.mktemp("campaign")
    store = Store(root / "store")
    cells = (("setting", "a quay"), ("light", "haze"), ("headline", "<b onclick=alert(1)>Frisch</b>"))
    campaign = a_campaign(root=root, ratios=(AspectRatio("16:9"), AspectRatio("9:16")))
    plan = a_plan(a_brief(a_variant(market='D"><E', values=cells), campaign=campaign), an_edit(shots=1, frames=24))
    finished = finish(plan.films[0], store, report=QCReport((replace(WARNED.findings[0], frame=12),)))
    film = store.temporary(".mp4")
    a_film(film, sound="aac")
    kept = store.put(film, ".mp4")
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
    argv = [browser, *FLAGS, f"--user-data-dir={home}", page.as_uri()]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=True)
    return run.stdout, [line for line in run.stderr.splitlines() if "CONSOLE" in line]


def test_it_runs_from_disk_without_a_complaint(browser: str, page: Path, tmp_path: Path) -> None:
    text, console = opened(browser, page, tmp_path)
    assert console == []
    root = html5lib.parse(text, namespaceHTMLElements=False)
    assert ["".join(each.itertext()) for each in root.iterfind(".//form/output")] == ["2 films"]
    assert "Frisch" in "".join(root.itertext())
    assert not root.findall(".//section//b[@onclick]")


def test_frames_that_a_finding_is_about_lie_side_by_side(page: Path) -> None:
    text = page.read_text("utf-8")
    found = re.findall(
        r'<span class="pair"><img src="(.*?)" alt="the master.*?"><img src="(.*?)" alt="the variant', text
    )
    assert len(found) == 1
    for address in found[0]:
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
