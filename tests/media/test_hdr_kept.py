"""Results in HDR: the film is their trim, what came lies whole beside it."""

import asyncio
import hashlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from desks import Desk
from exr_files import FLOAT, frames, zipped
from footage import in_hdr
from standings import a_job_standing, a_standing

from campaign.delivery.extras import originals_of, shown
from campaign.delivery.manifest import build_manifest, delivered_files
from campaign.delivery.placing import place
from campaign.errors import MediaError
from campaign.media.engine import Engine
from campaign.media.local.framing import render_framing
from campaign.media.probe import probe
from campaign.model.jobs import Framing, How
from campaign.model.ratios import Size


def bought_in_hdr(desk: Desk, tmp_path: Path, *, depth: int) -> tuple[Path, Path]:
    desk.in_hdr()
    result, exr = in_hdr(tmp_path / "back.mp4"), zipped(tmp_path / "back.zip", frames(30, depth=depth))
    kept = tmp_path / "kept"
    kept.mkdir()
    copies = kept / "film.mp4", kept / "frames.zip"
    for path, copied in zip((result, exr), copies, strict=True):
        copied.write_bytes(path.read_bytes())
    desk.bought(result, exr)
    return copies


def test_an_hdr_result_and_its_exr_lie_whole_beside_the_trim_and_leave_with_it(desk: Desk, tmp_path: Path) -> None:
    copies = bought_in_hdr(desk, tmp_path, depth=FLOAT)
    film, plan = desk.film(), replace(desk.plan(desk.film()), draft=False)
    (done,) = desk.finish(film)
    told = {finding.check: finding for finding in done.report.findings if finding.check in ("exr", "hdr", "conform")}
    assert told.keys() == {"exr", "conform"}
    assert "SDR trim" in told["conform"].message and told["conform"].severity == "info"
    assert (told["exr"].measured, told["exr"].expected, told["exr"].severity) == ("float", "half", "warning")
    kept = originals_of(film, plan, desk.ledger.records(film.jobs), desk.store)
    files = {each.file: each.sha256 for each in kept}
    finished = {done.key: done}
    assert not place(plan, finished, desk.store, originals=files).troubles
    items = build_manifest(
        plan, a_standing(plan, finished, {desk.job.key: a_job_standing()}), frozenset(), extras={film.id: shown(kept)}
    )
    (item,) = items["items"]
    assert item["status"] == "delivered", done.report.errors
    extras = item["extras"]
    assert [(each["kind"], each["frames"], each["width"], each["checked"]) for each in extras] == [
        ("hdr", 30, 160, True),
        ("exr", 30, 160, False),
    ]
    for each, copied in zip(extras, copies, strict=True):
        assert (plan.out / each["file"]).read_bytes() == copied.read_bytes()
        assert hashlib.sha256(copied.read_bytes()).hexdigest() == each["sha256"]
    assert {each["file"] for each in extras} < set(delivered_files(items))
    draft = replace(plan, draft=True)
    assert not [file for file in place(draft, {}, desk.store).superseded if file in files]
    assert files.keys() <= set(place(plan, {}, desk.store, delivered_files(items), dict.fromkeys(files)).superseded)
    assert not list((plan.out / "hdr").glob("*/*/*")) and len(list((plan.out / "superseded/hdr").glob("*/*/*"))) == 2


def test_an_hdr_result_is_no_sdr_film_where_nobody_ordered_it(desk: Desk, tmp_path: Path) -> None:
    desk.bought(in_hdr(tmp_path / "back.mp4"))
    (done,) = desk.finish(desk.film())
    assert not done.report.passed
    plan = desk.plan(desk.film())
    assert not originals_of(desk.film(), plan, desk.ledger.records([desk.job.key]), desk.store)


def test_a_crop_of_an_hdr_result_is_sdr_and_only_of_one_that_was_ordered(engine: Engine, tmp_path: Path) -> None:
    back, tall = in_hdr(tmp_path / "back.mp4", 12), tmp_path / "tall.mp4"
    terms = {"size": Size(50, 90), "rate": Fraction(24), "frames": 12, "into": tall, "engine": engine}
    framing = Framing(How.CROP, (0.5, 0.5))
    with pytest.raises(MediaError, match="which was not ordered"):
        asyncio.run(render_framing(back, framing, **terms))  # type: ignore[arg-type]
    asyncio.run(render_framing(back, framing, **terms, hdr=True))  # type: ignore[arg-type]
    assert probe(tall).colour == ("tv", "bt709", "bt709", "bt709") and probe(tall).size == Size(50, 90)
