"""Bytes by their hash, on disk: what was uploaded and what was made."""

import hashlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from emulator.journal import Journal
from emulator.works import TAIL_MARK, Blob

_TAIL_SPAN = 256


class TooLarge(Exception):
    """More bytes came than were allowed."""


class Blobs:
    """Files named by the hash of what is in them, in one folder. Nothing is ever overwritten or half there.

    `tails` remembers which tails came with which bytes.
    """

    def __init__(self, folder: Path, tails: Journal) -> None:
        self._folder = folder
        self._hashes: dict[str, hashlib._Hash] = {}
        self._known: dict[str, Blob] = {}
        self._tails = tails
        folder.mkdir(parents=True, exist_ok=True)
        for line in tails.kept:
            blob = self.with_tail(line["core"], bytes.fromhex(line["tail"]))
            self._known[blob.sha256] = blob

    def put(self, content: bytes) -> Blob:
        """Keep bytes. A film that the emulator made itself is recognised: only its tail is new."""
        tail = _tail_of(content[-_TAIL_SPAN:])
        core = content[: len(content) - len(tail)]
        name = hashlib.sha256(core).hexdigest()
        path = self.place(name)
        if not path.exists():
            with self.fresh() as file:
                file.write(core)
            Path(file.name).replace(path)
        return self._remember(self.with_tail(name, tail))

    async def put_stream(self, chunks: AsyncIterator[bytes], most: int) -> Blob:
        """Keep what arrives piece by piece. Raises TooLarge beyond `most` bytes."""
        size, last = 0, b""
        with self.fresh() as file:
            async for chunk in chunks:
                size += len(chunk)
                if size > most:
                    Path(file.name).unlink()
                    raise TooLarge
                file.write(chunk)
                last = (last + chunk)[-_TAIL_SPAN:]
            tail = _tail_of(last)
            file.truncate(size - len(tail))
        return self._remember(self.adopt(Path(file.name), tail))

    def adopt(self, path: Path, tail: bytes = b"") -> Blob:
        """Take a finished file into the folder; it is gone from where it was."""
        with path.open("rb") as file:
            name = hashlib.file_digest(file, "sha256").hexdigest()
        path.replace(self.place(name))
        return self.with_tail(name, tail)

    def with_tail(self, core: str, tail: bytes) -> Blob:
        """The blob of a file that is there, and a tail. Raises KeyError when it is not there."""
        path = self.place(core)
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            raise KeyError(core) from None
        if not tail:
            return Blob(path, core, core, size)
        begun = self._hashes.get(core)
        if begun is None:
            with path.open("rb") as file:
                begun = self._hashes[core] = hashlib.file_digest(file, "sha256")
        whole = begun.copy()
        whole.update(tail)
        return Blob(path, core, whole.hexdigest(), size + len(tail), tail)

    def of(self, sha256: str) -> Blob:
        """The blob whose whole content has this hash. Raises KeyError."""
        known = self._known.get(sha256)
        return known if known is not None else self.with_tail(sha256, b"")

    def place(self, name: str) -> Path:
        """Where the file of that hash lies, or would."""
        return self._folder / name

    def fresh(self) -> "tempfile._TemporaryFileWrapper[bytes]":
        """A new file in the folder, to be filled and adopted."""
        return tempfile.NamedTemporaryFile(dir=self._folder, prefix=".new-", delete=False)  # the caller closes it

    def _remember(self, blob: Blob) -> Blob:
        if blob.tail and blob.sha256 not in self._known:
            self._tails.append({"core": blob.core, "tail": blob.tail.hex()})
        self._known[blob.sha256] = blob
        return blob


def tail_for(mark: str) -> bytes:
    """A box that makes a film its own: players skip it."""
    content = TAIL_MARK + mark.encode("ascii")
    return (4 + len(content)).to_bytes(4, "big") + content


def _tail_of(end: bytes) -> bytes:
    """The tail that `tail_for` made, when the bytes end with one."""
    place = end.rfind(TAIL_MARK)
    if place < 4:
        return b""
    begun = end[place - 4 :]
    return begun if int.from_bytes(begun[:4], "big") == len(begun) else b""
