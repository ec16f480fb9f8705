"""Crops of HDR results that stay HDR: the window of the SDR film, cut out of pixels that nothing else is done to."""

import asyncio
import tempfile
from pathlib import Path

import ffmpeg

from campaign.media.engine import HDR_ENCODER, Engine
from campaign.media.fitting import corner, covering, within
from campaign.media.graph import CLEAN, THREADS, Stream, compiled, exactly, reading, stamps
from campaign.media.local.framing import COMMANDS, DEADLINE_S, commands_of, first_place, path_of
from campaign.media.local.rendered import require_frames
from campaign.media.local.tracking import CropPath
from campaign.media.probe import Probe, probe
from campaign.media.run import run
from campaign.model.jobs import Framing, How
from campaign.model.ratios import Size, same_shape

CROPS = (How.CROP, How.DERIVE, How.TRACK, How.GENERATE)
"""Framings that are a window. Bars and blurred fills are made for SDR alone."""


async def crop_hdr(
    source: Path, framing: Framing, *, size: Size, frames: int, into: Path, engine: Engine, guide: Path | None = None
) -> None:
    """Write the first `frames` frames of an HDR clip, cropped to `size` as `render_framing` crops them, as HEVC of ten bits
    with the clip's own curve, primaries and matrix.

    Nothing is done to its light. Raises MediaError when the clip is broken or has fewer frames.
    """
    facts = await asyncio.to_thread(probe, source)
    path = None
    if framing.how in (How.TRACK, How.GENERATE) and not same_shape(facts.size.shape, size.shape):
        path = await asyncio.to_thread(path_of, guide or source, frames, size.shape)
    with tempfile.TemporaryDirectory(prefix="fanout-framing-") as name:
        if path is not None and not path.locked:
            (Path(name) / COMMANDS).write_text(commands_of(path, facts.size, size, facts.rate), encoding="ascii")
        video = exactly(reading(facts.source)["V:0"], 0, frames, facts.rate)
        output = _output(_window(video, facts.size, size, framing, path), facts, into.absolute())
        await run(compiled(engine, output), deadline_s=DEADLINE_S, cwd=Path(name))
    await asyncio.to_thread(require_frames, into, frames)


def _window(video: Stream, shown: Size, size: Size, framing: Framing, path: CropPath | None) -> Stream:
    if path is None or path.locked:
        focus = framing.focus
        if path is not None:
            focus = (0.5, path.centres[0]) if path.upright else (path.centres[0], 0.5)
        window = within(size, shown)
        video = video.filter("crop", window.width, window.height, *corner(window, shown, focus))
        return video.filter("scale", size.width, size.height)
    cover, first = covering(shown, size), first_place(path, shown, size)
    video = (
        video.filter("scale", cover.width, cover.height).filter("format", "yuv444p10le").filter("sendcmd", f=COMMANDS)
    )
    return video.filter("crop@t", size.width, size.height, *((0, first) if path.upright else (first, 0)))


def _output(video: Stream, facts: Probe, into: Path) -> Stream:
    """x265 must be told of the colours by itself: what the frames say does not reach its headers."""
    _, matrix, primaries, curve = facts.colour
    video = video.filter("format", "yuv420p10le").filter("setsar", 1)
    video = video.filter("setparams", range="tv", colorspace=matrix, color_primaries=primaries, color_trc=curve)
    words = ["log-level=error", "info=0", "open-gop=0", "pools=none", "frame-threads=1", "repeat-headers=1"]
    words += [f"colorprim={primaries}", f"transfer={curve}", f"colormatrix={matrix}"]
    codec = {"c:v": HDR_ENCODER, "preset": "veryfast", "crf": 10, "tag:v": "hvc1", "x265-params": ":".join(words)}
    options = codec | {"threads:v": THREADS, "flags:v": "+bitexact"}
    return ffmpeg.output(video, f"file:{into}", format="mp4", **options, **stamps(facts.rate), **CLEAN)
