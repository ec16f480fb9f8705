"""What `fanout doctor` looks at on this machine: programs, disk, fonts, the memory beside the campaign, the file of keys."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from campaign.errors import CampaignError
from campaign.settings import Settings, env_file, keys_in_file

LEAST_FREE_BYTES = 5 * 10**9
GIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `ok` False with `needed` False is a remark, not a fault."""

    name: str
    ok: bool
    found: str
    cure: str = ""
    needed: bool = True


def examine_machine(campaign_file: Path, settings: Settings) -> Iterator[Check]:
    """Everything that does not depend on a provider."""
    root = campaign_file.absolute().parent
    home = settings.home_of(root)
    yield _ffmpeg(settings)
    yield _disk(home)
    yield _memory(home)
    yield _fonts()
    yield _ledger(campaign_file, settings)
    yield from _keys(root)


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


def _memory(home: Path) -> Check:
    there = _nearest(home)
    if not there.is_dir():
        cure = "move that file away, or set FANOUT_HOME to a folder"
        return Check("memory", False, f"{there} is a file where a folder is needed", cure)
    if not os.access(there, os.W_OK):
        cure = "make it writable, or set FANOUT_HOME to a folder that is"
        return Check("memory", False, f"{there} cannot be written", cure)
    if home.exists() and (mode := _open_to_others(home)):
        found = f"{home} is open to other users of this machine ({mode}): it holds ledger and films"
        return Check("memory", False, found, f"chmod 700 {home}")
    return Check("memory", True, f"{there} can be written")


def _nearest(folder: Path) -> Path:
    """The folder, or what there is of the way to it."""
    return next(each for each in (folder, *folder.parents) if each.exists())


def _open_to_others(path: Path) -> str:
    """The mode of what others may read or write (`0644`), empty for what is private."""
    mode = stat.S_IMODE(path.stat().st_mode)
    return f"{mode:04o}" if mode & 0o077 else ""


def _ledger(campaign_file: Path, settings: Settings) -> Check:
    from campaign.ledger.tables import VERSION
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
    found = problems[0] if problems else f"schema {VERSION}, rows equal their events"
    return Check("ledger", not problems, found, "see `fanout ledger verify`")


def _fonts() -> Check:
    from campaign.media.fonts import installed_fonts

    count = installed_fonts()
    cure = "only supers need fonts: install Noto (on Debian fonts-noto-core and fonts-noto-cjk)"
    return Check("fonts", count > 0, f"{count} font files", cure, needed=False)


def _keys(root: Path) -> Iterator[Check]:
    """The `.env` beside the campaign's file; nothing to say where there is none."""
    file = env_file(root)
    if file is None:
        return
    if mode := _open_to_others(file):
        yield Check("keys file", False, f"other users of this machine may read {file} ({mode})", f"chmod 600 {file}")
    if _may_be_committed(file):
        cure = "add a line .env to .gitignore; keys that were committed before are to be replaced"
        yield Check("keys file", False, f"git does not ignore {file}", cure)
    names = ", ".join(keys_in_file(root)) or "no key"
    yield Check("keys file", True, f"{file} holds {names}; what the environment says goes first")


def _may_be_committed(file: Path) -> bool:
    """Whether the file lies in a git repository that does not ignore it, or has it already."""
    git = shutil.which("git")
    if git is None:
        return False
    # A repository of somebody else's could name a program of its own to watch the files.
    argv = [git, "-C", str(file.parent), "-c", "core.fsmonitor=false", "check-ignore", "--quiet", "--", file.name]
    environment = {"PATH": os.defpath, "HOME": str(Path.home())}
    try:
        asked = subprocess.run(argv, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=GIT_S)
    except (OSError, subprocess.SubprocessError):
        return False
    return asked.returncode == 1  # 0: ignored; 128: no repository
