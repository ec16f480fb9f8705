"""fanout sample: the sample master edit."""

import asyncio
from pathlib import Path

import click

from campaign.settings import read_settings
from fanout.console import say
from fanout.exits import DONE, REFUSED
from fanout.options import type_path


@click.command("sample")
@click.option("--into", type=type_path, default=Path("media/master.mov"), show_default=True, help="File to write.")
@click.option("--force", is_flag=True, help="Write it again when it exists.")
def command(into: Path, force: bool) -> int:
    """Make the sample master edit: five shots, 8 s, 1920x1080, 24 fps, stereo; the same bytes each time."""
    if into.exists() and not force:
        say("[yellow]It exists already[/yellow] (--force writes it again): ", plain=str(into))
        return REFUSED
    from campaign.media.sample import render_sample

    from campaign.media.engine import find_engine

    into.parent.mkdir(parents=True, exist_ok=True)
    say("drawing 192 frames …")
    asyncio.run(render_sample(into.absolute(), find_engine(read_settings().ffmpeg)))
    say("[green]wrote[/green] ", plain=str(into))
    return DONE
