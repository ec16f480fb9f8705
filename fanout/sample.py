"""fanout sample: the sample master edit."""

import asyncio
from pathlib import Path

import click

from campaign.settings import read_settings
from fanout.console import emit, say
from fanout.endings import Refused
from fanout.exits import DONE
from fanout.options import campaign_option, json_option, options, type_path


@click.command("sample")
@click.option("--into", type=type_path, help="File to write. [default: media/master.mov beside the campaign's file]")
@click.option("--force", is_flag=True, help="Write it again when it exists.")
@options(campaign_option, json_option)
def command(campaign_file: Path, into: Path | None, force: bool, as_json: bool) -> int:
    """Make the sample master edit: five shots, 8 s, 1920x1080, 24 fps, stereo; the same bytes each time."""
    into = into or campaign_file.parent / "media" / "master.mov"
    if into.exists() and not force:
        raise Refused(f"{into} exists already; --force writes it again.")
    from campaign.media.engine import find_engine
    from campaign.media.spot.sample import render_sample

    into.parent.mkdir(parents=True, exist_ok=True)
    say("drawing 192 frames …")
    asyncio.run(render_sample(into.absolute(), find_engine(read_settings(beside=campaign_file.parent).ffmpeg)))
    if as_json:
        emit(str(into.absolute()))
    say("[green]wrote[/green] ", plain=str(into))
    return DONE
