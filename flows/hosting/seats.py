"""Who uses our own Prefect server, and who works on which run: locks in its folder, which the kernel releases however a
process ends."""

import fcntl
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

START_LOCK = "start.lock"
"""Held while the server is looked for, started or stopped."""
USERS_LOCK = "users.lock"
"""Held shared by everybody who uses the server."""


def room_lock(folder: Path, campaign: str) -> Path:
    """The lock that the open room of a campaign holds."""
    return folder / f"room-{campaign}.lock"


def run_lock(folder: Path, flow_run_id: UUID) -> Path:
    """The lock that a process holds while it is at work on a flow run that was started from the server."""
    runs = folder / "runs"
    runs.mkdir(mode=0o700, exist_ok=True)
    return runs / f"{flow_run_id}.lock"


def take_run(folder: Path, flow_run_id: UUID) -> BinaryIO:
    """Take the lock of a flow run and leave this machine's name in it: nobody else can tell whether it is held."""
    held = lock(run_lock(folder, flow_run_id))
    held.truncate(0)
    held.write(platform.node().encode())
    held.flush()
    return held


def died_here(folder: Path, flow_run_id: UUID) -> bool:
    """Whether a flow run was worked on by a process of this machine that is gone."""
    path = run_lock(folder, flow_run_id)
    return path.exists() and path.read_bytes() == platform.node().encode() and free(path)


def lock(path: Path, *, shared: bool = False, waiting: Callable[[], None] = lambda: None) -> BinaryIO:
    """Take the lock; close the returned file to release it. `waiting` is called once if another holds it."""
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    while True:
        file = path.open("ab")
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(file, kind)
        if _lies_at(file, path):
            return file
        file.close()


def try_lock(path: Path) -> BinaryIO | None:
    """Take the lock alone if nobody holds it."""
    while True:
        file = path.open("ab")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        if _lies_at(file, path):
            return file
        file.close()


def free(path: Path) -> bool:
    """Whether nobody holds the lock. A lock file that is gone counts as free: its home was removed."""
    if not path.exists():
        return True
    file = try_lock(path)
    if file is None:
        return False
    file.close()
    return True


def discard(path: Path) -> None:
    """Remove the file of a lock that nobody holds, while we hold it: whoever has it open already sees that it is gone."""
    file = try_lock(path)
    if file is not None:
        path.unlink(missing_ok=True)
        file.close()


def _lies_at(file: BinaryIO, path: Path) -> bool:
    """Whether the file that we have locked is still the one of that name: it may have been removed before we had the lock."""
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    ours = os.fstat(file.fileno())
    return (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)
