"""Clips brought to a length that a vendor sells: the last frame held, or the tail dropped."""

import asyncio
from fractions import Fraction
from pathlib import Path

from campaign.media.engine import Engine
from campaign.media.graph import compiled, exactly, intermediate, on_grid, reading, scaled
from campaign.media.local.rendered import require_frames
from campaign.media.probe import probe
from campaign.media.run import run
from campaign.media.source import Source
from campaign.model.ratios import Size

PAD_RECIPE = "pad/1"
DEADLINE_S = 600


async def pad_clip(clip: Path, frames: int, into: Path, engine: Engine) -> None:
    """Write `clip` over the file `into` with exactly `frames` frames, without sound; its rate, size and order stay.

    A shorter clip holds its last frame, a longer one loses its tail. An odd size, as wide pixels make it, becomes the even
    one below. Raises MediaError for what is no film.
    """
    facts = await asyncio.to_thread(probe, clip)
    even = Size(facts.size.width // 2 * 2, facts.size.height // 2 * 2)
    argv = pad_argv(engine, facts.source, even, rate=facts.rate, frames=frames, into=into.absolute())
    await run(argv, deadline_s=DEADLINE_S)
    await asyncio.to_thread(require_frames, into, frames)


def pad_argv(engine: Engine, source: Source, size: Size, *, rate: Fraction, frames: int, into: Path) -> list[str]:
    """The first `frames` frames of a clip whose last frame goes on for ever."""
    video = on_grid(reading(source, rate=rate)["V:0"], rate).filter("tpad", stop_mode="clone", stop=-1)
    return compiled(engine, intermediate(scaled(exactly(video, 0, frames, rate), size, source.matrix), rate, into))


def frames_in(seconds: int, rate: Fraction) -> int:
    """The most frames that last no longer than `seconds` at `rate`: 5 s are 120 at 24 fps, 119 at 23.976."""
    return int(seconds * rate)
