"""The store: files kept by the hash of their bytes. Nobody else knows where they lie."""

import errno
import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from campaign.errors import StoreError

STALE_S = 24 * 3600
"""A temporary file older than this belongs to nobody alive."""

ROOM = 64 * 1024 * 1024
"""Bytes that must be free before anything is bought: less cannot take one result and the ledger's own writes."""

_BLOCK = 1024 * 1024
_HASH = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


@dataclass(frozen=True, slots=True)
class Stored:
    """What was put: the sha256 (hex) of its bytes and how many they are."""

    sha256: str
    bytes: int


class Store:
    """Content-addressed files under `root`: `ab/abcdef….mp4`. Safe for several processes at once.

    `room` is how many bytes must be free for `require_room` to pass.
    """

    def __init__(self, root: Path, room: int = ROOM) -> None:
        self._root = root
        self._room = room
        self._partial = root / "partial"

    def temporary(self, suffix: str) -> Path:
        """A new, empty file (0600) of ours to write into, on the store's own disk, so that `put` is a rename.

        `suffix` is `.mp4`, `.jpg` and the like. Files that are never put are swept after a day.
        """
        _check_suffix(suffix)
        path = self._partial / f"{secrets.token_hex(12)}{suffix}"
        with _named(path):
            self._make(self._partial)
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        return path

    def put(self, path: Path, suffix: str) -> Stored:
        """Keep the bytes of `path` for good and consume it; returns only when they would survive a power cut.

        The same bytes put twice are kept once. Raises StoreError (disk full, read-only), leaving `path` as it was.
        """
        _check_suffix(suffix)
        with _named(path):
            stored = _hash_and_sync(path)
            target = self._path(stored.sha256, suffix)
        with _named(target):
            self._make(target.parent)
            _settle(path, target)
        return stored

    def local(self, sha256: str) -> Path:
        """A path where the bytes can be read. Raises StoreError when they are not here (any more)."""
        found = self._find(sha256)
        if found is None:
            raise StoreError(
                f"{self._folder(sha256)}: no file {sha256} in the store. Run again: it is fetched or made anew."
            )
        return found

    def exists(self, sha256: str) -> bool:
        """Whether the bytes are here. Their content is trusted; `ledger verify --deep` reads it."""
        return self._find(sha256) is not None

    def require_room(self, expected: int = 0) -> None:
        """Make sure that the store can be written and has room, twice that of a file of `expected` bytes. Raises StoreError:
        nothing is bought or fetched then."""
        with _named(self._partial):
            self._make(self._partial)
            free = os.statvfs(self._partial)
        if free.f_bavail * free.f_frsize < max(self._room, 2 * expected):
            raise StoreError(_full(self._root))
        if not os.access(self._partial, os.W_OK | os.X_OK):
            raise StoreError(
                f"{self._partial}: cannot be written. Give its owner write permission, or move FANOUT_HOME."
            )

    def sweep(self, now: float | None = None) -> int:
        """Delete temporary files that nobody has written to for a day; returns how many."""
        limit = (time.time() if now is None else now) - STALE_S
        stale = [path for path in self._partials() if _modified(path) < limit]
        for path in stale:
            path.unlink(missing_ok=True)
        return len(stale)

    def _partials(self) -> Iterator[Path]:
        return self._partial.iterdir() if self._partial.is_dir() else iter(())

    def _folder(self, sha256: str) -> Path:
        if not _HASH.fullmatch(sha256):
            raise StoreError(f"{sha256!r} is not a sha256: the ledger or a caller is broken.")
        return self._root / sha256[:2]

    def _path(self, sha256: str, suffix: str) -> Path:
        return self._folder(sha256) / f"{sha256}{suffix}"

    def _find(self, sha256: str) -> Path | None:
        folder = self._folder(sha256)
        usual = folder / f"{sha256}.mp4"
        if usual.is_file():
            return usual
        return next((path for path in folder.glob(f"{sha256}.*") if path.is_file()), None)

    def _make(self, folder: Path) -> None:
        """Make a folder of ours (0700) with whatever is missing above it."""
        if folder.is_dir():
            return
        self._make(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)


def _check_suffix(suffix: str) -> None:
    if not _SUFFIX.fullmatch(suffix):
        raise StoreError(f"{suffix!r} is not a suffix such as '.mp4'.")


def _hash_and_sync(path: Path) -> Stored:
    digest, count = hashlib.sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
            count += len(block)
        os.fsync(file.fileno())
    return Stored(digest.hexdigest(), count)


def _settle(path: Path, target: Path) -> None:
    path.chmod(0o600)
    path.replace(target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Turn what the operating system says about `path` into a sentence with a cure."""
    try:
        yield
    except OSError as error:
        raise StoreError(_sentence(path, error)) from error


def _sentence(path: Path, error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return _full(path)
        case errno.EROFS | errno.EACCES | errno.EPERM:
            return f"{path}: cannot be written ({error.strerror}). Make it writable for this user, or move FANOUT_HOME."
        case _:
            return f"{path}: {error.strerror or error}. Look at the disk before running again."


def _full(path: Path) -> str:
    return f"{path}: the disk is full. Free some space (or move FANOUT_HOME), then run again: nothing is lost."
