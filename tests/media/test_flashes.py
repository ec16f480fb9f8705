"""Flashes, strobes and gunfire are no cuts, at any rate; the cuts among them are found on their frame."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from campaign.media.detection.detecting import detect_argv
from campaign.media.engine import Engine
from campaign.media.master.master import master_detected, read_master
from campaign.media.master.reporting_cuts import possible_cuts_of
from campaign.media.probe import probe
from campaign.media.run import run
from campaign.model.edit import MasterEdit, Shot

RATES = ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"]
WIDTH, HEIGHT = 160, 90
Picture = NDArray[np.float32]
Part = tuple[str, int, float]
"""A scene's letter, frames, and how much of the light is a flash: 1 is white, below 0 dark."""


def a_scene(letter: str) -> Callable[[int], Picture]:
    """Soft patches of colour that glide, as a slow pan sees them."""
    coarse = np.random.default_rng(ord(letter)).uniform(0, 255, (5, 8, 3))
    high, wide = np.linspace(0, 3.999, HEIGHT), np.linspace(0, 6.999, WIDTH * 3)
    top, left = high.astype(int), wide.astype(int)
    down, right = (high - top)[:, None, None], (wide - left)[None, :, None]
    upper = coarse[top][:, left] * (1 - right) + coarse[top][:, left + 1] * right
    lower = coarse[top + 1][:, left] * (1 - right) + coarse[top + 1][:, left + 1] * right
    whole = (upper * (1 - down) + lower * down).astype(np.float32)
    return lambda n: whole[:, n % (2 * WIDTH) : n % (2 * WIDTH) + WIDTH]


