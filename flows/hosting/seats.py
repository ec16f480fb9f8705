"""Who uses our own Prefect server: locks in its folder, which the kernel releases however a process ends."""

import fcntl
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


def lock(path: Path, *, shared: bool = False, waiting: Callable[[], None] = lambda: None) -> BinaryIO:
    """Take the lock; close the returned file to release it. `waiting` is called once if another holds it."""
    file = path.open("ab")
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(file, kind)
    return file


def try_lock(path: Path) -> BinaryIO | None:
    """Take the lock alone if nobody holds it."""
    file = path.open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def free(path: Path) -> bool:
    """Whether nobody holds the lock. A lock file that is gone counts as free: its home was removed."""
    if not path.exists():
        return True
    file = try_lock(path)
    if file is None:
        return False
    file.close()
    return True
