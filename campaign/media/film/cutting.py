"""Cuts segments out of the master by frame index."""

import asyncio
from pathlib import Path

from campaign.errors import MediaError
from campaign.media.counting import count_frames
from campaign.media.engine import Engine
from campaign.media.film.commands import cut_argv
from campaign.media.film.known import facts_of
from campaign.media.once import name_of, once
from campaign.media.run import run
from campaign.model.edit import MasterEdit, Segment
from campaign.model.ratios import Size

CUT_RECIPE = "cut/1"
DEADLINE_S = 600


async def cut_segment(master: MasterEdit, segment: Segment, size: Size, folder: Path, engine: Engine) -> Path:
    """A silent clip of exactly the segment's frames, scaled to `size`, which has the master's shape.

    Kept in `folder` under a name made from what it holds, so it is cut once however many ask (coroutines, threads,
    processes), and is whole or absent. Raises MediaError when the cut does not hold the frames asked for.
    """

    async def make(part: Path) -> None:
        source = (await asyncio.to_thread(facts_of, master.path)).source
        span = (segment.start_frame, segment.end_frame)
        await run(cut_argv(engine, source, *span, size=size, rate=master.rate, into=part), deadline_s=DEADLINE_S)
        cut = await asyncio.to_thread(count_frames, part)
        if cut.frames != segment.frames:
            raise MediaError(f"{master.path}: cutting {segment.name} gave {cut.frames} frames, not {segment.frames}.")

    return await once(folder / f"{_name(master, segment, size)}.mp4", make)


def _name(master: MasterEdit, segment: Segment, size: Size) -> str:
    span = (segment.start_frame, segment.end_frame)
    return f"cut-{name_of(CUT_RECIPE, master.sha256 + master.mezzanine, *span, size.width, size.height)}"
