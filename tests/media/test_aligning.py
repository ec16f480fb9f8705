"""A clip with frames too many or too few is evened at the end where it differs from the master, which its motion tells."""

import asyncio
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest
from builders import a_spec, an_output
from footage import SMALL, a_film, ffmpeg, numbers

from campaign.media.engine import Engine
from campaign.media.film.clips import Clip
from campaign.media.film.finishing import finish_film
from campaign.media.master.master import read_master
from campaign.model.edit import Shot
from campaign.model.qc import Finding
from campaign.model.ratios import Size


@dataclass(frozen=True)
class Return:
    """Which of the master's numbered frames came back for its frames 24 to 47, which are shown, and what is told."""

    first: int
    frames: int
    shown: list[int]
    told: str
    rate: int = 24


WHOLE = list(range(24, 48))
KNOWN = ", so it moves as the master does"
RETURNS = {
    "one more at its head": Return(23, 25, WHOLE, f"1 frame longer than 24: its head is dropped{KNOWN}"),
    "one more at its tail": Return(24, 25, WHOLE, f"1 frame longer than 24: its tail is dropped{KNOWN}"),
    "one less at its head": Return(25, 23, [25, *WHOLE[1:]], f"1 frame short of 24: its first frame is held{KNOWN}"),
    "one less at its tail": Return(24, 23, [*WHOLE[:-1], 46], f"1 frame short of 24: its last frame is held{KNOWN}"),
    "more at both ends": Return(
        22, 29, WHOLE, f"5 frames longer than 24: 2 at its head and 3 at its tail are dropped{KNOWN}"
    ),
    "many more": Return(24, 96, WHOLE, "72 frames longer than 24: its tail is dropped"),
    "restamped and one more at its head": Return(
        23, 25, WHOLE, f"1 frame longer than 24: its head is dropped{KNOWN}", rate=30
    ),
}
RESTYLED = "negate,lutyuv=y='16+(val-16)*0.6',gblur=sigma=2,noise=alls=6:allf=t"


def filmed(clip: Path, master: Path, engine: Engine, tmp_path: Path, size: Size) -> tuple[Path, tuple[Finding, ...]]:
    good, film = a_film(tmp_path / "good.mp4", size=size, sound=None), tmp_path / "film.mp4"
    clips = [Clip(path=path, frames=24, fit="crop", focus=(0.5, 0.5), ordered=True) for path in (good, clip)]
    edit = asyncio.run(read_master(master, (Shot(id="all", start_frame=0, end_frame=48),), engine, tmp_path / "cache"))
    output = an_output(spec=a_spec(audio_codec=None, preset="ultrafast", crf=4), size=size)
    making = finish_film(clips, master=edit, output=output, into=film, poster=tmp_path / "p.jpg", engine=engine)
    return film, asyncio.run(making)


@pytest.mark.parametrize("size", [SMALL, Size(90, 160)], ids=["the same shape", "another shape"])
@pytest.mark.parametrize("name", RETURNS)
def test_frames_are_evened_where_they_differ(
    name: str, size: Size, master_file: Path, engine: Engine, tmp_path: Path
) -> None:
    how = RETURNS[name]
    came = {"first": how.first, "frames": how.frames, "rate": Fraction(how.rate), "size": size, "sound": None}
    back = a_film(tmp_path / "back.mp4", **came)
    film, told = filmed(back, master_file, engine, tmp_path, size)
    assert numbers(film) == [*range(24), *how.shown]
    assert any(how.told in finding.message and finding.frame == 24 for finding in told), told


def test_a_restyle_of_it_is_placed_too(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    plain, back = a_film(tmp_path / "plain.mp4", first=22, frames=26, sound=None), tmp_path / "back.mp4"
    ffmpeg("-i", plain, "-vf", RESTYLED, "-preset", "ultrafast", "-crf", "8", back)
    film, told = filmed(back, master_file, engine, tmp_path, SMALL)
    assert [1023 - number for number in numbers(film)[24:]] == WHOLE
    assert any("2 frames longer than 24: its head is dropped" in finding.message for finding in told)


def test_a_resampled_clip_is_placed_by_its_resampled_frames(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    plain, back = a_film(tmp_path / "plain.mp4", first=23, frames=25, sound=None), tmp_path / "back.mp4"
    ffmpeg("-i", plain, "-vf", "fps=48:round=near", "-preset", "ultrafast", "-crf", "4", back)
    film, told = filmed(back, master_file, engine, tmp_path, SMALL)
    assert numbers(film)[24:] == WHOLE
    assert any("its head is dropped" in finding.message for finding in told)


def test_what_does_not_move_is_taken_from_its_first_frame_on_and_that_is_told(
    master_file: Path, engine: Engine, tmp_path: Path
) -> None:
    ffmpeg("-f", "lavfi", "-i", "color=gray:s=160x90:r=24", "-frames:v", "26", tmp_path / "back.mp4")
    _, told = filmed(tmp_path / "back.mp4", master_file, engine, tmp_path, SMALL)
    words = "2 frames longer than 24: its tail is dropped, though its motion does not tell at which end it differs"
    assert any(words in finding.message for finding in told)
