"""Six ratios of one film as Fanout makes them with the local engine: a crop a ratio, then a finish a ratio, two at a time."""

import asyncio
import sys
from fractions import Fraction
from pathlib import Path

from campaign.intake.catalogue import read_catalogue
from campaign.media.engine import Engine, find_engine
from campaign.media.film.cutting import cut_segment
from campaign.media.film.finishing import Clip, finish_film
from campaign.media.local.framing import render_framing
from campaign.media.master.master import read_master
from campaign.model.edit import MasterEdit, Segment, Shot
from campaign.model.jobs import Framing, How
from campaign.model.plan import Output
from campaign.model.ratios import GENERATED, AspectRatio, frame_size

CENTRE = (0.5, 0.5)


async def _film(
    ratio: AspectRatio, whole: Path, master: MasterEdit, folder: Path, tier: str, spec: str, engine: Engine
) -> None:
    size = frame_size(ratio.value, tier)
    clip = whole
    if ratio.label != "16:9":
        clip = folder / f"{ratio.slug}-clip.mp4"
        framing = Framing(How.CROP, CENTRE)
        await render_framing(
            whole, framing, size=size, rate=Fraction(24), frames=master.frames, into=clip, engine=engine
        )
    output = Output(
        key="", placement=None, spec=read_catalogue().specs[spec], size=size, upscaled_from=None, name="", file=""
    )
    await finish_film(
        [Clip(path=clip, frames=master.frames, fit="crop", focus=CENTRE)],
        master=master,
        output=output,
        into=folder / f"{ratio.slug}.mp4",
        poster=folder / f"{ratio.slug}.jpg",
        engine=engine,
        cache=folder / "cache",
    )


async def _main(path: Path, folder: Path, tier: str, spec: str) -> None:
    engine = find_engine()
    folder.mkdir(exist_ok=True)
    master = await read_master(path, (), engine, folder / "cache")
    shot = Shot(id="whole", start_frame=0, end_frame=master.frames)
    size = frame_size(master.size.shape, tier)
    whole = await cut_segment(master, Segment(shot, 0, master.frames), size, folder / "cuts", engine)
    slots = asyncio.Semaphore(2)

    async def one(ratio: AspectRatio) -> None:
        async with slots:
            await _film(ratio, whole, master, folder, tier, spec, engine)

    await asyncio.gather(*(one(ratio) for ratio in GENERATED))


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]))
