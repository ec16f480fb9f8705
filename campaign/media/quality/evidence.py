"""Single frames as small JPEGs, for people to look at."""

import asyncio
import tempfile
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import ffmpeg

from campaign.media.engine import Engine
from campaign.media.fitting import within
from campaign.media.graph import compiled, on_grid, reading
from campaign.media.probe import probe
from campaign.media.run import run
from campaign.media.samples import chosen
from campaign.media.source import Source
from campaign.model.ratios import Size

SIDE = 480
DEADLINE_S = 300


async def export_frames(film: Path, rate: Fraction, wanted: Mapping[int, Path], engine: Engine) -> None:
    """Write frames of a film, by index, to the paths `wanted` in one decode; a frame that it lacks is left out.

    Raises MediaError for a film that cannot be read.
    """
    facts = await asyncio.to_thread(probe, film, master=True)  # films may be MXF
    box = Size(SIDE, SIDE)
    size = within(facts.size, box) if max(facts.size.width, facts.size.height) > SIDE else facts.size
    with tempfile.TemporaryDirectory(prefix="fanout-frames-") as folder:
        await run(
            frames_argv(engine, facts.source, rate, tuple(sorted(wanted)), size, Path(folder)), deadline_s=DEADLINE_S
        )
        for frame, made in zip(sorted(wanted), sorted(Path(folder).iterdir()), strict=False):
            wanted[frame].parent.mkdir(parents=True, exist_ok=True)
            part = wanted[frame].with_name(f".{wanted[frame].name}.part")
            part.write_bytes(made.read_bytes())
            part.replace(wanted[frame])


def frames_argv(
    engine: Engine, source: Source, rate: Fraction, frames: tuple[int, ...], size: Size, folder: Path
) -> list[str]:
    """JPEGs numbered in the order of the frames: full range and BT.601, as browsers read them whatever they say."""
    video = on_grid(reading(source)["V:0"], rate).filter("select", chosen(frames))
    colour = {"in_color_matrix": source.matrix, "out_color_matrix": "bt601", "out_range": "pc"}
    video = video.filter("scale", size.width, size.height, **colour).filter("format", "yuvj420p")
    options = {"c:v": "mjpeg", "q:v": 4, "fps_mode:v": "passthrough", "flags:v": "+bitexact"}
    return compiled(engine, ffmpeg.output(video, f"file:{folder}/%04d.jpg", format="image2", **options))
