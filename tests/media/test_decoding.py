"""A full decode and a look: what a download may bring, and what is made of it."""

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from builders import a_job, an_edit
from footage import SMALL, a_film

from campaign.buying.inspecting import expected_bytes, inspect_film
from campaign.errors import MediaError
from campaign.media.decoding import decode_through
from campaign.media.engine import find_engine
from campaign.model.edit import Segment
from campaign.model.jobs import Job
from campaign.model.ratios import Size

RATE = Fraction(24)


def job_of(frames: int, size: Size = SMALL) -> Job:
    return replace(a_job(), segment=Segment(an_edit(1, 192).shots[0], 0, frames), size=size)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 frames at 24 fps, its index before its pictures, as vendors send films."""
    folder = tmp_path_factory.mktemp("film")
    whole = a_film(folder / "whole.mp4", frames=48, sound=None)
    argv = [str(find_engine().path), "-v", "error", "-i", str(whole), "-c", "copy", "-movflags", "+faststart"]
    subprocess.run([*argv, str(folder / "film.mp4")], check=True)
    return folder / "film.mp4"


def test_a_whole_film_is_decoded_to_its_last_frame(film: Path) -> None:
    assert decode_through(film) == 48


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95, 0.999])
def test_a_film_cut_short_is_refused_wherever_the_cut_is(film: Path, tmp_path: Path, part: float) -> None:
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(film.read_bytes()[: int(film.stat().st_size * part)])
    with pytest.raises(MediaError):
        decode_through(cut)


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_film_whose_end_is_empty_is_refused(film: Path, tmp_path: Path, part: float) -> None:
    kept = int(film.stat().st_size * part)
    hollow = tmp_path / "hollow.mp4"
    hollow.write_bytes(film.read_bytes()[:kept] + bytes(film.stat().st_size - kept))
    with pytest.raises(MediaError):
        decode_through(hollow)


def test_what_was_asked_for_is_no_finding_nor_is_a_frame_less_or_any_more(film: Path) -> None:
    for frames in (24, 46, 48, 50):
        seen = inspect_film(film, job_of(frames), RATE)
        assert (seen.findings, seen.short) == ((), False)


def test_another_length_or_shape_is_a_finding_and_no_refusal(film: Path) -> None:
    seen = inspect_film(film, job_of(56, Size(90, 160)), RATE)
    assert seen.findings == (
        "It has 48 frames at 24 fps, about 56 were expected.",
        "It is 160x90, 90x160 was expected.",
    )
    assert not seen.short


def test_a_larger_picture_of_the_same_shape_is_none(film: Path) -> None:
    assert inspect_film(film, job_of(48, Size(80, 45)), RATE).findings == ()
    assert inspect_film(film, job_of(48, Size(320, 180)), RATE).findings != ()


def test_the_clean_beginning_of_a_longer_film_is_short(film: Path) -> None:
    assert inspect_film(film, job_of(96), RATE).short


def test_lengths_are_compared_in_seconds_since_engines_have_rates_of_their_own(film: Path) -> None:
    assert inspect_film(film, job_of(96), Fraction(48)).findings == ()


def test_what_is_in_no_plan_is_only_looked_at_for_being_whole(film: Path, tmp_path: Path) -> None:
    assert inspect_film(film, None, RATE).findings == ()
    text = tmp_path / "error.mp4"
    text.write_text("<Error><Code>AccessDenied</Code></Error>")
    with pytest.raises(MediaError, match="HTML or XML"):
        inspect_film(text, None, RATE)


def test_an_export_weighs_far_more_than_its_film() -> None:
    job = job_of(96, Size(1920, 1080))
    plain, deep = expected_bytes(job, RATE), expected_bytes(replace(job, hdr=True, exr=True), RATE)
    assert plain < 10_000_000 < 1_000_000_000 < deep
    assert expected_bytes(None, RATE) == 0
