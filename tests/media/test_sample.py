"""The sample master edit: what it promises to the rest of the house."""

import asyncio
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from footage import pcm

from campaign.media.engine import Engine
from campaign.media.master.master import read_master
from campaign.media.spot.sample import FRAMES, RATE, SHOTS, draw_frames, render_sample, sample_argv, subject_at
from campaign.media.spot.sound import SAMPLES, make_sound
from campaign.model.ratios import Size

TINY = Size(96, 54)


def test_shots_cover_the_edit_without_a_gap_and_only_the_end_card_is_kept() -> None:
    assert SHOTS[0].start_frame == 0
    assert SHOTS[-1].end_frame == FRAMES == 192
    assert all(one.end_frame == other.start_frame for one, other in pairwise(SHOTS))
    assert [shot.treatment.modify for shot in SHOTS] == [True, True, True, True, False]


def test_the_subject_stays_in_the_picture_and_moves_without_jumps() -> None:
    for shot in SHOTS:
        path = np.array([subject_at(frame) for frame in range(shot.start_frame, shot.end_frame)])
        assert path.min() > 0.05 and path.max() < 0.95
        assert np.abs(np.diff(path, axis=0)).max() < 0.02
    with pytest.raises(ValueError, match="outside the sample edit"):
        subject_at(FRAMES)


def test_a_centre_crop_to_9_16_loses_the_subject_in_nearly_every_frame_before_the_end_card() -> None:
    half = 9 / 16 / (16 / 9) / 2
    lost = [abs(subject_at(frame)[0] - 0.5) > half for frame in range(SHOTS[-1].start_frame)]
    assert np.mean(lost) > 0.95


def test_the_sound_lasts_as_long_as_the_picture_to_the_sample_and_leaves_headroom() -> None:
    sound = make_sound()
    assert sound.shape == (FRAMES * 2000, 2) == (SAMPLES, 2)
    assert 0.3 < np.abs(sound.astype(float)).max() / 32768 < 10 ** (-3 / 20)
    assert np.array_equal(sound, make_sound())
    assert np.mean(np.abs(sound[:, 0].astype(float) - sound[:, 1])) > 100


def test_every_frame_differs_from_the_one_before() -> None:
    frames = [np.asarray(frame, dtype=np.int16) for frame in draw_frames(Size(320, 180))]
    assert len(frames) == FRAMES
    assert min(np.abs(one - other).max() for one, other in pairwise(frames)) > 3


def test_two_renders_are_equal_to_the_byte(engine: Engine, tmp_path: Path) -> None:
    for name in ("one.mov", "two.mov"):
        asyncio.run(render_sample(tmp_path / name, engine, size=TINY))
    assert (tmp_path / "one.mov").read_bytes() == (tmp_path / "two.mov").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.mov", "two.mov"]


def test_its_cuts_are_found_where_they_are(sample_film: Path, engine: Engine, tmp_path: Path) -> None:
    edit = asyncio.run(read_master(sample_film, (), engine, tmp_path))
    assert (edit.frames, edit.rate) == (FRAMES, RATE)
    assert [shot.start_frame for shot in edit.shots] == [shot.start_frame for shot in SHOTS]
    assert edit.audio is not None and edit.audio.samples == SAMPLES


def test_it_carries_timecode_colour_tags_and_its_own_sound(sample_film: Path) -> None:
    with av.open(str(sample_film)) as container:
        assert container.streams.video[0].metadata["timecode"] == "01:00:00:00"
        frame = next(container.decode(video=0))
    assert (int(frame.colorspace), int(frame.color_primaries), int(frame.color_trc), int(frame.color_range)) == (
        1,
        1,
        1,
        1,
    )
    assert np.array_equal(pcm(sample_film).reshape(-1, 2), make_sound())


def test_a_failed_render_leaves_nothing_behind(tmp_path: Path) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\necho no >&2\nexit 1\n")
    broken.chmod(0o755)
    with pytest.raises(Exception, match="ffmpeg failed"):
        asyncio.run(render_sample(tmp_path / "film.mov", Engine(broken, "9"), size=TINY))
    assert [path.name for path in tmp_path.iterdir()] == ["ffmpeg"]


def test_the_command_is_the_reviewed_one(golden) -> None:
    argv = sample_argv(
        Engine(Path("/ffmpeg"), "9"), Path("/f.rgb"), Path("/s.wav"), Size(1920, 1080), Path("/film.mov")
    )
    golden("argv/sample.txt", "\n".join(argv) + "\n")
