"""The emulator's time: the world's, which a test can put forward."""

import time
from datetime import UTC, datetime


class Clock:
    """Seconds since 1970. `advance` puts it forward for good; it never goes back while the emulator runs."""

    def __init__(self) -> None:
        # Counted on from one look at the calendar, so that a machine whose clock is set moves no job.
        self._epoch = time.time() - time.monotonic()
        self._ahead = 0.0

    def now(self) -> float:
        """Seconds since 1970."""
        return self._epoch + time.monotonic() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let `seconds` pass at once. Raises ValueError for less than 0."""
        if seconds < 0:
            raise ValueError("time does not go back")
        self._ahead += seconds


def iso(moment: float) -> str:
    """A moment as vendors write it: 2026-11-20T10:00:00.123456Z."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
