"""Whether anybody takes the pages of a run: a pool without workers is told of while pages wait, and given up in the end."""

import time
from collections.abc import Callable

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import WorkerStatus, WorkPoolStatus
from prefect.exceptions import ObjectNotFound
from prefect.logging import get_run_logger

from flows.control.saying import say

LOOK_S = 10.0
REMIND_S = 180.0
"""Seconds between two sentences about the same thing."""
PATIENCE_S = 1800.0
"""For so long a run waits for somebody to work for its pool; docs/machines.md tells it."""


def aloud(sentence: str) -> None:
    """Say it to whoever started the run, and in its log."""
    say(sentence)
    get_run_logger().warning(sentence)


class Pool:
    """A work pool, looked at while pages of a run wait there: all of them share what is seen.

    `given_up` tells why pages that have not begun are not waited for any longer; empty while they are. `name` None: a
    deployment that is served, of whose server nobody can be asked.
    """

    def __init__(
        self,
        name: str | None,
        tell: Callable[[str], None] = aloud,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.given_up = ""
        self._name = name
        self._tell = tell
        self._clock = clock
        self._looked = self._told = float("-inf")
        self._manned = self._moved = clock()

    def moves(self) -> None:
        """A page is in the hands of a worker."""
        self._moved = self._clock()

    async def look(self, client: PrefectClient) -> None:
        """A page waits: see whether anybody can take it, say so when nobody can, and give up when that lasts."""
        now = self._clock()
        if self._name is None or self.given_up or now - self._looked < LOOK_S:
            return
        self._looked = now
        paused, online = await _seen(self._name, client)
        where = f"pages wait for the work pool {self._name}, where {_workers(online)} online"
        if paused:
            self._unmanned(now, f"{where}, but it is paused", f"Let it go on: `prefect work-pool resume {self._name}`")
        elif not online:
            start = f"`prefect worker start --pool {self._name} --limit 1`"
            self._unmanned(now, where, f"Start one on each machine that is to work: {start}")
        else:
            self._manned = now
            if now - self._moved > REMIND_S:
                self._remind(now, f"{where}. None of them is at a page of this run: they may work for another.")

    def _unmanned(self, now: float, trouble: str, cure: str) -> None:
        left_s = PATIENCE_S - (now - self._manned)
        if left_s > 0:
            self._remind(now, f"{trouble}. {cure}. The run waits for {left_s / 60:.0f} min more.")
        else:
            self.given_up = f"{trouble}; nobody took them within {PATIENCE_S / 60:.0f} min. {cure}. Then run again"

    def _remind(self, now: float, sentence: str) -> None:
        if now - self._told >= REMIND_S:
            self._told = now
            self._tell(sentence)


async def _seen(name: str, client: PrefectClient) -> tuple[bool, int]:
    """Whether a pool is paused, and how many of its workers are online."""
    try:
        pool = await client.read_work_pool(name)
        workers = await client.read_workers_for_work_pool(name)
    except ObjectNotFound:  # somebody has deleted it
        return False, 0
    return pool.status is WorkPoolStatus.PAUSED, sum(worker.status is WorkerStatus.ONLINE for worker in workers)


def _workers(online: int) -> str:
    return "1 worker is" if online == 1 else f"{online or 'no'} workers are"
