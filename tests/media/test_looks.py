"""Looks on real pixels: colour changes clearly, movement and frames not at all."""

import asyncio
from collections.abc import Callable
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import av
import numpy as np
import pytest
from footage import SMALL, a_film, numbers
from numpy.typing import NDArray

from campaign.errors import MediaError
from campaign.media.engine import Engine
from campaign.media.local.grading import grade_of
from campaign.media.local.looks import Drift, look_argv, render_look
from campaign.media.local.particles import LAYERS, tiles_of
from campaign.media.local.watching import watch
from campaign.media.probe import probe
from campaign.media.source import Source
from campaign.model.looks import Look
from campaign.model.ratios import Size

WINTER = Look(
    exposure=0.05, contrast=0.95, saturation=0.78, temperature=-0.75, shadows=(0.0, 0.015, 0.05), vignette=0.3, glow=0.2,
    particles="snow", density=0.8,
)  # fmt: skip
SEASONS = {
    "winter": WINTER,
    "spring": Look(exposure=0.12, contrast=0.96, tint=0.5, saturation=1.1, particles="petals", density=0.8),
    "summer": Look(exposure=0.25, contrast=1.08, saturation=1.25, temperature=0.6, particles="motes", density=0.7),
    "autumn": Look(exposure=-0.45, temperature=0.7, tint=0.2, vignette=0.5, particles="leaves", density=0.7),
}
SIZE, RATE = Size(320, 180), Fraction(24)


def rendered(source: Path, look: Look, into: Path, engine: Engine, *, frames: int = 48, seed: int = 5) -> Path:
    asyncio.run(render_look(source, look, seed=seed, size=SIZE, rate=RATE, frames=frames, into=into, engine=engine))
    return into


