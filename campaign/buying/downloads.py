"""Fetching goes before buying: results that wait to be fetched hold back whatever is still to be sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

AT_ONCE = 32
"""Downloads side by side: enough to keep a line busy, few enough that each gets on before its link dies."""


class Downloads:
    """The downloads of one run. One event loop."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._room = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._none = asyncio.Event()
        self._none.set()

    @asynccontextmanager
    async def turn(self, *, first: bool) -> AsyncIterator[None]:
        """Hold a place while something is fetched. The `first` try for a result holds back new work until it begins."""
        self._count(first)
        try:
            await self._room.acquire()
        finally:
            self._count(-first)
        try:
            yield
        finally:
            self._room.release()

    async def none_waiting(self) -> None:
        """Return when no result waits for the first try to fetch it."""
        while self._waiting:
            await self._none.wait()

    def _count(self, more: int) -> None:
        self._waiting += more
        if self._waiting:
            self._none.clear()
        else:
            self._none.set()
