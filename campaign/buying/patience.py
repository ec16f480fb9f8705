"""How long a run waits for a provider, and how often it tries again what failed there."""

import random
import re
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta

from campaign.settings import on_this_machine

PATIENCE_S = 1800.0
"""So long may a provider take nothing at all before the jobs that wait for it are left to the next run."""
TOLD_AFTER_S, TOLD_EVERY_S = 15.0, 60.0
"""Trouble that lasts for so long is told to a person, and told again so often."""
_UNREACHED = re.compile(r"no connection (?:in time )?to (\S+)")
BARRED_S = 60.0
"""So long may it refuse our key whenever it is asked for what it has, before that is left to the next run too."""
TOKENS, MOST_TOKENS, EARNED = 10.0, 100.0, 0.1
"""Retries that a run begins with, may save up, and earns by each success: one in ten, as in gRPC's retry throttling."""


class Patience:
    """What one run knows of its providers' moods. One event loop."""

    def __init__(self, seconds: float = PATIENCE_S, clock: Callable[[], float] = time.monotonic) -> None:
        self.barred: dict[str, str] = {}
        """Providers at which nothing more is bought in this run, each with the sentence that says why."""
        self._seconds = seconds
        self._clock = clock
        self._taken: dict[str, float] = {}
        self._refused: dict[str, float] = {}
        self._troubled: dict[str, float] = {}
        self._tell_at: dict[str, float] = {}
        self._tokens: defaultdict[str, float] = defaultdict(lambda: TOKENS)

    def taken(self, provider: str) -> None:
        """It has taken a job: whoever waits for it may go on waiting."""
        self._is_well(provider)
        self._taken[provider] = self._clock()

    def is_over(self, provider: str, since: float) -> bool:
        """Whether it has taken nothing for too long, for a job that has waited `since` (by this clock)."""
        return self._clock() - max(since, self._taken.get(provider, since)) > self._seconds

    def answered(self, provider: str) -> None:
        """It told where work stands: it knows our key."""
        self._is_well(provider)
        self._refused.pop(provider, None)

    def is_refused(self, provider: str) -> bool:
        """It would not tell where work stands; whether it has done nothing else for too long."""
        return self._clock() - self._refused.setdefault(provider, self._clock()) > BARRED_S

    def trouble(self, provider: str) -> float | None:
        """There is trouble with it again: for how many seconds by now, None when a person need not hear of it now."""
        now = self._clock()
        began = self._troubled.setdefault(provider, now)
        if now < self._tell_at.setdefault(provider, now + TOLD_AFTER_S):
            return None
        self._tell_at[provider] = now + TOLD_EVERY_S
        return now - began

    def _is_well(self, provider: str) -> None:
        self._troubled.pop(provider, None)
        self._tell_at.pop(provider, None)

    def earn(self, provider: str) -> None:
        """A job went well there."""
        self._tokens[provider] = min(MOST_TOKENS, self._tokens[provider] + EARNED)

    def may_retry(self, provider: str) -> bool:
        """Take one retry from what this run has left for the provider."""
        if self._tokens[provider] < 1:
            return False
        self._tokens[provider] -= 1
        return True


def trouble_told(provider: str, why: str, lasted_s: float, again_s: float, now: datetime) -> str:
    """What a person hears of trouble that has lasted for so long, `now`, and is tried again in `again_s`."""
    since, again = now - timedelta(seconds=lasted_s), now + timedelta(seconds=again_s)
    found = _UNREACHED.search(why)
    hint = " Is `fanout emulate` running?" if found and on_this_machine(f"http://{found[1]}") else ""
    return (
        f"{provider}: {why}{hint} It has been so since {since:%H:%M} and is tried again at {again:%H:%M:%S}; "
        "Ctrl-C stops, nothing is lost."
    )


def growing(times: int, first_s: float, most_s: float) -> float:
    """A pause that doubles with every time, and differs between those who wait."""
    doubled = first_s * (1 << min(times, 20))
    return min(most_s, doubled) * random.uniform(0.75, 1.25)  # noqa: S311 (jitter, no secret)
