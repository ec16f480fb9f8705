"""When to ask a provider again: first when a job is about to be done, then the more often the shorter such jobs usually take."""

import random
import statistics
from collections import defaultdict, deque

_KEPT = 50
_FIRST = 0.9
"""The first poll comes at this part of the median duration: earlier ones only cost requests."""
_AFTER = 0.06
"""Around that moment polls lie this part of it apart, if the provider's own pace is not shorter."""
_LATE = 1.5
"""Beyond so many medians a job is unlike the others, and is asked for less and less often."""
_PART = 0.05
"""Nobody notices a twentieth of the time waited; long jobs then cost few requests."""
_SHORTEST_S, _LONGEST_S = 0.1, 30.0


class Pace:
    """Learns how long jobs take, by provider and operation."""

    def __init__(self) -> None:
        self._took: defaultdict[tuple[str, str], deque[float]] = defaultdict(lambda: deque(maxlen=_KEPT))

    def learn(self, provider: str, operation: str, seconds: float) -> None:
        """A job was done in so many seconds."""
        self._took[provider, operation].append(seconds)

    def pause(self, provider: str, operation: str, poll_s: float, waited_s: float) -> float:
        """Seconds until the next poll of a job that has run for `waited_s`, at a provider whose usual pace is `poll_s`."""
        if poll_s <= 0:
            return 0.0
        took = self._took.get((provider, operation))
        usual_s = statistics.median(took) if took else None
        if usual_s is not None and (ahead := _FIRST * usual_s - waited_s) > _PART * usual_s:
            return ahead
        steady = max(_PART * waited_s, min(poll_s, _closer(usual_s, poll_s, waited_s)))
        return min(_LONGEST_S, steady) * random.uniform(0.75, 1.25)  # noqa: S311 (jitter, no secret)


def _closer(usual_s: float | None, poll_s: float, waited_s: float) -> float:
    """How far apart polls lie where that is less than the provider's pace: nobody waits 3 s for a job of one."""
    if usual_s is None:
        return max(poll_s / 3, waited_s / 3)
    if waited_s > _LATE * usual_s:
        return max(_AFTER * usual_s, waited_s / 5)
    return max(_AFTER * usual_s, min(poll_s, _SHORTEST_S))
