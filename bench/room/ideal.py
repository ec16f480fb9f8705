"""How long two-stage jobs take when nothing but the slots costs time."""

import heapq


def ideal_s(variants: int, reframes: int, look_slots: int, reframe_slots: int, job_s: float) -> float:
    """Seconds until the last of `variants` looks and of the `reframes` that hang on each is done, each taking `job_s`.

    Looks and reframes have slots of their own; a reframe may begin when its look is done.
    """
    looks = _served([0.0] * variants, look_slots, job_s)
    return max(_served(sorted(looks * reframes), reframe_slots, job_s))


def _served(ready: list[float], slots: int, job_s: float) -> list[float]:
    """When each job ends that is ready at these moments, in their order."""
    free = [0.0] * slots
    ends = []
    for moment in ready:
        end = max(moment, heapq.heappop(free)) + job_s
        heapq.heappush(free, end)
        ends.append(end)
    return ends
