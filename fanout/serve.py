"""fanout serve: the operations room of a campaign."""

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from campaign.settings import read_settings
from fanout.console import emit, say, terminal
from fanout.exits import DONE
from fanout.options import campaign_option, json_option, options, plain

if TYPE_CHECKING:
    from flows.room.keeping import RoomAddress


@click.command("serve")
@options(campaign_option, json_option)
def command(campaign_file: Path, as_json: bool) -> int:
    """Keep the operations room open: Prefect's pages with this campaign's forms and schedules, and whoever works them off.

    Ctrl-C closes it: runs under way end in good order, schedules stay as they are.
    """
    from flows.terminal.launch import serve

    settings = read_settings(beside=campaign_file.parent)
    console, stdout = terminal(), sys.stdout

    def opened(room: "RoomAddress") -> None:
        _tell(room)
        if as_json:
            with contextlib.redirect_stdout(stdout):
                emit(room.document())
                stdout.flush()

    with contextlib.redirect_stdout(sys.stderr):  # what its runs print is for people
        serve(
            plain(campaign_file),
            settings,
            opened=opened,
            say=lambda sentence: console.print(sentence, markup=False, soft_wrap=True),
        )
    say("the room is closed; schedules stay as they are")
    return DONE


def _tell(room: "RoomAddress") -> None:
    say(f"[bold]operations room of {room.campaign}:[/bold] ", plain=room.url)
    say("gallery: ", plain=room.gallery)
    say('log in with the text after "auth" in ', plain=str(room.gallery_password_file))
    pages = "take it whole" if room.password_file is not None else "are your own server's, and have its login"
    say(f"  Prefect's pages {pages}; the gallery asks for the name before the colon and the password after it")
    for name in (*room.deployments, *room.schedules):
        say("  ", plain=name)
    say("Ctrl-C closes it.")
