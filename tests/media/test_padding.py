"""Clips brought to a vendor's length: every frame in its place, the last one held."""

import asyncio
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from footage import SMALL, a_film, ffmpeg, numbers

from campaign.errors import MediaError
from campaign.media.engine import Engine
from campaign.media.film.padding import frames_in, pad_argv, pad_clip
from campaign.media.probe import probe
from campaign.media.source import Source
from campaign.model.ratios import Size


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "60"])
def test_a_short_clip_holds_its_last_frame(rate: str, engine: Engine, tmp_path: Path) -> None:
    clip = a_film(tmp_path / "clip.mp4", frames=7, rate=Fraction(rate), sound=None)
    asyncio.run(pad_clip(clip, 12, tmp_path / "padded.mp4", engine))
    assert numbers(tmp_path / "padded.mp4") == [0, 1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6]
    facts = probe(tmp_path / "padded.mp4")
    assert (facts.rate, facts.size, facts.colour) == (Fraction(rate), SMALL, ("tv", "bt709", "bt709", "bt709"))


def test_a_long_clip_loses_its_tail_and_its_sound(engine: Engine, tmp_path: Path) -> None:
    clip = a_film(tmp_path / "clip.mov", frames=12)
    asyncio.run(pad_clip(clip, 7, tmp_path / "cut.mp4", engine))
    assert numbers(tmp_path / "cut.mp4") == list(range(7))
    assert probe(tmp_path / "cut.mp4").audio is None


def test_a_clip_of_the_right_length_keeps_every_frame(engine: Engine, tmp_path: Path) -> None:
    clip = a_film(tmp_path / "clip.mp4", frames=9, sound=None)
    asyncio.run(pad_clip(clip, 9, tmp_path / "same.mp4", engine))
    assert numbers(tmp_path / "same.mp4") == list(range(9))


def test_wide_pixels_that_make_an_odd_width_are_padded_too(engine: Engine, tmp_path: Path) -> None:
    ffmpeg("-i", a_film(tmp_path / "clip.mp4", frames=7, sound=None), "-vf", "setsar=4/3", tmp_path / "wide.mp4")
    assert probe(tmp_path / "wide.mp4").size == Size(213, 90)
    asyncio.run(pad_clip(tmp_path / "wide.mp4", 9, tmp_path / "padded.mp4", engine))
    assert numbers(tmp_path / "padded.mp4") == [0, 1, 2, 3, 4, 5, 6, 6, 6]
    assert probe(tmp_path / "padded.mp4").size == Size(212, 90)


def test_what_is_no_film_is_refused(engine: Engine, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"#EXTM3U\nfile.ts\n")
    with pytest.raises(MediaError):
        asyncio.run(pad_clip(clip, 9, tmp_path / "padded.mp4", engine))


@pytest.mark.parametrize(
    ("seconds", "rate", "frames"),
    [(5, "24", 120), (10, "25", 250), (5, "24000/1001", 119), (10, "30000/1001", 299), (5, "60", 300)],
)
def test_no_more_frames_than_the_seconds_hold(seconds: int, rate: str, frames: int) -> None:
    assert frames_in(seconds, Fraction(rate)) == frames
    assert frames / Fraction(rate) <= seconds < (frames + 1) / Fraction(rate)


def test_the_command_is_the_reviewed_one(golden: Callable[[str, str], None]) -> None:
    engine, source = Engine(Path("/ffmpeg"), "9"), Source(Path("/in.mp4"), "mov")
    argv = pad_argv(engine, source, SMALL, rate=Fraction(24), frames=120, into=Path("/out.mp4"))
    golden("argv/pad.txt", "\n".join(argv).replace(";", ";\n") + "\n")