def mean_lab(path: Path) -> NDArray[np.float64]:
    """The mean colour of a film in CIELAB (D65)."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24")[::4, ::4] for frame in container.decode(video=0)]
    code = np.concatenate([frame.reshape(-1, 3) for frame in frames]) / 255
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    xyz = light @ np.array([(0.4124, 0.2126, 0.0193), (0.3576, 0.7152, 0.1192), (0.1805, 0.0722, 0.9505)])
    part = xyz / (0.9505, 1.0, 1.089)
    f = np.where(part > 0.008856, np.cbrt(part), 7.787 * part + 16 / 116)
    lab = np.stack((116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])), -1)
    return np.asarray(lab.mean(0))


def flow(path: Path, frames: int, blocks: list[tuple[int, int]], step: int = 6, reach: int = 5) -> NDArray[np.int_]:
    """Where each 16x16 block of the picture (160 wide) went `step` frames later, by block matching."""
    grey = watch(path, frames)[:, 0].astype(np.int32)
    moves = [(dy, dx) for dy in range(-reach, reach + 1) for dx in range(-reach, reach + 1)]
    found = []
    for n in range(0, frames - step, step):
        one, other = grey[n], grey[n + step]
        for y, x in blocks:
            block = one[y : y + 16, x : x + 16] - one[y : y + 16, x : x + 16].mean()
            gaps = []
            for dy, dx in moves:
                there = other[y + dy : y + dy + 16, x + dx : x + dx + 16]
                gaps.append(np.abs(block - (there - there.mean())).mean() + 0.01 * (abs(dy) + abs(dx)))
            found.append(moves[int(np.argmin(gaps))])
    return np.array(found)


def textured(path: Path, frames: int) -> list[tuple[int, int]]:
    grey = watch(path, frames)[0, 0].astype(float)
    places = [(y, x) for y in range(8, 64, 16) for x in range(8, 136, 16)]
    return [(y, x) for y, x in places if grey[y : y + 16, x : x + 16].std(1).mean() > 8]


def test_two_seasons_side_by_side_differ_clearly_in_colour(
    sample_clips: dict[str, Path], tmp_path: Path, engine: Engine
) -> None:
    source = sample_clips["hero"]
    colours = {
        name: mean_lab(rendered(source, look, tmp_path / f"{name}.mp4", engine)) for name, look in SEASONS.items()
    }
    apart = {pair: float(np.linalg.norm(colours[pair[0]] - colours[pair[1]])) for pair in combinations(colours, 2)}
    assert min(apart.values()) > 10, apart  # a difference of 2.3 is just noticeable
    assert apart[("winter", "summer")] > 20
    assert colours["winter"][2] < mean_lab(source)[2] < colours["summer"][2]


@pytest.mark.parametrize("season", SEASONS)
def test_flow_vectors_stay_the_sources(
    season: str, sample_clips: dict[str, Path], tmp_path: Path, engine: Engine
) -> None:
    source = sample_clips["hero"]
    blocks = textured(source, 48)
    assert len(blocks) > 8
    before = flow(source, 48, blocks)
    after = flow(rendered(source, SEASONS[season], tmp_path / "look.mp4", engine), 48, blocks)
    assert np.abs(before).max() > 1
    assert np.mean(np.abs(before - after).max(1) <= 1) > 0.9


def test_frames_rate_and_order_are_untouched(engine: Engine, tmp_path: Path) -> None:
    source = a_film(tmp_path / "in.mp4", frames=31, rate=Fraction(30000, 1001), sound=None)
    look = Look(exposure=0.1, contrast=1.05, temperature=0.3, saturation=1.2, vignette=0.2)
    asyncio.run(
        render_look(
            source, look, seed=1, size=SMALL, rate=Fraction(30000, 1001), frames=31, into=tmp_path / "out.mp4",
            engine=engine,
        )
    )  # fmt: skip
    facts = probe(tmp_path / "out.mp4")
    assert numbers(tmp_path / "out.mp4") == list(range(31))
    assert (facts.rate, facts.size, facts.sample_aspect, facts.audio) == (Fraction(30000, 1001), SMALL, 1, None)
    assert facts.colour == ("tv", "bt709", "bt709", "bt709")


def test_a_neutral_look_changes_no_colour(sample_clips: dict[str, Path], tmp_path: Path, engine: Engine) -> None:
    source = sample_clips["pour"]
    after = rendered(source, Look(), tmp_path / "same.mp4", engine, frames=30)
    assert np.abs(mean_lab(source) - mean_lab(after)).max() < 0.3


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_snow(
    sample_clips: dict[str, Path], tmp_path: Path, engine: Engine
) -> None:
    source = sample_clips["pour"]
    one, two, other = (
        rendered(source, WINTER, tmp_path / f"{n}.mp4", engine, frames=6, seed=seed).read_bytes()
        for n, seed in enumerate((7, 7, 8))
    )
    assert one == two
    assert one != other


def test_a_clip_with_fewer_frames_than_asked_is_refused(engine: Engine, tmp_path: Path) -> None:
    source = a_film(tmp_path / "in.mp4", frames=5, sound=None)
    with pytest.raises(MediaError, match="5 frames were rendered instead of 9"):
        asyncio.run(
            render_look(
                source, Look(exposure=0.1), seed=1, size=SMALL, rate=RATE, frames=9, into=tmp_path / "o.mp4",
                engine=engine,
            )
        )  # fmt: skip


@pytest.mark.parametrize("kind", LAYERS)
def test_particles_drift_without_a_seam_and_grow_with_density(kind: str) -> None:
    few, many = (tiles_of(kind, density, seed=3, size=SMALL, rate=RATE) for density in (0.2, 1.0))
    for tile in many:
        height, width = SMALL.height, SMALL.width
        assert tile.pixels.shape == (2 * height, 2 * width, 4)
        assert np.array_equal(tile.pixels[:height, :width], tile.pixels[height:, width:])
        assert (tile.across, tile.down) != (0, 0)
    assert sum(tile.pixels[..., 3].sum() for tile in many) > sum(tile.pixels[..., 3].sum() for tile in few) > 0
    again = tiles_of(kind, 1.0, seed=3, size=SMALL, rate=RATE)
    assert all(np.array_equal(one.pixels, other.pixels) for one, other in zip(many, again, strict=True))


def test_no_particles_make_no_tiles_and_unknown_ones_are_named() -> None:
    assert tiles_of("none", 1.0, seed=1, size=SMALL, rate=RATE) == ()
    assert tiles_of("snow", 0.0, seed=1, size=SMALL, rate=RATE) == ()
    with pytest.raises(ValueError, match="'hail'"):
        tiles_of("hail", 1.0, seed=1, size=SMALL, rate=RATE)


def test_grades_rise_and_stay_in_range_even_at_the_ends_of_every_number() -> None:
    for exposure in (-2, 0, 2):
        for contrast in (0.5, 1, 1.5):
            for warmth in (-1, 0, 1):
                look = Look(
                    exposure=exposure, contrast=contrast, temperature=warmth, tint=-warmth,
                    shadows=(0.2, -0.2, 0.0), highlights=(-0.2, 0.2, 0.0),
                )  # fmt: skip
                grade = grade_of(look)
                for curve in (grade.red, grade.green, grade.blue):
                    values = np.array([y for _, y in curve])
                    assert values.min() >= 0 and values.max() <= 1
                    assert (np.diff(values) >= 0).all()
                    assert np.isfinite(values).all()
    assert grade_of(Look()).neutral
    assert not grade_of(Look(temperature=0.1)).neutral


@pytest.mark.parametrize(
    ("name", "look", "drifts"),
    [
        ("neutral", Look(), ()),
        ("winter", WINTER, (Drift(Path("/t/tile-0.png"), 1.0, 2.0, 3), Drift(Path("/t/tile-1.png"), -0.5, -0.25, 0))),
        ("vignette", Look(vignette=1.0, saturation=0.5), ()),
    ],
)
def test_the_command_of_a_look_is_the_reviewed_one(
    name: str, look: Look, drifts: tuple[Drift, ...], golden: Callable[[str, str], None]
) -> None:
    argv = look_argv(
        Engine(Path("/ffmpeg"), "9"), Source(Path("/in.mp4"), "mov"), look, drifts,
        size=SIZE, rate=RATE, frames=44, into=Path("/out.mp4"),
    )  # fmt: skip
    golden(f"argv/look-{name}.txt", "\n".join(argv).replace(";", ";\n") + "\n")
