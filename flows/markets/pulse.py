"""How long something has shown no change, by our own clock: machines do not agree about the time."""

from collections.abc import Callable


class Pulse:
    """Seconds since what is seen of somebody last changed. While nothing can be seen, nothing is held against them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: object = None
        self._since = clock()

    def still_s(self, seen: object) -> float:
        """Take note of what is seen now; returns for how long it has been so."""
        if seen != self._seen:
            self._seen, self._since = seen, self._clock()
        return self._clock() - self._since

    def forget(self) -> None:
        """We could not look: begin anew."""
        self._seen = None
