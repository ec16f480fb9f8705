"""How real files are packed."""

from pathlib import Path

import pytest
from footage import a_film, ffmpeg

from campaign.media.quality.packing import read_packing


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_film(tmp_path_factory.mktemp("packing") / "plain.mov", frames=48)


def test_a_film_ready_to_stream(plain: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    codecs = ("-vf", "noise=alls=60:allf=t", "-c:v", "libx264", "-profile:v", "high", "-c:a", "aac", "-b:a", "128k")
    ffmpeg("-i", plain, *codecs, "-timecode", "10:00:00:00", "-movflags", "+faststart", film)
    packing = read_packing(film)
    assert (packing.container, packing.profile, packing.timecode) == ("mp4", "High", "10:00:00:00")
    assert (packing.index_first, packing.discarded, packing.edits) == (True, 0, ())
    assert packing.audio_kbps is not None
    assert 100 < packing.audio_kbps < 160
    assert packing.video_kbps == pytest.approx((film.stat().st_size - packing.audio_kbps * 250) * 8 / 2000, rel=0.03)


def test_an_index_at_the_end_and_frames_that_an_edit_list_hides(plain: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    ffmpeg("-i", plain, "-c:v", "libx264", "-g", "48", "-an", tmp_path / "whole.mp4")
    assert read_packing(tmp_path / "whole.mp4").index_first is False
    ffmpeg("-ss", "0.5", "-i", tmp_path / "whole.mp4", "-c", "copy", film)
    assert read_packing(film).discarded == 12


def test_a_late_start_is_an_empty_edit(plain: Path, tmp_path: Path) -> None:
    ffmpeg("-itsoffset", "0.5", "-i", plain, "-c:v", "copy", "-an", tmp_path / "late.mov")
    packing = read_packing(tmp_path / "late.mov")
    assert packing.container == "mov" and "an empty entry" in packing.edits
    ffmpeg("-i", plain, "-c:v", "copy", "-an", tmp_path / "film.mkv")
    assert read_packing(tmp_path / "film.mkv").container == "mkv"
