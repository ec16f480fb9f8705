"""Runs what is asked for at the server: by hand, by schedule, by automation; each flow run in a process of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from prefect.runner import Runner

POLL_S = 5.0
AGAIN_S = 10.0
STOP_S = 60.0

Note = Callable[[str], None]


class _Standing:
    """A deployment that is at the server already, as a Runner takes one."""

    storage = None

    def __init__(self, name: str, deployment_id: UUID) -> None:
        self.name = name
        self._id = deployment_id

    async def aapply(self) -> UUID:
        """The Runner asks for the id in this way."""
        return self._id


class Serving:
    """Looks after some deployments; of each, one run at a time, in the order in which they are due.

    Not by Prefect's concurrency limits: their leases die with the server, and a run whose lease is gone is crashed by
    its own engine, paid work and all. A run that has to wait is Late.
    `lost` is called with a deployment whose runner gave up on its server and took its runs with it, before the next one begins;
    runs of the others go on.
    """

    def __init__(self, note: Note, lost: Callable[[UUID], Awaitable[None]], poll_s: float = POLL_S) -> None:
        self._note = note
        self._lost = lost
        self._poll_s = poll_s
        self._stopping = False
        self._runners: dict[UUID, Runner] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def look_after(self, deployments: Iterable[tuple[str, UUID]]) -> None:
        """Begin with those that are not looked after yet."""
        for name, deployment_id in deployments:
            if deployment_id not in self._runners:
                self._runners[deployment_id] = self._runner(name)
                self._tasks.append(asyncio.create_task(self._keep(name, deployment_id)))

    async def stop(self) -> None:
        """Take no more runs, end those under way in good order, and wait for them."""
        self._stopping = True
        await asyncio.gather(*(self._ended(runner) for runner in self._runners.values()))
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_S)
            for task in late:
                task.cancel()

    async def _keep(self, name: str, deployment_id: UUID) -> None:
        while not self._stopping:
            runner = self._runners[deployment_id]
            try:
                await runner.aadd_deployment(cast(Any, _Standing(name, deployment_id)))
                await runner.start()
            except Exception as error:
                if self._stopping:
                    return
                self._note(f"{name} could not be looked after ({type(error).__name__}: {error}); it is tried again")
                await asyncio.sleep(AGAIN_S)
                self._runners[deployment_id] = self._runner(name)
                with suppress(Exception):
                    await self._lost(deployment_id)

    def _runner(self, name: str) -> Runner:
        return Runner(name=name.replace("/", "."), query_seconds=self._poll_s, limit=1, pause_on_shutdown=False)

    async def _ended(self, runner: Runner) -> None:
        with suppress(RuntimeError):  # it had not begun
            await runner.astop()
