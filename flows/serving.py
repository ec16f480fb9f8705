"""Runs what is asked for at the server: by hand, by schedule, by automation; each flow run in a process of its own."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from prefect.runner import Runner

POLL_S = 5.0


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
    """

    def __init__(self, poll_s: float = POLL_S) -> None:
        self._poll_s = poll_s
        self._runners: dict[UUID, tuple[Runner, asyncio.Task[None]]] = {}

    async def look_after(self, deployments: Iterable[tuple[str, UUID]]) -> None:
        """Begin with those that are not looked after yet."""
        for name, deployment_id in deployments:
            if deployment_id in self._runners:
                continue
            runner = Runner(
                name=name.replace("/", "."),
                query_seconds=self._poll_s,
                limit=1,
                pause_on_shutdown=False,
            )
            await runner.aadd_deployment(cast(Any, _Standing(name, deployment_id)))
            self._runners[deployment_id] = (runner, asyncio.create_task(runner.start()))

    async def watched(self) -> None:
        """Return when a runner ended though nobody stopped it; raises what it broke with."""
        tasks = [task for _, task in self._runners.values()]
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def stop(self) -> None:
        """Take no more runs, end those under way in good order, and wait for them."""
        await asyncio.gather(*(self._stop(runner, task) for runner, task in self._runners.values()))

    async def _stop(self, runner: Runner, task: "asyncio.Task[None]") -> None:
        with suppress(RuntimeError):  # it had not begun
            await runner.astop()
        with suppress(asyncio.CancelledError, Exception):
            await asyncio.wait_for(task, timeout=60)
