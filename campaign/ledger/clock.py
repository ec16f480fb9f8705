"""Times as the ledger keeps them: integer microseconds since 1970, UTC."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], int]
"""Tells the time in microseconds since 1970."""

SECOND = 1_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wall_clock() -> int:
    """This machine's time."""
    return time.time_ns() // 1000


def moment(micro: int) -> datetime:
    """A stored time as people's libraries want it."""
    return _EPOCH + timedelta(microseconds=micro)


def optional_moment(micro: int | None) -> datetime | None:
    """As `moment`; None stays None."""
    return None if micro is None else moment(micro)


def micro(at: datetime) -> int:
    """A time with a zone as the ledger stores it."""
    return (at - _EPOCH) // timedelta(microseconds=1)
