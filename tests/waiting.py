"""Waiting for what another thread or process does: until it has happened, never for a fixed time."""

import time
from collections.abc import Callable


def until(happened: Callable[[], object], within_s: float = 60) -> None:
    """Return as soon as it has. Fails when it does not."""
    ends = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < ends, f"it did not happen within {within_s:g} s"
        time.sleep(0.01)
