"""A small honest vendor: it takes work, runs it, bills it, and forgets nothing when its client is killed."""

import random
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

from campaign.providers.base import Recall


class Fate(StrEnum):
    """What a test bends; unbent, everything succeeds. The first ones befall a request, the others the work."""

    BUSY = "busy"
    THROTTLED = "throttled"
    NO_CREDIT = "no credit"
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
    CALLED_OFF = "called off"


AT_WORK = frozenset({Fate.FAILS, Fate.FAILS_FOR_GOOD, Fate.FAILS_BILLED, Fate.MODERATED, Fate.ENDLESS, Fate.DEARER})
NOT_BILLED = frozenset({Fate.FAILS, Fate.FAILS_FOR_GOOD, Fate.MODERATED, Fate.CALLED_OFF})

STORM = {
    Fate.BUSY: 0.5,
    Fate.THROTTLED: 0.3,
    Fate.REFUSED: 0.3,
    Fate.LOST_ON_THE_WAY: 0.3,
    Fate.ANSWER_LOST: 0.5,
    Fate.MODERATED_AT_ONCE: 0.2,
    Fate.FAILS: 0.7,
    Fate.FAILS_FOR_GOOD: 0.2,
    Fate.FAILS_BILLED: 0.3,
    Fate.MODERATED: 0.3,
}
"""How often each befalls a request in a storm, beside 6 that go well."""


@dataclass(frozen=True, slots=True)
class Work:
    """Something that the vendor took: its id, the client's id, what was asked, what it costs; when its request departed."""

    id: str
    client_id: str
    asked: str
    price: Decimal
    began: float
    fate: Fate | None
    departed: float | None = None


class Vendor:
    """Keeps its books in a file, so that they outlive the process that buys. `takes_s` is how long work lasts.

    `recall` says what it does with a client's id: C answers the second request as the first, D bills it again and can be
    asked by it, N pays no attention to it. It refuses all media while `pack_refused` says why. `at_post` is
    called once, when the next request has come. `most_answering` is
    how many requests of this process ever waited for their answers at once.
    """

    def __init__(self, books: Path, recall: Recall = Recall.CLIENT_ID, takes_s: float = 0.0) -> None:
        self.recall = recall
        self.posts = 0
        self.polls = 0
        self.downloads = 0
        self.pack_refused = ""
        self.at_post: Callable[[], object] | None = None
        self.most_answering = 0
        self._answering = 0
        self._die: random.Random | None = None
        self._books = books
        self._takes_s = takes_s
        self._bent: deque[Fate | None] = deque()
        with self._open() as books_:
            books_.execute(
                "CREATE TABLE IF NOT EXISTS work (id INTEGER PRIMARY KEY, client TEXT, asked TEXT, price TEXT,"
                " began REAL, fate TEXT, forgotten INTEGER DEFAULT 0, departed REAL)"
            )
            books_.execute("CREATE TABLE IF NOT EXISTS request (kind TEXT PRIMARY KEY, number INTEGER)")

    def bend(self, *fates: Fate | None) -> None:
        """What happens to the next requests, one each; None: nothing does."""
        self._bent.extend(fates)

    def requested(self, kind: str) -> None:
        """A request of a kind came; these are counted over all processes."""
        with self._open() as books:
            books.execute(
                "INSERT INTO request VALUES (?, 1) ON CONFLICT (kind) DO UPDATE SET number = number + 1", (kind,)
            )

    def requests(self) -> dict[str, int]:
        """How many requests of each kind ever came, from whichever process."""
        with self._open() as books:
            return dict(books.execute("SELECT kind, number FROM request"))

    def storm(self, seed: int) -> None:
        """From now on anything may happen to a request, by a die with this seed."""
        self._die = random.Random(seed)

    def next_fate(self) -> Fate | None:
        """What happens to this request."""
        if self.at_post is not None:
            called, self.at_post = self.at_post, None
            called()
        if self._die is not None:
            return self._die.choices([None, *STORM], [6.0, *STORM.values()])[0]
        return self._bent.popleft() if self._bent else None

    @contextmanager
    def answering(self) -> Iterator[None]:
        """A request waits for its answer."""
        self._answering += 1
        self.most_answering = max(self.most_answering, self._answering)
        try:
            yield
        finally:
            self._answering -= 1

    def accept(
        self, client_id: str, asked: str, price: Decimal, fate: Fate | None, departed: float | None = None
    ) -> Work:
        """Take work and bill it, in one stroke."""
        with self._open() as books:
            if self.recall is Recall.CLIENT_ID:
                known = self._select(books, "client = ?", client_id)
                if known is not None:
                    return known
            kept = fate if fate in AT_WORK else None
            number = books.execute(
                "INSERT INTO work (client, asked, price, began, fate, departed) VALUES (?, ?, ?, ?, ?, ?)",
                (client_id, asked, str(price), time.time(), kept, departed),
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

    def cancel(self, remote_id: str) -> None:
        """Call work off, if it is not done yet; what is called off is not billed."""
        work = self.by_id(remote_id)
        if work is not None and not self.is_done(work):
            with self._open() as books:
                books.execute("UPDATE work SET fate = ?, began = 0 WHERE id = ?", (Fate.CALLED_OFF, work.id[4:]))

    def forget(self, remote_id: str) -> None:
        """Delete a result."""
        with self._open() as books:
            books.execute("UPDATE work SET forgotten = 1 WHERE id = ?", (remote_id.removeprefix("gen-"),))

    def most_at_once(self) -> int:
        """How much work was ever under way at once, whoever bought it."""
        with self._open() as books:
            begun = sorted(row[0] for row in books.execute("SELECT began FROM work"))
        return max((sum(other <= at < other + self._takes_s for other in begun) for at in begun), default=0)

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


def _work(row: tuple[int, str, str, str, float, str | None, int, float | None]) -> Work:
    number, client, asked, price, began, fate, _, departed = row
    return Work(f"gen-{number}", client, asked, Decimal(price), began, None if fate is None else Fate(fate), departed)
