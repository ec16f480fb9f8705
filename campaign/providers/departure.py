"""When a paid request may leave, and whether it has."""

import time
from collections.abc import Mapping

from campaign.errors import ProviderBusy


class SendBy:
    """The moment after which a request must not leave any more: others may have taken the job over by then."""

    def __init__(self, seconds: float) -> None:
        self._wall = time.time() + seconds
        self._boot = _since_boot() + seconds

    def require(self, provider: str) -> None:
        """Call just before the socket is written. Raises ProviderBusy when it is too late: nothing was sent."""
        # Both clocks: one stands still while the machine sleeps, the other can be set back.
        if time.time() > self._wall or _since_boot() > self._boot:
            raise ProviderBusy(provider, "not sent: this process was held up for too long. The job is tried again.")


def _since_boot() -> float:
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class Departure:
    """Watches one request: whether any of it may have left, and whether it still may."""

    def __init__(self, provider: str, send_by: SendBy) -> None:
        self.left = False
        self._provider = provider
        self._send_by = send_by

    async def trace(self, event: str, _: Mapping[str, object]) -> None:
        """Called by httpcore at each step (its `trace` extension), here just before the first byte is written."""
        if event.endswith("send_request_headers.started"):
            self._send_by.require(self._provider)
            self.left = True
