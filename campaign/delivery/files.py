"""Writing into out/ in one step: a reader sees the old file or the new one, never half of one."""

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

UNFINISHED = ".part"
STALE_S = 3600
"""An unfinished file that nobody has written to for so long belongs to nobody alive."""


def copy(source: Path, target: Path, *, durable: bool = True) -> None:
    """Put the bytes of `source` in place of whatever `target` names (a link is replaced, not followed).

    A copy and never a second name: whoever edits what was delivered must not change what the store keeps. It carries the
    source's time, by which `same` knows it again without reading it. `durable` outlives a power cut.
    """
    with _settled(target, durable) as unfinished:
        _pour(source, unfinished)
        mark(source, unfinished)


def mark(source: Path, copied: Path) -> None:
    """Give `copied` the time of `source`, so that `same` knows it again."""
    told = source.stat()
    os.utime(copied, ns=(told.st_atime_ns, told.st_mtime_ns))


def same(source: Path, target: Path) -> bool:
    """Whether `target` is the plain file that `copy` made of `source`, by size and time."""
    if target.is_symlink() or not target.is_file():
        return False
    one, other = source.stat(), target.stat()
    return one.st_size == other.st_size and one.st_mtime_ns == other.st_mtime_ns


def move(path: Path, target: Path) -> None:
    """Give a file another place in out/, on whatever disk that is. A link is moved, not what it points to."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        copy(path, target)
        path.unlink()


def write(path: Path, text: str, *, durable: bool = True) -> None:
    """Write text as UTF-8, line ends as given. What UTF-8 cannot say (half a surrogate pair) becomes its `\\udc80`."""
    with _settled(path, durable) as unfinished:
        unfinished.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")


def digest(path: Path) -> str:
    """The sha256 (hex) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sweep(folder: Path) -> None:
    """Delete what a killed process left unfinished in `folder`."""
    limit = time.time() - STALE_S
    for path in folder.glob(f".*{UNFINISHED}"):
        if path.lstat().st_mtime < limit:
            path.unlink(missing_ok=True)


@contextmanager
def _settled(target: Path, durable: bool) -> Iterator[Path]:
    """A file to write into that takes the name `target` at the end, or vanishes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{uuid4().hex}{UNFINISHED}")
    try:
        yield unfinished
        if durable:
            _sync(unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _pour(source: Path, into: Path) -> None:
    """Copy bytes; file systems that can share them do, and then a deliverable costs no second room on the disk."""
    try:
        with source.open("rb") as giver, into.open("xb") as taker:
            left = os.fstat(giver.fileno()).st_size
            while left and (poured := os.copy_file_range(giver.fileno(), taker.fileno(), left)):
                left -= poured
        if not left:
            return
    except (AttributeError, OSError):
        # Not on this system, or not between these two disks.
        into.unlink(missing_ok=True)
    shutil.copyfile(source, into)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
