"""The gate: how many jobs run at once at each provider, and who is next."""

import asyncio
import heapq
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count

LOCAL = "local"
AGEING_S = 60.0
"""Waiting this long is worth one step of priority, so that nothing waits for ever."""

_ANSWERS = "?"
"""The pool of requests that wait for their answer; no operation is called so."""
_DEFAULT_SLOTS = {"modify": 4, "reframe": 6}
_RANKS = {"finish": 0, "reframe": 1, "modify": 2}
"""Who goes first where they share slots: what completes a film before what begins another."""


class Gate:
    """Slots of a provider's operation, held from POST to terminal state only. Local work of all kinds shares the cores.

    `slots` maps (provider, operation) to how many run at once (campaign.toml); `cores` are this machine's. One event loop.
    """

    def __init__(
        self, slots: Mapping[tuple[str, str], int], cores: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._slots = dict(slots)
        self._cores = max(1, cores)
        self._clock = clock
        self._pools: dict[tuple[str, str], _Pool] = {}

    @asynccontextmanager
    async def slot(
        self, provider: str, operation: str, *, priority: int = 0, at_once: bool = False
    ) -> AsyncIterator[None]:
        """Hold a slot for the block, after those with a higher priority (which rises with waiting).

        `at_once` is for work that runs already, at a vendor, from before a crash: it counts, but does not wait.
        """
        pool = self._pool(provider, operation)
        if at_once:
            pool.used += 1
        else:
            await pool.enter(self._place(operation, priority))
        try:
            yield
        finally:
            pool.leave()

    @asynccontextmanager
    async def answering(
        self, provider: str, operation: str, most: int | None, *, priority: int = 0
    ) -> AsyncIterator[None]:
        """Hold one of the `most` requests that may wait for this provider's answer at once, all operations together.

        None: as many as there are slots.
        """
        if most is None:
            yield
            return
        pool = self._pools.setdefault((provider, _ANSWERS), _Pool(most))
        await pool.enter(self._place(operation, priority))
        try:
            yield
        finally:
            pool.leave()

    def size(self, provider: str, operation: str) -> int:
        """How many jobs of this operation run at once there."""
        if provider == LOCAL:
            return max((size for (name, _), size in self._slots.items() if name == LOCAL), default=self._cores)
        return self._slots.get((provider, operation), _DEFAULT_SLOTS.get(operation, 1))

    def waiting(self, provider: str, operation: str) -> int:
        """How many wait where this operation runs."""
        return self._pool(provider, operation).waiting

    def _pool(self, provider: str, operation: str) -> "_Pool":
        name = (provider, "") if provider == LOCAL else (provider, operation)
        if name not in self._pools:
            self._pools[name] = _Pool(self.size(provider, operation))
        return self._pools[name]

    def _place(self, operation: str, priority: int) -> tuple[int, float]:
        """Where one who comes now stands in a queue, the lowest first."""
        return _RANKS.get(operation, 3), self._clock() / AGEING_S - priority


class _Pool:
    """Slots with a queue. The order of two waiters never changes: both age alike, so it is fixed when they come."""

    def __init__(self, size: int) -> None:
        self.used = 0
        self._size = size
        self._queue: list[tuple[tuple[int, float], int, asyncio.Future[None]]] = []
        self._numbers = count()

    @property
    def waiting(self) -> int:
        return sum(not future.done() for _, _, future in self._queue)

    async def enter(self, place: tuple[int, float]) -> None:
        if self.used < self._size and not self.waiting:
            self.used += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._queue, (place, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it was called in the moment it was cancelled
                self.leave()
            raise

    def leave(self) -> None:
        self.used -= 1
        while self._queue and self.used < self._size:
            turn = heapq.heappop(self._queue)[2]
            if not turn.done():
                self.used += 1
                turn.set_result(None)
