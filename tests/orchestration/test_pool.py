"""What a run says while its pages wait for workers, and how long it waits."""

import asyncio
from types import SimpleNamespace

from prefect.client.schemas.objects import WorkerStatus, WorkPoolStatus

from flows.markets import pool


class _Client:
    """A server's answers about one pool."""

    def __init__(self) -> None:
        self.status = WorkPoolStatus.NOT_READY
        self.online = 0

    async def read_work_pool(self, name: str) -> SimpleNamespace:
        return SimpleNamespace(status=self.status)

    async def read_workers_for_work_pool(self, name: str) -> list[SimpleNamespace]:
        return [SimpleNamespace(status=WorkerStatus.ONLINE)] * self.online


def test_a_pool_is_told_of_every_few_minutes_and_given_up_when_nobody_comes_for_long() -> None:
    now, said, client = [0.0], list[str](), _Client()
    watched = pool.Pool("pages", said.append, lambda: now[0])

    def after(seconds: float) -> None:
        for _ in range(int(seconds / pool.LOOK_S)):
            now[0] += pool.LOOK_S
            asyncio.run(watched.look(client))  # type: ignore[arg-type] # as much of a client as is asked

    after(pool.LOOK_S)
    assert len(said) == 1 and "prefect worker start --pool pages" in said[0]
    after(pool.REMIND_S)
    assert len(said) == 2
    client.status, client.online = WorkPoolStatus.READY, 1
    after(pool.PATIENCE_S)
    assert not watched.given_up, "somebody is there, perhaps at work for another run"
    assert "1 worker is online. None of them is at a page of this run" in said[-1]
    client.status = WorkPoolStatus.PAUSED
    after(pool.PATIENCE_S - pool.LOOK_S)
    assert "it is paused. Let it go on: `prefect work-pool resume pages`" in said[-1]
    assert not watched.given_up
    after(pool.LOOK_S)
    assert "nobody took them within 30 min" in watched.given_up
