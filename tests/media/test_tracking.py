"""Tracking: the window keeps a known subject, calmly, where a centre crop loses it."""

import asyncio
import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from campaign.errors import MediaError
from campaign.media.engine import Engine
from campaign.media.local.looks import render_look
from campaign.media.local.saliency import attention
from campaign.media.local.tracking import MOST_SPEED, CropPath, lost, track
from campaign.media.local.watching import watch
from campaign.media.spot.sample import SHOTS, subject_at
from campaign.model.looks import Look
from campaign.model.ratios import Size

UPRIGHT, SQUARE, WIDE = Fraction(9, 16), Fraction(1), Fraction(21, 9)


def a_scene(places: list[tuple[float, float]], *, pan: float = 0.0, seed: int = 3) -> NDArray[np.uint8]:
    """A textured picture (panning `pan` pixels a frame) with an orange disc at the given fractions of the frame."""
    rng = np.random.default_rng(seed)
    wide = rng.integers(60, 150, (12, 60)).repeat(8, 0).repeat(8, 1)[:90].astype(np.float64)
    y, x = np.mgrid[0:90, 0:160]
    frames = np.full((len(places), 3, 90, 160), 128, np.uint8)
    for n, (px, py) in enumerate(places):
        left = round(40 + pan * n)
        disc = np.hypot(x - px * 160, y - py * 90) < 8
        frames[n, 0] = np.where(disc, 190, wide[:, left : left + 160])
        frames[n, 1], frames[n, 2] = np.where(disc, 60, 128), np.where(disc, 200, 128)
    return frames


def kept(path: CropPath, subject: list[float]) -> float:
    """In which part of the frames the subject's middle lies inside the window."""
    return float(np.mean(np.abs(np.array(path.centres) - subject) < path.window / 2))


def held(path: CropPath, centre: float) -> CropPath:
    """The same window held still with its middle at `centre`."""
    return replace(path, centres=(centre,) * len(path.centres))


@pytest.mark.parametrize("shot", SHOTS[:4], ids=lambda shot: shot.id)
def test_the_tracked_crop_keeps_the_samples_subject_and_the_centre_crop_loses_it(
    shot, sample_clips: dict[str, Path]
) -> None:
    seen = attention(watch(sample_clips[shot.id], shot.frames))
    subject = [subject_at(frame)[0] for frame in range(shot.start_frame, shot.end_frame)]
    path = track(seen, UPRIGHT)
    assert kept(path, subject) >= 0.95
    assert kept(held(path, 0.5), subject) < 0.1
    assert lost(seen, path) < lost(seen, held(path, 0.5))


@pytest.mark.parametrize("season", ["winter", "summer"])
def test_weather_and_colour_do_not_lead_the_window_astray(
    season: str, sample_clips: dict[str, Path], tmp_path: Path, engine: Engine
) -> None:
    snow = Look(saturation=0.6, temperature=-0.6, particles="snow", density=1.0)
    sun = Look(contrast=1.1, saturation=1.4, temperature=0.6, glow=0.3, particles="motes", density=0.5)
    shot = SHOTS[0]
    asyncio.run(
        render_look(
            sample_clips[shot.id], snow if season == "winter" else sun, seed=4, size=Size(320, 180), rate=Fraction(24),
            frames=shot.frames, into=tmp_path / "look.mp4", engine=engine,
        )
    )  # fmt: skip
    path = track(attention(watch(tmp_path / "look.mp4", shot.frames)), UPRIGHT)
    assert kept(path, [subject_at(frame)[0] for frame in range(shot.frames)]) >= 0.95


def test_the_end_card_is_left_in_the_middle_and_locked_off(sample_clips: dict[str, Path]) -> None:
    path = track(attention(watch(sample_clips["end-card"], SHOTS[-1].frames)), UPRIGHT)
    assert path.locked
    assert abs(path.centres[0] - 0.5) < 0.03


@pytest.mark.parametrize("pan", [0.0, 0.6])
def test_a_mover_is_followed_whether_the_camera_stands_or_pans(pan: float) -> None:
    places = [(0.5 + 0.33 * math.sin(n / 72 * math.tau), 0.6) for n in range(72)]
    path = track(attention(a_scene(places, pan=pan)), UPRIGHT)
    assert not path.locked
    assert kept(path, [x for x, _ in places]) > 0.95
    assert np.abs(np.diff(path.centres)).max() <= float(MOST_SPEED)


def test_a_subject_that_stands_gets_a_window_that_stands() -> None:
    path = track(attention(a_scene([(0.8, 0.5)] * 24)), UPRIGHT)
    assert path.locked
    assert abs(path.centres[0] - 0.8) < 0.06


def test_a_window_wider_than_the_picture_moves_up_and_down() -> None:
    places = [(0.5, 0.85)] * 24
    path = track(attention(a_scene(places)), WIDE)
    assert path.upright
    assert path.window == pytest.approx(160 / 90 / (21 / 9))
    assert kept(path, [y for _, y in places]) == 1


def test_windows_stay_inside_the_picture() -> None:
    for places in ([(0.02, 0.5)] * 12, [(0.99, 0.5)] * 12):
        for shape in (UPRIGHT, SQUARE):
            path = track(attention(a_scene(places)), shape)
            assert min(path.centres) >= path.window / 2 - 1e-9
            assert max(path.centres) <= 1 - path.window / 2 + 1e-9


def test_odd_clips_have_a_path_too() -> None:
    blank = np.full((3, 3, 90, 160), 128, np.uint8)
    assert len(track(attention(blank), UPRIGHT).centres) == 3
    assert len(track(attention(a_scene([(0.7, 0.5)])), UPRIGHT).centres) == 1
    portrait = a_scene([(0.5, 0.5)] * 4).transpose(0, 1, 3, 2)
    assert track(attention(portrait), Fraction(16, 9)).upright
    assert track(attention(a_scene([(0.5, 0.5)] * 4)), Fraction(160, 90)).window == 1.0


def test_the_same_clip_has_the_same_path() -> None:
    scene = a_scene([(0.3 + n / 100, 0.5) for n in range(30)])
    assert track(attention(scene), UPRIGHT) == track(attention(scene), UPRIGHT)


def test_a_clip_shorter_than_asked_is_named(sample_clips: dict[str, Path]) -> None:
    with pytest.raises(MediaError, match="has 30 frames, not 31"):
        watch(sample_clips["pour"], 31)
