"""A limit of requests a minute, in a sliding window."""

import time
from collections import deque

from emulator.calls import Trouble, Troubled


class Throttle:
    """Admits so many submits a minute and vendor."""

    def __init__(self) -> None:
        self._admitted: dict[str, deque[float]] = {}

    def admit(self, vendor: str, per_minute: int) -> None:
        """Count one submit; 0 means no limit. Raises Troubled (RATE) with the seconds to wait."""
        if per_minute <= 0:
            return
        now, times = time.monotonic(), self._admitted.setdefault(vendor, deque())
        while times and times[0] <= now - 60:
            times.popleft()
        if len(times) >= per_minute:
            raise Troubled(Trouble.RATE, retry_after=str(max(1, round(times[0] + 60 - now))))
        times.append(now)

    def left(self, vendor: str, per_minute: int) -> int:
        """How many more are admitted now."""
        return max(0, per_minute - len(self._admitted.get(vendor, ())))
