"""Finishing films of a plan with the real ledger and store."""

import asyncio
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from builders import a_spec, an_output
from desks import OUTPUT, Desk
from footage import SMALL, a_film, numbers

from campaign.delivery.pieces import passing_size
from campaign.errors import MediaError, StoreError
from campaign.model.finished import Finished
from campaign.model.ratios import Size


def test_a_film_is_made_of_results_and_the_master_s_own_frames(desk: Desk, tmp_path: Path) -> None:
    desk.bought(a_film(tmp_path / "result.mp4", frames=30, sound=None))
    (done,) = desk.finish(desk.film())
    assert done.report.passed, done.report
    assert (done.facts.frames, done.facts.rate, done.key) == (48, Fraction(24), OUTPUT.key)
    assert numbers(desk.store.local(done.sha256)) == list(range(48))
    assert desk.store.local(done.poster_sha256).read_bytes().startswith(b"\xff\xd8")
    assert desk.ledger.finished([OUTPUT.key])[OUTPUT.key] == done
    assert not list((tmp_path / "store" / "partial").iterdir())


def test_a_finished_film_is_not_made_again_until_its_bytes_are_gone(desk: Desk, tmp_path: Path) -> None:
    desk.bought(a_film(tmp_path / "result.mp4", frames=30, sound=None))
    (first,) = desk.finish(desk.film())
    assert desk.finish(desk.film()) == (first,)
    desk.store.local(first.sha256).unlink()
    (second,) = desk.finish(desk.film())
    assert second.made_at > first.made_at
    assert second.sha256 == first.sha256


def test_outputs_of_one_key_are_one_file_however_many_ask_at_once(desk: Desk, tmp_path: Path) -> None:
    desk.bought(a_film(tmp_path / "result.mp4", frames=30, sound=None))
    film = desk.film(OUTPUT, replace(OUTPUT, placement="meta.reels"))

    async def crowd() -> list[tuple[Finished, ...]]:
        return await asyncio.gather(*(desk.finishing(film) for _ in range(3)))

    done = {one for many in asyncio.run(crowd()) for one in many}
    assert len(done) == 1


def test_several_files_of_a_film_are_made_and_one_that_fails_loses_none(desk: Desk, tmp_path: Path) -> None:
    desk.bought(a_film(tmp_path / "result.mp4", frames=30, sound=None))
    small = an_output(size=Size(128, 72), key="c" * 64)
    exact = an_output(
        size=SMALL, key="d" * 64, spec=a_spec(container="mkv", video_codec="ffv1", audio_codec="pcm_s16le")
    )
    odd = an_output(size=SMALL, key="e" * 64, spec=a_spec(video_codec="mpeg9"))
    with pytest.raises(MediaError, match="mpeg9"):
        desk.finish(desk.film(odd, OUTPUT, small, exact))
    done = desk.ledger.finished([odd.key, OUTPUT.key, small.key, exact.key])
    assert set(done) == {OUTPUT.key, small.key, exact.key}
    for one in done.values():
        assert one.report.passed, one.report
        assert numbers(desk.store.local(one.sha256)) == list(range(48))
    assert not list((tmp_path / "store" / "partial").iterdir())


def test_a_broadcast_master_is_judged_like_any_film(desk: Desk, tmp_path: Path) -> None:
    desk.bought(a_film(tmp_path / "result.mp4", frames=30, sound=None))
    spec = a_spec(container="mxf", video_codec="prores_ks", pixel_format="yuv422p10le", audio_codec="pcm_s24le")
    (done,) = desk.finish(desk.film(an_output(size=SMALL, key="c" * 64, spec=spec)))
    assert done.report.passed, done.report
    assert done.facts.audio == "pcm_s24le 48000 Hz stereo"


def test_too_much_missing_is_an_error_that_names_the_job(desk: Desk, tmp_path: Path) -> None:
    desk.bought(a_film(tmp_path / "result.mp4", frames=24, sound=None))
    (done,) = desk.finish(desk.film())
    (finding,) = [finding for finding in done.report.findings if finding.check == "conform"]
    assert not done.report.passed and finding.severity == "error"
    assert f"hero, job {desk.job.key[:12]}" in finding.message and "6 frames short of 30" in finding.message
    assert (finding.measured, finding.frame) == ("24 frames at 24 fps, 160x90", 0)


def test_what_was_mended_is_a_warning_in_the_report(desk: Desk, tmp_path: Path) -> None:
    desk.bought(a_film(tmp_path / "result.mp4", frames=28, sound=None))
    (done,) = desk.finish(desk.film())
    (finding,) = [finding for finding in done.report.findings if finding.check == "conform"]
    assert finding.severity == "warning" and "2 frames short of 30" in finding.message
    assert done.facts.frames == 48


def test_a_film_that_fails_qc_is_recorded_all_the_same(desk: Desk, tmp_path: Path) -> None:
    desk.bought(a_film(tmp_path / "result.mp4", frames=30, sound=None))
    strict = an_output(size=SMALL, key="b" * 64, spec=a_spec(max_bytes=100))
    (done,) = desk.finish(desk.film(strict))
    assert not done.report.passed
    assert desk.ledger.finished([strict.key])[strict.key].report == done.report


def test_a_job_without_a_result_is_named(desk: Desk) -> None:
    with pytest.raises(StoreError, match=rf"{desk.job.key[:12]}.*Run again"):
        desk.finish(desk.film())
    assert not desk.ledger.finished([OUTPUT.key])


def test_a_film_that_is_skipped_makes_nothing(desk: Desk) -> None:
    assert desk.finish(replace(desk.film(), outputs=(), pieces=())) == ()


@pytest.mark.parametrize(
    ("output", "fit", "size"),
    [
        (Size(360, 640), "pad", Size(640, 360)),
        (Size(640, 360), "pad", Size(640, 360)),
        (Size(360, 640), "crop", Size(1280, 720)),
        (Size(840, 360), "crop", Size(960, 540)),
        (Size(1080, 1920), "crop", Size(1920, 1080)),
    ],
)
def test_passed_frames_are_cut_no_larger_than_they_are_needed(output: Size, fit: str, size: Size, desk: Desk) -> None:
    assert passing_size(replace(desk.edit, size=Size(1920, 1080)), output, fit) == size
