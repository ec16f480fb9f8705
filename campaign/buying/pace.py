"""When to ask a provider again: first when a job is about to be done, then at its own steady pace."""

import random
import statistics
from collections import defaultdict, deque

_KEPT = 50
_FIRST = 0.9
"""The first poll comes at this part of the median duration: earlier ones only cost requests."""


class Pace:
    """Learns how long jobs take, by provider and operation."""

    def __init__(self) -> None:
        self._took: defaultdict[tuple[str, str], deque[float]] = defaultdict(lambda: deque(maxlen=_KEPT))

    def learn(self, provider: str, operation: str, seconds: float) -> None:
        """A job was done in so many seconds."""
        self._took[provider, operation].append(seconds)

    def pause(self, provider: str, operation: str, poll_s: float, waited_s: float) -> float:
        """Seconds until the next poll of a job that has run for `waited_s`."""
        if poll_s <= 0:
            return 0.0
        took = self._took.get((provider, operation))
        ahead = _FIRST * statistics.median(took) - waited_s if took else 0.0
        return max(ahead, poll_s * random.uniform(0.75, 1.25))  # noqa: S311 (jitter, no secret)
