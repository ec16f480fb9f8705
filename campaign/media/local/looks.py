"""Local looks: grade, glow, weather and vignette over a clip, in one ffmpeg process. Frames, rate and motion stay."""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg
from PIL import Image

from campaign.media.engine import Engine
from campaign.media.graph import Stream, compiled, exactly, intermediate, reading, scaled
from campaign.media.local.grading import Grade, as_text, grade_of
from campaign.media.local.particles import Tile, tiles_of
from campaign.media.local.rendered import require_frames
from campaign.media.probe import probe
from campaign.media.run import run
from campaign.media.source import Source
from campaign.model.looks import Look
from campaign.model.ratios import Size

DEADLINE_S = 600
_SWAY_S = 3.1
"""Seconds from side to side and back."""
_DARKEST_RAD = 0.85
"""ffmpeg's angle for a vignette of 1: the corners keep a fifth of their light."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A tile on disk and its movement in pixels a frame."""

    path: Path
    across: float
    down: float
    sway: int


async def render_look(
    source: Path, look: Look, *, seed: int, size: Size, rate: Fraction, frames: int, into: Path, engine: Engine
) -> None:
    """Write the first `frames` frames of `source` under a look, at `size` (of the source's shape), without sound.

    `seed` decides where particles are. Raises MediaError when the clip is broken or has fewer frames.
    """
    clip = (await asyncio.to_thread(probe, source)).source
    with tempfile.TemporaryDirectory(prefix="fanout-look-") as name:
        drifts = await asyncio.to_thread(_drifts, look, seed, size, rate, Path(name))
        argv = look_argv(engine, clip, look, drifts, size=size, rate=rate, frames=frames, into=into)
        await run(argv, deadline_s=DEADLINE_S)
    await asyncio.to_thread(require_frames, into, frames)


def look_argv(
    engine: Engine,
    source: Source,
    look: Look,
    drifts: Sequence[Drift],
    *,
    size: Size,
    rate: Fraction,
    frames: int,
    into: Path,
) -> list[str]:
    """The command that renders a look. Steps that would change nothing are left out."""
    video = scaled(exactly(reading(source)["V:0"], 0, frames, rate), size, source.matrix)
    if look.saturation != 1:
        video = video.filter("eq", saturation=f"{min(max(look.saturation, 0), 3):.4f}")
    grade = grade_of(look)
    if drifts or look.glow > 0 or not grade.neutral:
        video = _painted(video, grade, look.glow, drifts, size, rate)
    if look.vignette > 0:
        video = video.filter("vignette", angle=f"{min(look.vignette, 1) * _DARKEST_RAD:.4f}")
    return compiled(engine, intermediate(video, rate, into))


def _painted(video: Stream, grade: Grade, glow: float, drifts: Sequence[Drift], size: Size, rate: Fraction) -> Stream:
    """What needs red, green and blue: curves, glow, particles. There overlay also moves by single pixels, not by two."""
    video = video.filter("scale", in_color_matrix="bt709", in_range="tv").filter("format", "gbrp")
    if not grade.neutral:
        channels = {"r": as_text(grade.red), "g": as_text(grade.green), "b": as_text(grade.blue)}
        video = video.filter("curves", **channels, interp="pchip")
    if glow > 0:
        video = _glowing(video, size, glow)
    for drift in drifts:
        video = _drifting(video, drift, size, rate)
    return video.filter("scale", out_color_matrix="bt709", out_range="tv").filter("format", "yuv420p")


def _glowing(video: Stream, size: Size, glow: float) -> Stream:
    """Light that spills from the brightest parts: blurred at a quarter of the size and screened over the picture."""
    sharp, bright = (video.filter_multi_output("split", 2)[n] for n in range(2))
    bright = bright.filter("scale", max(2, size.width // 4), max(2, size.height // 4), flags="bilinear")
    bright = bright.filter("curves", all="0/0 0.5/0.06 0.75/0.45 1/1").filter("gblur", sigma=f"{size.height / 70:.2f}")
    bright = bright.filter("scale", size.width, size.height, flags="bilinear").filter("format", "gbrp")
    return ffmpeg.filter([sharp, bright], "blend", all_mode="screen", all_opacity=f"{min(0.8 * glow, 1):.4f}")


def _drifting(video: Stream, drift: Drift, size: Size, rate: Fraction) -> Stream:
    """Particles over the picture. A tile is one frame that overlay repeats; its place is counted from the frame's number."""
    tile = ffmpeg.input(f"file:{drift.path}", format="png_pipe", protocol_whitelist="file,pipe")["V:0"]
    swing = f"+round({drift.sway}*sin(n*{_turn(rate):.5f}))" if drift.sway else ""
    # The second mod brings negative movement and swing back into the tile.
    x = f"mod(mod(floor(n*{drift.across:g}){swing},{size.width})+{size.width},{size.width})-{size.width}"
    y = f"mod(mod(floor(n*{drift.down:g}),{size.height})+{size.height},{size.height})-{size.height}"
    return ffmpeg.overlay(video, tile.filter("format", "gbrap"), x=x, y=y, format="gbrp", eof_action="repeat")


def _turn(rate: Fraction) -> float:
    """How far the sway turns a frame, in radians."""
    return 6.283185307 / (_SWAY_S * float(rate))


def _drifts(look: Look, seed: int, size: Size, rate: Fraction, folder: Path) -> tuple[Drift, ...]:
    tiles = tiles_of(look.particles, look.density, seed=seed, size=size, rate=rate)
    return tuple(_saved(tile, folder / f"tile-{n}.png") for n, tile in enumerate(tiles))


def _saved(tile: Tile, path: Path) -> Drift:
    Image.fromarray(tile.pixels).save(path, compress_level=1)
    return Drift(path, tile.across, tile.down, tile.sway)
