"""The ledger's SQLite file: made whole or not at all, and refused by name when it is not what it was."""

import os
import secrets
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from campaign.errors import LedgerError, SetupError

APPLICATION_ID = 0x46414E4F
"""Stands in the file's header (`FANO`), so that another program's database is not taken for a ledger."""

_MAGIC = b"SQLite format 3\x00"
_SHARED = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "lustre",
        "glusterfs",
        "fuse.glusterfs",
        "fuse.sshfs",
        "beegfs",
    }
)
_CURE = (
    "Put back a copy of the whole folder, or, if nothing was ever bought through it, move {name}* away and run again. "
    "Nothing was bought now."
)


def prepare(path: Path, make: Callable[[Path], None]) -> None:
    """See that `path` is a ledger, making one with `make` where there has never been any.

    Raises LedgerError for a file that is broken, foreign, gone, or could be changed by others, SetupError on a network
    file system, where SQLite's locks do not hold.
    """
    _make_folder(path.parent)
    _refuse_network(path.parent)
    _refuse_open_folder(path.parent)
    if path.exists():
        _inspect(path)
    elif mark_of(path).exists():
        raise broken(path, f"is gone, but {read_mark(path)} changes were written to it")
    else:
        _create(path, make)


def broken(path: Path, what: str) -> LedgerError:
    """The error for a file that must not be used, with the ways out."""
    return LedgerError(f"{path}: the ledger {what}. {_CURE.format(name=path.name)}")


def mark_of(path: Path) -> Path:
    """Where the number of the last event is kept, outside the database: it shows when the database has lost some."""
    return path.with_name(path.name + ".mark")


def read_mark(path: Path) -> int:
    """The number of the last event known to be committed; 0 when nothing is known."""
    try:
        return int(mark_of(path).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def open_mark(path: Path) -> int:
    """A descriptor for `write_mark`."""
    return os.open(mark_of(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)


def write_mark(descriptor: int, seq: int) -> None:
    """Note the last committed event. Not synced: the database is, before this is written, so it can only be behind."""
    os.pwrite(descriptor, f"{seq:020d}\n".encode("ascii"), 0)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise LedgerError(
            f"{folder}: cannot be made ({error.strerror}). Make it writable, or move FANOUT_HOME."
        ) from error


def _inspect(path: Path) -> None:
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise broken(path, "is not a regular file")
    if facts.st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
        raise LedgerError(
            f"{path}: the ledger belongs to another user (uid {facts.st_uid}). Take it over with chown first."
        )
    if not _is_ours(path):
        _refuse(path, facts.st_size)
    if stat.S_IMODE(facts.st_mode) & 0o077:
        path.chmod(0o600)


def _is_ours(path: Path) -> bool:
    """Whether it is a ledger, as SQLite reads it.

    Not by opening the file here: closing it again would take the locks of every connection that this process has to it, and
    another process would take itself for the last one and clear away the journal that they read and write.
    """
    try:
        with closing(sqlite3.connect(path)) as connection:
            return bool(connection.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)
    except sqlite3.OperationalError:
        return True  # busy, or not to be read: whoever opens it next says so
    except sqlite3.DatabaseError:
        return False


def _refuse(path: Path, size: int) -> None:
    """Raise LedgerError for a file that nothing has been opened as a ledger of: its first bytes tell what it is."""
    with path.open("rb") as file:
        header = file.read(100)
    if header[:16] != _MAGIC:
        raise broken(path, _description(header, size))
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise broken(path, "is an SQLite database, but not one of Fanout's")


def _description(header: bytes, size: int) -> str:
    if size == 0:
        return "is empty (0 bytes)"
    if not any(header):
        return f"is {size} bytes that begin with zeros"
    return f"is {size} bytes of something else than a database"


def _create(path: Path, make: Callable[[Path], None]) -> None:
    """Make the database aside and give it its name when it is whole, so that a broken file is never our own doing."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(6)}.new")
    try:
        os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
        make(aside)
        _name(aside, path)
    except OSError as error:
        raise LedgerError(
            f"{path}: the ledger cannot be made here ({error.strerror}). Free space or make it writable."
        ) from error
    finally:
        for left in (aside, aside.with_name(aside.name + "-wal"), aside.with_name(aside.name + "-shm")):
            left.unlink(missing_ok=True)


def _name(aside: Path, path: Path) -> None:
    try:
        os.link(aside, path)
    except FileExistsError:
        return  # another process was first: theirs is as good
    except OSError:  # a file system without hard links
        aside.rename(path)
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refuse_open_folder(folder: Path) -> None:
    mode = folder.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise LedgerError(f"{folder}: anybody may replace files here. Run `chmod o-w {folder}`, or move FANOUT_HOME.")


def _refuse_network(folder: Path) -> None:
    kind = _file_system(folder)
    if kind in _SHARED:
        raise SetupError(
            f"{folder} is on a network file system ({kind}), where SQLite's locks do not hold. "
            "Set FANOUT_HOME to a local folder, or FANOUT_DATABASE_URL to a PostgreSQL server."
        )


def _file_system(folder: Path) -> str:
    """The kind of file system under `folder`, "" where the system does not tell."""
    try:
        lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    real, best, kind = str(folder.resolve()), "", ""
    for line in lines:
        left, _, right = line.partition(" - ")
        point = left.split()[4].replace("\\040", " ")
        if len(point) >= len(best) and (real == point or real.startswith(point.rstrip("/") + "/")):
            best, kind = point, right.split()[0]
    return kind
