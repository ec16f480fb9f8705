"""A copy of the ledger's file that is whole, taken while runs go on."""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import quote

from campaign.errors import LedgerError

_OK = [("ok",)]


def back_up(file: Path, into: Path) -> int:
    """Copy the ledger in `file` as it is at one instant to `into` (0600, made whole or not at all); returns its bytes.

    Raises LedgerError when `into` is there already or cannot be written, and when the ledger cannot be read whole.
    """
    if into.exists():
        raise LedgerError(f"{into} is there already. Name a file that is not.")
    part = into.with_name(f"{into.name}.part")
    try:
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        _copy(file, part)
        _settle(part, into)
        return into.stat().st_size
    except OSError as error:
        raise LedgerError(
            f"{into}: the backup cannot be written ({error.strerror}). The ledger is as it was."
        ) from error
    except sqlite3.Error as error:
        raise LedgerError(f"{file}: the ledger cannot be copied ({error}). Nothing was changed.") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _copy(file: Path, part: Path) -> None:
    with (
        closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, timeout=60)) as here,
        closing(sqlite3.connect(part)) as there,
    ):
        here.backup(there)
        there.execute("PRAGMA journal_mode=DELETE")  # one file, without -wal and -shm beside it
        if there.execute("PRAGMA integrity_check(1)").fetchall() != _OK:
            raise sqlite3.DatabaseError("the copy is damaged")


def _settle(part: Path, into: Path) -> None:
    """Bring the copy to the disk before it has its name."""
    for path in (part, into.parent):
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        if path is part:
            part.rename(into)
