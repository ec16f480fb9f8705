"""Runners of a room's deployments: one that gives up is begun again, and the others are let be."""

import asyncio
from uuid import UUID, uuid4

import pytest

from flows.room import serving
from flows.room.serving import Serving


class _Runner:
    """Looks after its deployment until it is stopped; the first of its kind loses its server at once."""

    broken = 1

    def __init__(self) -> None:
        self._stopped = asyncio.Event()

    async def aadd_deployment(self, deployment: object) -> None: ...

    async def start(self) -> None:
        if _Runner.broken:
            _Runner.broken -= 1
            raise ConnectionError("the server is gone")
        await self._stopped.wait()

    async def astop(self) -> None:
        self._stopped.set()


def test_only_the_runs_of_the_runner_that_gave_up_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[UUID] = []
    first, second = uuid4(), uuid4()

    async def seen(deployment_id: UUID) -> None:
        lost.append(deployment_id)

    async def look() -> None:
        found = Serving(lambda note: None, seen)
        found.look_after([("fan-out/small", first), ("regenerate/small", second)])
        async with asyncio.timeout(10):
            while not lost:
                await asyncio.sleep(0.01)
        await found.stop()

    monkeypatch.setattr(serving, "AGAIN_S", 0.01)
    monkeypatch.setattr(Serving, "_runner", lambda self, name: _Runner())
    asyncio.run(look())
    assert lost == [first]
