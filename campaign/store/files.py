"""The store: files kept by the hash of their bytes. Nobody else knows where they lie."""

import hashlib
import json
import os
import re
import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from campaign.errors import StoreError
from campaign.store.depot import Depot
from campaign.store.disk import Stored, full, hash_and_sync, make_folder, modified, named, new_file, settle

__all__ = ["Store", "Stored"]

STALE_S = 24 * 3600
"""A temporary file older than this belongs to nobody alive."""

ROOM = 64 * 1024 * 1024
"""Bytes that must be free before anything is bought: less cannot take one result and the ledger's own writes."""

_HASH = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


class Store:
    """Content-addressed files under `root`: `ab/abcdef….mp4`. Safe for several processes at once.

    `room` is how many bytes must be free for `require_room` to pass. With a depot `beyond` this machine files are kept
    there, for every machine, and `root` holds the copies that this one has seen.
    """

    def __init__(self, root: Path, room: int = ROOM, beyond: Depot | None = None) -> None:
        self._root = root
        self._room = room
        self._beyond = beyond
        self._partial = root / "partial"
        self._waiting = root / "waiting"

    def temporary(self, suffix: str) -> Path:
        """A new, empty file (0600) of ours to write into, on the store's own disk, so that `put` is a rename.

        `suffix` is `.mp4`, `.jpg` and the like. Files that are never put are swept after a day.
        """
        _check_suffix(suffix)
        path = self._partial / f"{secrets.token_hex(12)}{suffix}"
        with named(path):
            make_folder(self._partial)
            new_file(path)
        return path

    def put(self, path: Path, suffix: str, label: str = "") -> Stored:
        """Keep the bytes of `path` for good and consume it; returns only when they would survive a power cut, and with a
        depot when they were read back from there.

        The same bytes put twice are kept once. Raises StoreError: disk full or read-only, `path` is as it was then; or the
        depot out of reach, the bytes are on this machine then and `left` finds them by their `label`.
        """
        _check_suffix(suffix)
        with named(path):
            stored = hash_and_sync(path)
            target = self._path(stored.sha256, suffix)
        with named(target):
            make_folder(target.parent)
            settle(path, target)
        if self._beyond is not None:
            self._note(label, target.name, stored)
            self._beyond.keep(target, target.name, stored)
            self._forget(label)
        return stored

    def left(self, label: str) -> Stored | None:
        """What an earlier `put` with this label could not carry to the depot, carried there now; None when nothing is left.

        Raises StoreError when it is still out of reach.
        """
        note = self._note_of(label)
        if self._beyond is None or not note.is_file():
            return None
        name, size = json.loads(note.read_text(encoding="utf-8"))
        stored = Stored(name.partition(".")[0], size)
        path = self._folder(stored.sha256) / name
        if not path.is_file():
            return None
        self._beyond.keep(path, name, stored)
        self._forget(label)
        return stored

    def local(self, sha256: str) -> Path:
        """A path where the bytes can be read, fetched from the depot when need be. Raises StoreError when they are not there
        (any more), or are others than were put."""
        found = self._find(sha256)
        if found is not None:
            return found
        name = self._beyond.name_of(sha256) if self._beyond is not None else None
        if self._beyond is None or name is None:
            place = self._beyond.shown if self._beyond is not None else self._folder(sha256)
            raise StoreError(f"{place}: no file {sha256} in the store. Run again: it is fetched or made anew.")
        return self._fetched(self._beyond, sha256, name)

    def here(self, sha256: str) -> Path | None:
        """Where the bytes lie on this machine, None when they do not; nothing is fetched."""
        return self._find(sha256)

    def exists(self, sha256: str) -> bool:
        """Whether the bytes are kept. Their content is trusted; `ledger verify --deep` reads it."""
        return self._find(sha256) is not None or (self._beyond is not None and self._beyond.name_of(sha256) is not None)

    def carry(self) -> int:
        """Bring to the depot what this machine kept before it had one; returns how many files. Done once for each depot.

        Raises StoreError when it is out of reach.
        """
        if self._beyond is None:
            return 0
        done = self._root / "carried.txt"
        if done.is_file() and done.read_text(encoding="utf-8") == self._beyond.shown:
            return 0
        missing = [path for path in self._kept() if self._beyond.name_of(path.stem) is None]
        for path in missing:
            with named(path):
                stored = hash_and_sync(path)
            if stored.sha256 == path.stem:  # what has rotted here must not pass for the real bytes there
                self._beyond.keep(path, path.name, stored)
        with named(done):
            make_folder(self._root)
            done.write_text(self._beyond.shown, encoding="utf-8")
        return len(missing)

    def require_room(self, expected: int = 0) -> None:
        """Make sure that the store can be written and has room, twice that of a file of `expected` bytes. Raises StoreError:
        nothing is bought or fetched then."""
        with named(self._partial):
            make_folder(self._partial)
            free = os.statvfs(self._partial)
        if free.f_bavail * free.f_frsize < max(self._room, 2 * expected):
            raise StoreError(full(self._root))
        if not os.access(self._partial, os.W_OK | os.X_OK):
            raise StoreError(
                f"{self._partial}: cannot be written. Give its owner write permission, or move FANOUT_HOME."
            )
        if self._beyond is not None:
            self._beyond.require()

    def sweep(self, now: float | None = None) -> int:
        """Delete temporary files that nobody has written to for a day; returns how many."""
        limit = (time.time() if now is None else now) - STALE_S
        stale = [path for path in self._partials() if modified(path) < limit]
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

    def _kept(self) -> list[Path]:
        return [path for path in sorted(self._root.glob("??/*")) if _HASH.fullmatch(path.stem) and path.is_file()]

    def _fetched(self, beyond: Depot, sha256: str, name: str) -> Path:
        """The file from the depot, its bytes checked: wrong ones never get its name."""
        part = self.temporary(Path(name).suffix or ".part")
        try:
            beyond.fetch(name, part)
            with named(part):
                stored = hash_and_sync(part)
            if stored.sha256 != sha256:
                raise StoreError(
                    f"{beyond.shown}: {name} holds other bytes than were put. Delete it there and run again: it is "
                    "fetched or made anew."
                )
            target = self._folder(sha256) / name
            with named(target):
                make_folder(target.parent)
                settle(part, target)
            return target
        finally:
            part.unlink(missing_ok=True)

    def _note(self, label: str, name: str, stored: Stored) -> None:
        if not label:
            return
        note = self._note_of(label)
        part = self.temporary(".json")
        with named(note):
            make_folder(self._waiting)
            part.write_text(json.dumps([name, stored.bytes]), encoding="utf-8")
            hash_and_sync(part)
            settle(part, note)

    def _note_of(self, label: str) -> Path:
        return self._waiting / f"{hashlib.sha256(label.encode()).hexdigest()[:32]}.json"

    def _forget(self, label: str) -> None:
        if label:
            self._note_of(label).unlink(missing_ok=True)


def _check_suffix(suffix: str) -> None:
    if not _SUFFIX.fullmatch(suffix):
        raise StoreError(f"{suffix!r} is not a suffix such as '.mp4'.")
