"""Timelines of delivered films: read back by the library that any editing system uses, they tell the same frames."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from builders import an_edit
from plans import a_brief, a_campaign, a_plan
from standings import a_campaign_in, a_job_standing, a_standing, contents, finish_all

from campaign.delivery.manifest import build_manifest
from campaign.delivery.placing import place
from campaign.delivery.timelines import edl_text, otio_text, write_timelines
from campaign.intake.cuts import read_cuts
from campaign.model.edit import Art, MasterEdit, Shot, Treatment
from campaign.model.plan import Film
from campaign.model.rates import Cadence
from campaign.model.ratios import AspectRatio
from campaign.store.files import Store

TALL = AspectRatio("9:16")
RATES = [
    (Fraction(24000, 1001), "01:00:00:00"),
    (Fraction(24), None),
    (Fraction(25), "10:00:00:00"),
    (Fraction(30000, 1001), "01:00:00;00"),
    (Fraction(30000, 1001), "00:59:58:00"),
    (Fraction(30), "01:00:00:00"),
    (Fraction(50), "00:00:00:00"),
    (Fraction(60000, 1001), "01:00:00;00"),
    (Fraction(60), None),
]


def a_master(rate: Fraction, timecode: str | None) -> MasterEdit:
    """A long shot that is bought in two pieces, and a card with art of its own for 9:16."""
    long, frames = round(20 * rate), round(22 * rate)
    card = Art(TALL, Path("/films/card.png"), "c" * 64)
    shots = (
        Shot(id="pour", start_frame=0, end_frame=long, found="master.edl event 001"),
        Shot(id="card", start_frame=long, end_frame=frames, treatment=Treatment(modify=False, art=(card,))),
    )
    edit = an_edit(frames=frames, rate=rate, timecode=timecode, path=Path("/films/Spot 30.mov"))
    return replace(edit, shots=shots)


def a_film(master: MasterEdit) -> Film:
    return a_plan(a_brief(campaign=a_campaign(ratios=(TALL,))), master).films[0]


@pytest.mark.parametrize(("rate", "timecode"), RATES)
def test_a_timeline_reads_back_as_the_frames_of_the_film(rate: Fraction, timecode: str | None) -> None:
    master = a_master(rate, timecode)
    film = a_film(master)
    jobs = {key: a_job_standing(remote_id=f"gen-{n}") for n, key in enumerate(film.jobs)}
    text = otio_text(film, film.outputs[0], master, jobs)
    assert text == otio_text(film, film.outputs[0], master, jobs)
    timeline = otio.core.deserialize_json_from_string(text)
    start = otio.opentime.from_timecode(timecode or "00:00:00:00", float(rate)).value
    assert timeline.global_start_time.value == start
    clips = list(timeline.tracks[0])
    assert [
        (clip.name, clip.source_range.start_time.value - start, clip.source_range.duration.value) for clip in clips
    ] == [(piece.segment.name, piece.segment.start_frame, piece.segment.frames) for piece in film.pieces]
    assert [len(clip.markers) for clip in clips] == [0, 1, 0]
    told = [clip.metadata["fanout"] for clip in clips]
    assert [each["job"] for each in told] == [piece.key for piece in film.pieces]
    assert told[0]["provider"] == "luma" and told[0]["remote_id"].startswith("gen-")
    assert told[2]["art"]["file"] == "card.png"
    assert {clip.media_reference.target_url for clip in clips} == {"Spot 30.mov"}


@pytest.mark.parametrize(("rate", "timecode"), RATES)
def test_an_edl_reads_back_as_the_frames_of_the_film(rate: Fraction, timecode: str | None, tmp_path: Path) -> None:
    master = a_master(rate, timecode)
    film = a_film(master)
    text = edl_text(film, film.outputs[0], master, {})
    assert text is not None
    path = tmp_path / "film.edl"
    path.write_text(text)
    found, faults = read_cuts(path, "film.edl", rate, master.frames)
    assert faults == () and found is not None
    assert [(shot.start_frame, shot.end_frame) for shot in found.shots] == [
        (piece.segment.start_frame, piece.segment.end_frame) for piece in film.pieces
    ]
    first = next(line for line in text.splitlines() if line.startswith("001"))
    assert first.split()[4] == first.split()[6] == (timecode or "00:00:00:00")
    assert ("FCM: DROP" in text) == (";" in (timecode or ""))
    assert "SPOT30" in first and "* SEAM INSIDE A SHOT" in text and "* ART card.png" in text


@pytest.mark.parametrize(("rate", "timecode"), [RATES[1], RATES[2], RATES[3]])
def test_a_film_whose_spec_asks_for_a_first_timecode_begins_there(rate: Fraction, timecode: str | None) -> None:
    asked = "10:00:00;00" if ";" in (timecode or "") else "10:00:00:00"
    master = a_master(rate, timecode)
    film = a_film(master)
    output = replace(film.outputs[0], spec=replace(film.outputs[0].spec, first_timecode=asked))
    timeline = otio.core.deserialize_json_from_string(otio_text(film, output, master, {}))
    assert timeline.global_start_time == otio.opentime.from_timecode(asked, float(rate))
    first = otio.opentime.from_timecode(timecode or "00:00:00:00", float(rate))
    assert timeline.tracks[0][0].source_range.start_time == first
    assert timeline.tracks[0][0].media_reference.available_range.start_time == first
    text = edl_text(film, output, master, {})
    assert text is not None
    event = next(line for line in text.splitlines() if line.startswith("001")).split()
    assert (event[4], event[6]) == (timecode or "00:00:00:00", asked)


def test_where_only_one_timecode_drops_numbers_there_is_no_edl() -> None:
    master = a_master(Fraction(30000, 1001), "01:00:00;00")
    film = a_film(master)
    output = replace(film.outputs[0], spec=replace(film.outputs[0].spec, first_timecode="10:00:00:00"))
    assert edl_text(film, output, master, {}) is None
    assert edl_text(film, film.outputs[0], master, {}) is not None


def test_a_film_at_another_rate_says_how_it_shows_the_master() -> None:
    master = a_master(Fraction(30), None)
    film = a_film(master)
    output = replace(film.outputs[0], cadence=Cadence(Fraction(60), repeat=2))
    assert "each frame is shown twice" in otio_text(film, output, master, {})
    assert edl_text(film, output, master, {}) is None


def test_what_a_vendor_calls_a_job_adds_no_line_to_an_edl() -> None:
    master = a_master(Fraction(25), None)
    film = a_film(master)
    jobs = dict.fromkeys(film.jobs, a_job_standing(remote_id="gen\n009  X  V  C  00:00:00:00"))
    text = edl_text(film, film.outputs[0], master, jobs)
    assert text is not None and "\n009" not in text


def test_a_rate_without_timecode_has_a_timeline_and_no_edl() -> None:
    master = a_master(Fraction(120), None)
    film = a_film(master)
    assert edl_text(film, film.outputs[0], master, {}) is None
    assert json.loads(otio_text(film, film.outputs[0], master, {}))["OTIO_SCHEMA"].startswith("Timeline")


def test_every_delivered_film_has_its_timeline_in_the_manifest(tmp_path: Path) -> None:
    plan, store = a_campaign_in(tmp_path), Store(tmp_path / "store")
    finished = finish_all(plan, store)
    del finished[plan.films[0].outputs[0].key]
    place(plan, finished, store, ())
    standing = a_standing(plan, finished)
    manifest = build_manifest(plan, standing, frozenset())
    write_timelines(manifest, plan, standing)
    missing, made = manifest["items"]
    assert missing["timeline"] is None
    name = plan.films[1].outputs[0].name
    assert made["timeline"] == f"timelines/9x16/{name}.otio"
    before = contents(plan.out, "timelines")
    assert list(before) == [f"timelines/9x16/{name}.edl", f"timelines/9x16/{name}.otio"]
    stamps = [path.stat().st_mtime_ns for path in sorted((plan.out / "timelines").rglob("*.*"))]
    write_timelines(manifest, plan, standing)
    assert contents(plan.out, "timelines") == before
    assert [path.stat().st_mtime_ns for path in sorted((plan.out / "timelines").rglob("*.*"))] == stamps
