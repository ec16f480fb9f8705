"""Runs what is asked for at the server: by hand, by schedule, by automation; each flow run in a process of its own."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.runner import Runner

POLL_S = 5.0
AGAIN_S = 10.0
STOP_S = 60.0
MOST_WAITING = 8
"""So many runs of a deployment wait for a person beside the one at work; each is a process."""

Note = Callable[[str], None]


async def waiting_for_a_person(client: PrefectClient, deployment_ids: Sequence[UUID]) -> Counter[UUID]:
    """How many runs of each deployment wait for an answer."""
    paused = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=list(deployment_ids)),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.PAUSED])),
        ),
        limit=200,
    )
    return Counter(run.deployment_id for run in paused if run.deployment_id is not None)


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
    """Looks after some deployments; of each, one run at a time, in the order in which they are due. Runs that wait for a
    person are not counted.

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

    def let_wait(self, waiting: Mapping[UUID, int]) -> None:
        """Begin the next run of a deployment beside so many that wait for a person: an answer may take a day, and other
        markets' schedules fall due meanwhile."""
        for deployment_id, runner in self._runners.items():
            slots = runner._limiter  # a Runner has no other way to change its limit
            if slots is not None:
                slots.total_tokens = 1 + min(MOST_WAITING, waiting.get(deployment_id, 0))

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
