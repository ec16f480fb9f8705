"""How writes reach the database: on SQLite many at once in one transaction, on PostgreSQL side by side."""

import os
import random
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Generic, TypeVar

import sqlalchemy.exc
from sqlalchemy import Engine, func, select

from campaign.errors import CampaignError, LedgerBusy, LedgerError
from campaign.ledger import sqlite_file
from campaign.ledger.clock import SECOND, Clock
from campaign.ledger.database import WRITE, is_lost, named, translated
from campaign.ledger.tables import event
from campaign.ledger.transaction import Tx

T = TypeVar("T")

_TOGETHER = 64
"""Writes that share one commit at most, so that nobody waits for a whole campaign."""

_NEWEST = "SELECT max(seq) FROM event"

_JUMP = 5 * SECOND
"""How far the clock may go back before leases and deadlines cannot be trusted."""


class Timekeeper:
    """The time of writes, which never runs backwards: a small step back is held, a large one refused."""

    def __init__(self, newest: int, where: str) -> None:
        self._newest = newest
        self._where = where

    def check(self, now: int) -> int:
        """`now`, or the newest time already written. Raises LedgerError when the clock was set back."""
        if now < self._newest - _JUMP:
            back = (self._newest - now) // SECOND
            raise LedgerError(
                f"{self._where}: the clock went back {back} s behind the ledger's last entry. Set it right, then run again."
            )
        self._newest = max(self._newest, now)
        return self._newest


class _Call(Generic[T]):
    """One caller's write and what came of it."""

    def __init__(self, change: Callable[[Tx], T]) -> None:
        self.change = change
        self.done = False
        self.error: Exception | None = None
        self.result: Any = None

    def outcome(self) -> T:
        if self.error is not None:
            raise self.error
        result: T = self.result
        return result


class GroupWriter:
    """SQLite: whoever gets the lock writes for all who wait, and one sync to disk serves them all."""

    def __init__(self, engine: Engine, path: Path, clock: Clock, newest: int) -> None:
        self._path = path
        self._clock = clock
        self._time = Timekeeper(newest, str(path))
        self._lock = threading.Lock()
        self._waiting: deque[_Call[Any]] = deque()
        self._mark = sqlite_file.open_mark(path)
        with named(path):
            self._connection = engine.connect().execution_options(**{WRITE: True})

    def write(self, change: Callable[[Tx], T]) -> T:
        """Run `change` in a transaction, alone or with others."""
        call = _Call(change)
        self._waiting.append(call)
        with self._lock:
            while not call.done:
                self._commit([self._waiting.popleft() for _ in range(min(_TOGETHER, len(self._waiting)))])
        return call.outcome()

    def close(self) -> None:
        """Give the connection and the mark back."""
        with self._lock:
            self._connection.close()
            os.close(self._mark)

    def _commit(self, calls: Sequence[_Call[Any]]) -> None:
        try:
            with named(self._path):
                self._run(calls)
        except Exception as error:
            _fail(calls, error)
        except BaseException:
            _fail(calls, LedgerBusy(f"{self._path}: this process is being stopped: nothing was written."))
            raise
        finally:
            for call in calls:
                call.done = True

    def _run(self, calls: Sequence[_Call[Any]]) -> None:
        with self._connection.begin():
            tx = Tx(self._connection, self._time.check(self._clock()))
            if len(calls) == 1:
                calls[0].result = calls[0].change(tx)
            else:
                for call in calls:
                    self._one(tx, call)
            newest = self._connection.exec_driver_sql(_NEWEST).scalar() or 0
        with suppress(OSError):  # the commit stands whatever becomes of the mark
            sqlite_file.write_mark(self._mark, newest)

    def _one(self, tx: Tx, call: _Call[Any]) -> None:
        """One write in its own savepoint: what it raises is its caller's alone, unless the database itself fails."""
        try:
            with self._connection.begin_nested():
                call.result = call.change(tx)
        except sqlalchemy.exc.IntegrityError as error:
            call.error = translated(error, self._path)
        except sqlalchemy.exc.DBAPIError:
            raise
        except Exception as error:
            call.error = error


def _fail(calls: Sequence[_Call[Any]], error: Exception) -> None:
    """Each caller gets an error of its own: one exception cannot carry the tracebacks of several threads."""
    for call in calls:
        if call.error is None:
            call.error = error if len(calls) == 1 else _copy(error)


def _copy(error: Exception) -> Exception:
    return (
        type(error)(*error.args)
        if isinstance(error, CampaignError)
        else LedgerError(f"{type(error).__name__}: {error}")
    )


class PooledWriter:
    """PostgreSQL: a transaction each; what the server turns back or loses is tried again, as `repeated`."""

    TRIES = 12

    def __init__(self, engine: Engine, newest: int, sleep: Callable[[float], None] = time.sleep) -> None:
        self._engine = engine
        self._where = engine.url.render_as_string(hide_password=True)
        self._time = Timekeeper(newest, self._where)
        self._sleep = sleep

    def write(self, change: Callable[[Tx], T]) -> T:
        """Run `change` in a transaction, again when the server asks for it or the connection was lost."""
        repeated = False
        for attempt in range(self.TRIES):
            try:
                return self._once(change, repeated)
            except sqlalchemy.exc.DBAPIError as error:
                last = translated(error, self._where)
                if not isinstance(last, LedgerBusy):
                    raise last from error
                repeated = repeated or is_lost(error)
            self._sleep(min(5.0, 0.02 * 2**attempt) * random.uniform(0.5, 1.5))  # noqa: S311 (jitter, no secret)
        raise last

    def close(self) -> None:
        """Nothing is kept open here."""

    def _once(self, change: Callable[[Tx], T], repeated: bool) -> T:
        with self._engine.begin() as connection:
            now = int(connection.execute(select(func.extract("epoch", func.clock_timestamp()) * SECOND)).scalar_one())
            return change(Tx(connection, self._time.check(now), repeated))


def open_writer(engine: Engine, path: Path | None, clock: Clock) -> GroupWriter | PooledWriter:
    """The writer for an engine. Raises LedgerError when events that were committed are missing from it."""
    mark = 0 if path is None else sqlite_file.read_mark(path)
    where = path or engine.url.render_as_string(hide_password=True)
    with named(where), engine.connect() as connection, connection.begin():
        last = connection.execute(select(event.c.seq, event.c.at).order_by(event.c.seq.desc()).limit(1)).first()
    seq, at = (0, 0) if last is None else (last.seq, last.at)
    if path is None:
        return PooledWriter(engine, at)
    if seq < mark:
        raise sqlite_file.broken(
            path, f"holds {seq} changes, but {mark} were written: its -wal file or a newer copy is missing"
        )
    return GroupWriter(engine, path, clock, at)
