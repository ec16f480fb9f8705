"""One write to the ledger: its connection, its time, and how writes reach the database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy import Connection

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tx:
    """An open transaction.

    `now` is the database's time in microseconds. `repeated` says that an earlier commit of the same write may have gone
    through although its answer was lost: a change that is already there is then ours.
    """

    connection: Connection
    now: int
    repeated: bool = False


class Writer(Protocol):
    """Carries out writes, each whole or not at all, and returns when they are on disk."""

    def write(self, change: Callable[[Tx], T]) -> T:
        """Run `change` in a transaction. Raises what it raises (nothing is written then), LedgerBusy, LedgerError."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...
