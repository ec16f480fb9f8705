"""fanout doctor: what this machine has and lacks, each lack with its cure."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from campaign.errors import CampaignError
from campaign.settings import Settings, read_settings
from fanout.console import emit, say
from fanout.exits import DONE, REFUSED
from fanout.options import campaign_option, json_option, options

LEAST_FREE_BYTES = 5 * 10**9


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `ok` False with `needed` False is a remark, not a fault."""

    name: str
    ok: bool
    found: str
    cure: str = ""
    needed: bool = True


@click.command("doctor")
@options(campaign_option, json_option)
def command(campaign_file: Path, as_json: bool) -> int:
    """Check ffmpeg, fonts, disk, database and the Prefect server, each with its cure."""
    settings = read_settings()
    checks = list(_examine(campaign_file.absolute().parent, settings, campaign_file))
    if as_json:
        emit([asdict(check) for check in checks])
    for check in checks:
        mark = "[green]ok[/green]  " if check.ok else "[red]bad[/red] " if check.needed else "[yellow]note[/yellow]"
        say(f"{mark} {check.name}: ", plain=check.found + (f" -> {check.cure}" if check.cure and not check.ok else ""))
    return REFUSED if any(check.needed and not check.ok for check in checks) else DONE


def _examine(root: Path, settings: Settings, campaign_file: Path) -> Iterator[Check]:
    yield _ffmpeg(settings)
    yield _disk(settings.home_of(root))
    yield _home(settings.home_of(root))
    yield _fonts()
    yield _database(campaign_file, settings)
    yield _server(settings.home_of(root))


def _ffmpeg(settings: Settings) -> Check:
    from campaign.media.engine import find_engine

    try:
        engine = find_engine(settings.ffmpeg)
    except CampaignError as error:
        return Check("ffmpeg", False, str(error))
    return Check("ffmpeg", True, f"{engine.version} at {engine.path}")


def _disk(home: Path) -> Check:
    there = _nearest(home)
    free = shutil.disk_usage(there).free
    cure = f"free some, or set FANOUT_HOME to a disk with {LEAST_FREE_BYTES // 10**9} GB"
    return Check("disk", free >= LEAST_FREE_BYTES, f"{free / 1e9:.1f} GB free at {there}", cure)


def _home(home: Path) -> Check:
    there = _nearest(home)
    cure = "make it writable, or set FANOUT_HOME to a folder that is"
    writable = os.access(there, os.W_OK)
    return Check("memory", writable, f"{there} can{'' if writable else 'not'} be written", cure)


def _nearest(folder: Path) -> Path:
    """The folder, or what there is of the way to it."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def _database(campaign_file: Path, settings: Settings) -> Check:
    from campaign.preparing.memory import open_memory

    if not campaign_file.exists():
        return Check("ledger", False, f"no {campaign_file} here", "give --campaign PATH to look at its ledger", False)
    if settings.database_url is None and not settings.ledger_file(campaign_file.absolute().parent).exists():
        return Check("ledger", True, "none yet; the first run begins it")
    try:
        with open_memory(campaign_file, settings) as memory:
            problems = memory.ledger.verify()
    except CampaignError as error:
        return Check("ledger", False, str(error))
    found = "rows equal their events" if not problems else problems[0]
    return Check("ledger", not problems, found, "see `fanout ledger verify`")


def _fonts() -> Check:
    from campaign.media.fonts import installed_fonts

    count = installed_fonts()
    cure = "only supers need fonts: install Noto (on Debian fonts-noto-core and fonts-noto-cjk)"
    return Check("fonts", count > 0, f"{count} font files", cure, needed=False)


def _server(home: Path) -> Check:
    from campaign.net.protection import weaknesses
    from flows.server import running_server

    server = running_server(home)
    if server is None:
        return Check("prefect server", True, "none is running; a run starts its own, secured, on loopback")
    found = weaknesses(server.url, server.auth)
    cure = "stop it; the one that a run starts asks for a password and refuses foreign pages"
    return Check("prefect server", not found, f"{server.url}: {'; '.join(found) or 'refuses strangers'}", cure)
