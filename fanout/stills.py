"""fanout stills: frames of the master, to paint keyframes on."""

import asyncio
from pathlib import Path

import click

from campaign.model.orders import RunOrder
from campaign.settings import read_settings
from fanout.console import emit, say
from fanout.exits import DONE
from fanout.options import campaign_option, json_option, options


def _frames(ctx: click.Context, param: click.Parameter, value: str) -> tuple[int, ...]:
    try:
        return tuple(sorted({int(part) for part in value.split(",")}))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a list of frame numbers; write it like 0,96") from None


@click.command("stills")
@click.option("--frames", callback=_frames, required=True, metavar="N,N,…", help="Frames of the master, from 0.")
@options(campaign_option, json_option)
def command(campaign_file: Path, frames: tuple[int, ...], as_json: bool) -> int:
    """Export frames of the master as PNG into out/<campaign>/stills/, to paint keyframes on."""
    from campaign.media.film.stills import export_stills
    from campaign.preparing.prepare import prepare

    order = RunOrder(campaign_file=campaign_file, skip_bad=True)
    with prepare(order, read_settings(beside=campaign_file.parent)) as prepared:
        master = prepared.plan.master
        outside = [frame for frame in frames if not 0 <= frame < master.frames]
        if outside:
            raise click.BadParameter(f"{outside} lie outside the master, whose frames are 0 to {master.frames - 1}")
        folder = prepared.plan.out / "stills"
        made = asyncio.run(export_stills(master, frames, folder, prepared.engine))
    if as_json:
        emit([str(path) for path in made])
    for path in made:
        say("wrote ", plain=str(path))
    return DONE
