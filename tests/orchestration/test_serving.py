"""Runners of a room's deployments: one that gives up is begun again, and the others are let be."""

import asyncio
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from fanout.serve import _tell
from flows.room import serving
from flows.room.keeping import RoomAddress
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


def test_runs_that_wait_for_a_person_hold_no_slot_of_their_deployment() -> None:
    """At Prefect's own Runner, whose limit nothing but its limiter changes."""
    first, second = uuid4(), uuid4()

    async def look() -> list[float]:
        found = Serving(lambda note: None, lambda deployment_id: asyncio.sleep(0))
        found._runners = {each: found._runner("fan-out/small") for each in (first, second)}
        seen = []
        for runner in found._runners.values():
            runner._limit_manager = await runner._limit_manager.__aenter__()
        for waiting in ({}, {first: 2}, {first: 99, second: 1}, {second: 1}, {}):
            found.let_wait(waiting)
            seen += [runner._limiter.available_tokens for runner in found._runners.values() if runner._limiter]
        return seen

    most = 1 + serving.MOST_WAITING
    assert asyncio.run(look()) == [1, 1, 3, 1, most, 2, 1, 2, 1, 1]


@pytest.mark.parametrize(
    ("own", "words"), [(True, "Prefect's pages take it whole"), (False, "are your own server's, and have its login")]
)
def test_whoever_opens_a_room_is_told_which_login_is_for_what(
    capsys: pytest.CaptureFixture[str], own: bool, words: str
) -> None:
    gallery = Path("/home/prefect/gallery-small.json")
    room = RoomAddress(
        campaign="small",
        url="http://127.0.0.1:4200",
        gallery="http://127.0.0.1:4300/report/index.html",
        password_file=Path("/home/prefect/server.json") if own else None,
        gallery_password_file=gallery,
        deployments=("fan-out/small",),
        schedules=(),
    )
    _tell(room)
    said = capsys.readouterr().err
    assert str(gallery) in said and words in " ".join(said.split())


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