SCENES = {letter: a_scene(letter) for letter in "ABCE"}
SCENES["a"] = lambda n: SCENES["A"](n) * 0.55 + SCENES["B"](n) * 0.45
SCENES["t"] = lambda n: SCENES["A"](n // 2 * 24)
"""Like A, but another shot; and A in jerks, as an animation on twos moves."""
WARM, COOL = np.array([1.25, 0.95, 0.5], np.float32), np.array([0.6, 1.0, 1.6], np.float32)
SCENES["w"] = lambda n: (SCENES["A"](n) * 0.2 + 95) * WARM
SCENES["c"] = lambda n: (SCENES["B"](n) * 0.2 + 95) * COOL
SCENES["l"] = lambda n: (SCENES["A"](n) * 0.2 + 95) * COOL
"""Two shots as bright as each other, of other colours; and the first of them under the light of the second."""


def an_edit(path: Path, rate: Fraction, *parts: Part) -> list[int]:
    """Write the film; returns its true cuts."""
    cuts, frame = [], 0
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "10"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.color_range, stream.codec_context.colorspace = 1, 1
        for before, (letter, count, light) in zip((None, *parts), parts, strict=False):
            if before is not None and before[0] != letter:
                cuts.append(frame)
            for _ in range(count):
                picture = SCENES[letter](frame) * (1 - abs(light)) + (255 * light if light > 0 else 0)
                shown = av.VideoFrame.from_ndarray(picture.clip(0, 255).astype(np.uint8), format="rgb24")
                container.mux(stream.encode(shown))
                frame += 1
        container.mux(stream.encode(None))
    return cuts


def found(path: Path, engine: Engine, cache: Path) -> list[int]:
    return [shot.start_frame for shot in asyncio.run(read_master(path, (), engine, cache)).shots][1:]


def strobe(letter: str, frames: int, times: int) -> list[Part]:
    return [(letter, frames, light) for _ in range(times) for light in (1.0, 0.0)]


@pytest.mark.parametrize("rate", RATES)
def test_no_flash_is_a_cut_and_every_cut_among_them_is_found(rate: str, engine: Engine, tmp_path: Path) -> None:
    flashes: list[Part] = [("A", 14, 0.0)]
    for frames in (1, 2, 3):
        flashes += [("A", frames, 1.0), ("A", 14, 0.0), ("A", frames, 0.7), ("A", 14, 0.0), ("A", frames, -0.95)]
        flashes += [("A", 14, 0.0)]
    guns = [("B", 20, 0.0), ("B", 1, 1.0), ("B", 5, 0.0), ("B", 1, 0.8), ("B", 2, 0.0), ("B", 2, 0.9), ("B", 1, 0.0)]
    camera = [
        ("C", 16, 0.0),
        ("C", 1, 0.4),
        ("C", 1, 1.0),
        ("C", 1, 0.7),
        ("C", 1, 0.4),
        ("C", 1, 0.15),
        ("C", 14, 0.0),
    ]
    parts = [*flashes, *strobe("A", 3, 5), *guns, *strobe("B", 1, 6), *camera, *strobe("C", 2, 4), ("E", 20, 0.0)]
    cuts = an_edit(tmp_path / "edit.mp4", Fraction(rate), *parts)
    assert len(cuts) == 3
    assert found(tmp_path / "edit.mp4", engine, tmp_path) == cuts


@pytest.mark.parametrize("frames", [1, 2, 3])
@pytest.mark.parametrize("lit", ["A", "B"])
def test_a_flash_at_a_cut_belongs_to_the_shot_that_it_lights(
    lit: str, frames: int, engine: Engine, tmp_path: Path
) -> None:
    parts: list[Part] = [("A", 20, 0.0), (lit, frames, 0.7), ("B", 20, 0.0)]
    cuts = an_edit(tmp_path / "edit.mp4", Fraction(25), *parts)
    assert found(tmp_path / "edit.mp4", engine, tmp_path) == cuts


def test_quick_cuts_are_cuts(engine: Engine, tmp_path: Path) -> None:
    parts: list[Part] = [("A", 20, 0.0), ("B", 6, 0.0), ("C", 5, 0.0), ("A", 6, 0.0), ("E", 20, 0.0)]
    cuts = an_edit(tmp_path / "edit.mp4", Fraction(25), *parts)
    assert found(tmp_path / "edit.mp4", engine, tmp_path) == cuts == [20, 26, 31, 37]


def test_a_cut_tells_how_sure_it_is(engine: Engine, tmp_path: Path) -> None:
    an_edit(tmp_path / "edit.mp4", Fraction(25), ("A", 20, 0.0), ("B", 20, 0.0))
    first, second = asyncio.run(read_master(tmp_path / "edit.mp4", (), engine, tmp_path)).shots
    assert first.found == "scdet"
    assert float(second.found.removeprefix("scdet ")) > 10


@pytest.mark.parametrize("rate", RATES)
def test_a_cut_between_shots_that_only_colour_tells_apart_is_a_cut(rate: str, engine: Engine, tmp_path: Path) -> None:
    parts: list[Part] = [("w", 20, 0.0), ("w", 1, 0.8), ("w", 20, 0.0), ("c", 20, 0.0), ("C", 20, 0.6)]
    cuts = an_edit(tmp_path / "edit.mp4", Fraction(rate), *parts)
    edit = asyncio.run(read_master(tmp_path / "edit.mp4", (), engine, tmp_path))
    assert [shot.start_frame for shot in edit.shots][1:] == cuts == [41, 61]
    assert asyncio.run(master_detected(edit, engine, tmp_path)).tinted == (41,)


def test_a_light_of_another_colour_is_no_cut(engine: Engine, tmp_path: Path) -> None:
    an_edit(tmp_path / "edit.mp4", Fraction(25), ("w", 20, 0.0), ("l", 20, 0.0), ("w", 20, 0.0))
    edit = asyncio.run(read_master(tmp_path / "edit.mp4", (), engine, tmp_path))
    assert asyncio.run(master_detected(edit, engine, tmp_path)).tinted == (20, 40)
    assert len(edit.shots) == 1


@pytest.mark.parametrize("rate", RATES)
def test_a_cut_too_small_for_the_detector_is_told_with_its_place(rate: str, engine: Engine, tmp_path: Path) -> None:
    parts: list[Part] = [("A", 30, 0.0), ("a", 30, 0.0), ("E", 30, 0.0)]
    small, large = an_edit(tmp_path / "edit.mp4", Fraction(rate), *parts)
    edit = asyncio.run(read_master(tmp_path / "edit.mp4", (), engine, tmp_path))
    seen = asyncio.run(master_detected(edit, engine, tmp_path))
    assert seen.cuts == (large,)
    assert [jump.frame for jump in seen.near] == [small] and 6 <= seen.near[0].score < 10
    (fact,) = possible_cuts_of(edit, seen)
    assert (
        fact.value.startswith(f"1: frame 30 (00:00:0{30 // round(Fraction(rate))}:")
        and f"start = {small}" in fact.sentence
    )
    by_hand = replace(edit, shots=(Shot(id="all", start_frame=0, end_frame=edit.frames, found="campaign.toml"),))
    assert not list(possible_cuts_of(by_hand, seen))


@pytest.mark.parametrize(
    "parts",
    [
        [("A", 20, 0.0), ("A", 1, 0.25), ("A", 20, 0.0), ("A", 2, 0.2), ("A", 20, 0.0), ("A", 3, -0.3), ("A", 20, 0.0)],
        [("t", 24, 0.0)],
    ],
    ids=["flashes", "jerks"],
)
def test_motion_and_flashes_are_no_possible_cuts(parts: list[Part], engine: Engine, tmp_path: Path) -> None:
    an_edit(tmp_path / "edit.mp4", Fraction(25), *parts)
    edit = asyncio.run(read_master(tmp_path / "edit.mp4", (), engine, tmp_path))
    assert "lavfi.scd.score" in asyncio.run(said_of(edit, engine))
    (fact,) = possible_cuts_of(edit, asyncio.run(master_detected(edit, engine, tmp_path)))
    assert fact.value == "none"


async def said_of(edit: MasterEdit, engine: Engine) -> str:
    return await run(detect_argv(engine, probe(edit.path).source, edit.rate, sound=False), deadline_s=60)
