"""What the store does on this machine's disk: durable renames, and what the system says told with a cure."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from campaign.errors import StoreError

_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """What was put: the sha256 (hex) of its bytes and how many they are."""

    sha256: str
    bytes: int


def hash_and_sync(path: Path) -> Stored:
    """What a file holds, once that would survive a power cut."""
    digest, count = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            count += len(block)
        os.fsync(file.fileno())
    return Stored(digest.hexdigest(), count)


def settle(path: Path, target: Path) -> None:
    """Give a synced file its name, for good and for us alone; their folder is one disk."""
    path.chmod(0o600)
    path.replace(target)
    _sync_folder(target.parent)


def make_folder(folder: Path) -> None:
    """Make a folder of ours (0700) with whatever is missing above it."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync_folder(folder.parent)


def new_file(path: Path) -> None:
    """An empty file of ours (0600) where none is yet."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))


def modified(path: Path) -> float:
    """When a file was last written to; never, for one that is gone."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


@contextmanager
def named(path: Path) -> Iterator[None]:
    """Turn what the operating system says about `path` into a sentence with a cure."""
    try:
        yield
    except OSError as error:
        raise StoreError(_sentence(path, error)) from error


def full(path: Path) -> str:
    """The sentence for a disk without room."""
    return f"{path}: the disk is full. Free some space (or move FANOUT_HOME), then run again: nothing is lost."


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sentence(path: Path, error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return full(path)
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return f"{path}: cannot be written ({error.strerror}). Make it writable for this user, or move FANOUT_HOME."
        case _:
            return f"{path}: {error.strerror or error}. Look at the disk before running again."
