"""Signs of life of flow runs, given and looked for. By our own clock: machines do not agree about the time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from prefect.client.orchestration import get_client

BEAT_S = 4.0
BEAT = "fanout.alive"
"""The label of a flow run that changes with every beat: whose it is, and when."""
SILENT_S = 40.0
"""Who gave no sign of life for so long (ten beats) is taken for dead. At 20 s, machines with fifteen times the work of their
cores were: their pages were begun anew elsewhere, which left even less of the cores, and a job in doubt."""


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


@asynccontextmanager
async def alive(flow_run_id: UUID, name: str) -> AsyncIterator[None]:
    """Give signs of life in a flow run while the block runs, under the name of what it is at."""
    beating = asyncio.create_task(_beat(flow_run_id, name))
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.wait({beating})


async def _beat(flow_run_id: UUID, name: str) -> None:
    while True:
        with suppress(Exception):  # a server that does not answer hears the next one
            async with get_client() as client:
                while True:
                    await client.update_flow_run_labels(flow_run_id, {BEAT: f"{name} {time.time():.0f}"})
                    await asyncio.sleep(BEAT_S)
        await asyncio.sleep(BEAT_S)
