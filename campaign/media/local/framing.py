"""Local reframes: crop, letterbox, blurred fill or a crop that follows the subject. Frames, rate and order stay."""

import asyncio
import tempfile
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from campaign.errors import MediaError
from campaign.media.engine import Engine
from campaign.media.fitting import covering
from campaign.media.graph import Stream, compiled, exactly, fitted, in_sdr, intermediate, scaled
from campaign.media.local.rendered import require_frames
from campaign.media.local.tracking import CropPath, track
from campaign.media.local.watching import attention_of
from campaign.media.probe import probe
from campaign.media.run import run
from campaign.media.source import Source
from campaign.model.jobs import Framing, How
from campaign.model.ratios import Size, same_shape

DEADLINE_S = 600
COMMANDS = "path.cmd"
"""The name of a path's file, in the folder that ffmpeg runs in: no path of the machine's enters a filter."""


async def render_framing(
    source: Path,
    framing: Framing,
    *,
    size: Size,
    rate: Fraction,
    frames: int,
    into: Path,
    engine: Engine,
    guide: Path | None = None,
    hdr: bool = False,
) -> None:
    """Write the first `frames` frames of `source`, one shot, framed at exactly `size`, without sound.

    `crop` and `derive` keep the full width or height around the focus; `pad` lays the whole picture on black, as near to
    the focus as it goes; `blur` lays it over a blurred copy; `track` crops along the subject's path, and so does
    `generate`, the nearest that this engine has. The subject is looked for in `guide`, the same frames before their look
    was changed, else in `source` itself. One that was ordered in HDR (`hdr`) is trimmed to SDR. Raises MediaError when the
    clip is broken, has fewer frames, or is HDR that nobody ordered.
    """
    facts = await asyncio.to_thread(probe, source)
    if facts.curved and not hdr:
        raise MediaError(f"{source}: is HDR ({facts.colour[3]}), which was not ordered. Regenerate it.")
    path = None
    if framing.how in (How.TRACK, How.GENERATE) and not same_shape(facts.size.shape, size.shape):
        path = await asyncio.to_thread(path_of, guide or source, frames, size.shape)
    with tempfile.TemporaryDirectory(prefix="fanout-framing-") as name:
        if path is not None and not path.locked:
            (Path(name) / COMMANDS).write_text(commands_of(path, facts.size, size, rate), encoding="ascii")
        argv = framing_argv(
            engine, facts.source, facts.size, framing, path, size=size, rate=rate, frames=frames, into=into.absolute()
        )
        await run(argv, deadline_s=DEADLINE_S, cwd=Path(name))
    await asyncio.to_thread(require_frames, into, frames)


def path_of(clip: Path, frames: int, shape: Fraction) -> CropPath:
    """The subject's path on a clip. All variants of a shot share one guide, so it is looked for once a shape."""
    facts = clip.stat()
    return _found_path(clip, (facts.st_mtime_ns, facts.st_size), frames, shape)


@lru_cache(maxsize=1024)
def _found_path(clip: Path, state: tuple[int, int], frames: int, shape: Fraction) -> CropPath:
    return track(attention_of(clip, frames), shape)


def framing_argv(
    engine: Engine,
    source: Source,
    shown: Size,
    framing: Framing,
    path: CropPath | None,
    *,
    size: Size,
    rate: Fraction,
    frames: int,
    into: Path,
) -> list[str]:
    """The command that frames a picture of size `shown`. `path` is the subject's, needed to track.

    A path that moves is read from the file COMMANDS in the folder the command runs in.
    """
    video = exactly(in_sdr(source), 0, frames, rate)
    video = _framed(video, shown, size, framing, path, source.matrix)
    return compiled(engine, intermediate(video, rate, into))


def commands_of(path: CropPath, shown: Size, size: Size, rate: Fraction) -> str:
    """The path as ffmpeg's sendcmd reads it: a line whenever the window moves, half a frame before it shall be there."""
    key, lines, last = ("y" if path.upright else "x"), [], None
    for frame, place in enumerate(_places(path, shown, size)):
        if place != last:
            lines.append(f"{max(0.0, (frame - 0.5) / float(rate)):.6f} crop@t {key} {place};\n")
        last = place
    return "".join(lines)


def _framed(video: Stream, shown: Size, size: Size, framing: Framing, path: CropPath | None, matrix: str) -> Stream:
    if same_shape(shown.shape, size.shape):
        return fitted(video, shown, size, "stretch", framing.focus, matrix)
    match framing.how:
        case How.CROP | How.DERIVE:
            return fitted(video, shown, size, "crop", framing.focus, matrix)
        case How.BLUR | How.PAD:
            return fitted(video, shown, size, framing.how.value, framing.focus, matrix)
        case How.TRACK | How.GENERATE:
            if path is None:
                raise ValueError("a tracked framing needs the subject's path")
            return _followed(video, shown, size, path, matrix)


def _followed(video: Stream, shown: Size, size: Size, path: CropPath, matrix: str) -> Stream:
    if path.locked:
        centre = (0.5, path.centres[0]) if path.upright else (path.centres[0], 0.5)
        return fitted(video, shown, size, "crop", centre, matrix)
    # Scaled before it is cut and without chroma subsampling, so that the window moves by single pixels of the result.
    cover = covering(shown, size)
    first = first_place(path, shown, size)
    video = scaled(video, cover, matrix).filter("format", "yuv444p").filter("sendcmd", f=COMMANDS)
    across, down = (0, first) if path.upright else (first, 0)
    return video.filter("crop@t", size.width, size.height, across, down).filter("format", "yuv420p")


def first_place(path: CropPath, shown: Size, size: Size) -> int:
    """Where the window begins: pixels from the left (or top) of the picture scaled to cover the new frame."""
    return _places(path, shown, size)[0]


def _places(path: CropPath, shown: Size, size: Size) -> list[int]:
    """Left (or top) of the window on each frame, in pixels of the picture scaled to cover the new frame."""
    cover = covering(shown, size)
    whole, window = (cover.height, size.height) if path.upright else (cover.width, size.width)
    return [round(min(max(centre * whole - window / 2, 0), whole - window)) for centre in path.centres]
