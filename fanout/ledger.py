"""fanout ledger: export what was bought, verify that rows, events and files agree, back it up, move it to a server."""

import json
import sys
from pathlib import Path

import click

from campaign.settings import read_settings
from fanout.console import emit, say
from fanout.endings import Refused
from fanout.exits import DONE, REFUSED
from fanout.fault_lines import many
from fanout.options import campaign_option, json_option, options


@click.group("ledger")
def command() -> None:
    """Export the ledger, verify it, back it up, or move it to a server."""


@command.command("export")
@options(campaign_option, json_option)
def export(campaign_file: Path, as_json: bool) -> int:
    """Print one JSON object for each attempt.

    On stdout, a line each, with or without --json.
    """
    from campaign.preparing.memory import open_memory

    with open_memory(campaign_file, read_settings(beside=campaign_file.parent)) as memory:
        for row in memory.ledger.export(locate=memory.locate):
            sys.stdout.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")
    return DONE


@command.command("verify")
@click.option("--deep", is_flag=True, help="Also read every stored file and compare its hash.")
@options(campaign_option, json_option)
def verify(campaign_file: Path, deep: bool, as_json: bool) -> int:
    """Compare rows with events and files.

    Every row is recomputed from its events, and every stored file looked for.
    """
    from campaign.preparing.memory import open_memory

    with open_memory(campaign_file, read_settings(beside=campaign_file.parent)) as memory:
        problems = memory.ledger.verify(deep=deep, store=memory.store)
    if as_json:
        emit({"sound": not problems, "problems": problems})
    for problem in problems:
        say("[red]wrong:[/red] ", plain=problem)
    if problems:
        return REFUSED
    say("[green]The ledger is sound:[/green] rows equal their events, and every stored file is there.")
    return DONE


@command.command("backup")
@click.argument("into", type=click.Path(path_type=Path, dir_okay=False))
@options(campaign_option, json_option)
def backup(into: Path, campaign_file: Path, as_json: bool) -> int:
    """Copy the ledger's file to INTO, whole, while runs go on.

    A ledger on a server is backed up by the server's own means (pg_dump).
    """
    from campaign.ledger.backup import back_up

    settings = read_settings(beside=campaign_file.parent)
    file = settings.ledger_file(campaign_file.absolute().parent)
    if settings.database_url:
        raise Refused("The ledger lies on a server (FANOUT_DATABASE_URL): back it up there, with pg_dump.")
    if not file.exists():
        raise Refused(f"{file} is not there: there is nothing to back up.")
    size = back_up(file, into)
    if as_json:
        emit({"file": str(into), "bytes": size})
    say("[green]Backed up:[/green] ", plain=f"{into}, {size} bytes")
    return DONE


@command.command("move")
@options(campaign_option, json_option)
def move(campaign_file: Path, as_json: bool) -> int:
    """Move the ledger from its file to a server.

    The server is the one that FANOUT_DATABASE_URL names.

    Every row is copied and proved there; then the file lets nobody buy by it any more. The store stays where it is.
    """
    from campaign.ledger.moving import move as moved

    settings = read_settings(beside=campaign_file.parent)
    root = campaign_file.absolute().parent
    if not settings.database_url:
        raise Refused("FANOUT_DATABASE_URL is not set: it names the server that the ledger is to be moved to.")
    file = settings.ledger_file(root)
    if not file.exists():
        raise Refused(f"{file} is not there: there is nothing to move.")
    jobs = moved(file, settings.database_url)
    if as_json:
        emit({"jobs": jobs, "from": str(file)})
    say(
        f"[green]Moved:[/green] {many(jobs, 'job')} with all that happened to them. Keep FANOUT_DATABASE_URL set: in .env, say."
    )
    return DONE
