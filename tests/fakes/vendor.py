"""A small honest vendor: it takes work, runs it, bills it, and forgets nothing when its client is killed."""

import sqlite3
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from campaign.providers.base import Recall


class Fate(StrEnum):
    """What a test bends; unbent, everything succeeds. The first ones befall a request, the others the work."""

    BUSY = "busy"
    REFUSED = "refused"
    LOST_ON_THE_WAY = "lost on the way"
    ANSWER_LOST = "answer lost"
    MODERATED_AT_ONCE = "moderated at once"
    FAILS = "fails"
    FAILS_FOR_GOOD = "fails for good"
    FAILS_BILLED = "fails billed"
    MODERATED = "moderated"
    ENDLESS = "endless"
    DEARER = "dearer"


AT_WORK = frozenset({Fate.FAILS, Fate.FAILS_FOR_GOOD, Fate.FAILS_BILLED, Fate.MODERATED, Fate.ENDLESS, Fate.DEARER})
NOT_BILLED = frozenset({Fate.FAILS, Fate.FAILS_FOR_GOOD, Fate.MODERATED})


@dataclass(frozen=True, slots=True)
class Work:
    """Something that the vendor took: its id, the client's id, what was asked, what it costs."""

    id: str
    client_id: str
    asked: str
    price: Decimal
    began: float
    fate: Fate | None


class Vendor:
    """Keeps its books in a file, so that they outlive the process that buys. `takes_s` is how long work lasts.

    `recall` says what it does with a client's id: C answers the second request as the first, D bills it again and can be
    asked by it, N pays no attention to it.
    """

    def __init__(self, books: Path, recall: Recall = Recall.CLIENT_ID, takes_s: float = 0.0) -> None:
        self.recall = recall
        self.posts = 0
        self.polls = 0
        self.downloads = 0
        self._books = books
        self._takes_s = takes_s
        self._bent: deque[Fate] = deque()
        with self._open() as books_:
            books_.execute(
                "CREATE TABLE IF NOT EXISTS work (id INTEGER PRIMARY KEY, client TEXT, asked TEXT, price TEXT,"
                " began REAL, fate TEXT, forgotten INTEGER DEFAULT 0)"
            )

    def bend(self, *fates: Fate) -> None:
        """What happens to the next requests, one each."""
        self._bent.extend(fates)

    def next_fate(self) -> Fate | None:
        """What happens to this request."""
        return self._bent.popleft() if self._bent else None

    def accept(self, client_id: str, asked: str, price: Decimal, fate: Fate | None) -> Work:
        """Take work and bill it, in one stroke."""
        with self._open() as books:
            if self.recall is Recall.CLIENT_ID:
                known = self._select(books, "client = ?", client_id)
                if known is not None:
                    return known
            kept = fate if fate in AT_WORK else None
            number = books.execute(
                "INSERT INTO work (client, asked, price, began, fate) VALUES (?, ?, ?, ?, ?)",
                (client_id, asked, str(price), time.time(), kept),
            ).lastrowid
            work = self._select(books, "id = ?", number)
            assert work is not None
            return work

    def by_id(self, remote_id: str) -> Work | None:
        """Work by the vendor's id."""
        with self._open() as books:
            return self._select(books, "forgotten = 0 AND id = ?", remote_id.removeprefix("gen-"))

    def by_client(self, client_id: str) -> Work | None:
        """Work by the client's id, for those vendors that can tell."""
        with self._open() as books:
            return None if self.recall is Recall.NOTHING else self._select(books, "client = ?", client_id)

    def is_done(self, work: Work) -> bool:
        """Whether it has come to its end."""
        return work.fate is not Fate.ENDLESS and time.time() >= work.began + self._takes_s

    def forget(self, remote_id: str) -> None:
        """Delete a result."""
        with self._open() as books:
            books.execute("UPDATE work SET forgotten = 1 WHERE id = ?", (remote_id.removeprefix("gen-"),))

    def bill(self) -> list[Work]:
        """Everything that was charged and not refunded."""
        with self._open() as books:
            found = books.execute("SELECT * FROM work ORDER BY id").fetchall()
        return [work for row in found if (work := _work(row)).fate not in NOT_BILLED]

    def _select(self, books: sqlite3.Connection, where: str, value: object) -> Work | None:
        row = books.execute(f"SELECT * FROM work WHERE {where} ORDER BY id", (value,)).fetchone()
        return None if row is None else _work(row)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        books = sqlite3.connect(self._books, timeout=30, isolation_level=None)
        books.execute("PRAGMA synchronous=OFF")
        books.execute("BEGIN IMMEDIATE")
        try:
            yield books
            books.execute("COMMIT")
        finally:
            books.close()


def _work(row: tuple[int, str, str, str, float, str | None, int]) -> Work:
    number, client, asked, price, began, fate, _ = row
    return Work(f"gen-{number}", client, asked, Decimal(price), began, None if fate is None else Fate(fate))
