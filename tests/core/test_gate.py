"""The gate: never more than its slots, the right one next, nothing lost by who gives up."""

import asyncio
from contextlib import suppress

from campaign.buying.gate import AGEING_S, Gate


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def pass_through(gate: Gate, provider: str, operation: str) -> None:
    async with gate.slot(provider, operation):
        pass


async def turns(
    gate: Gate, waiters: list[tuple[str, str, int]], clock: Clock | None = None, apart: float = 0.0
) -> list[str]:
    """Who gets the only local slot, in which order, when all of them (name, operation, priority) wait for it."""
    order: list[str] = []

    async def wait(name: str, operation: str, priority: int) -> None:
        async with gate.slot("local", operation, priority=priority):
            order.append(name)

    async with gate.slot("local", "modify"):
        tasks = []
        for waiter in waiters:
            tasks.append(asyncio.create_task(wait(*waiter)))
            await asyncio.sleep(0)
            if clock is not None:
                clock.now += apart
    await asyncio.gather(*tasks)
    return order


def test_no_more_run_at_once_than_there_are_slots() -> None:
    async def run() -> int:
        gate, inside, most = Gate({("luma", "modify"): 3}, cores=2), 0, 0

        async def work() -> None:
            nonlocal inside, most
            async with gate.slot("luma", "modify"):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.001)
                inside -= 1

        await asyncio.gather(*(work() for _ in range(20)))
        return most

    assert asyncio.run(run()) == 3


def test_operations_of_a_vendor_have_slots_of_their_own_local_ones_share_the_cores() -> None:
    async def run() -> tuple[bool, bool]:
        gate = Gate({("luma", "modify"): 1, ("luma", "reframe"): 1}, cores=1)
        async with gate.slot("luma", "modify"), gate.slot("luma", "reframe"), gate.slot("local", "modify"):
            waiting = asyncio.create_task(pass_through(gate, "local", "finish"))
            await asyncio.sleep(0.01)
            held = not waiting.done()
        await waiting
        return held, waiting.done()

    assert asyncio.run(run()) == (True, True)


def test_what_completes_a_film_goes_before_what_begins_another() -> None:
    waiters = [("m", "modify", 9), ("r", "reframe", 0), ("f", "finish", 0), ("r2", "reframe", 5)]
    assert asyncio.run(turns(Gate({}, cores=1), waiters)) == ["f", "r2", "r", "m"]


def test_equals_go_in_the_order_they_came() -> None:
    waiters = [(str(n), "modify", 0) for n in range(5)]
    assert asyncio.run(turns(Gate({}, cores=1), waiters)) == ["0", "1", "2", "3", "4"]


def test_waiting_makes_up_for_a_lower_priority() -> None:
    clock = Clock()
    gate = Gate({}, cores=1, clock=clock)
    waiters = [("old", "modify", 0), ("urgent", "modify", 2), ("late", "modify", 2)]
    assert asyncio.run(turns(gate, waiters, clock, apart=1.5 * AGEING_S)) == ["urgent", "old", "late"]


def test_who_gives_up_while_waiting_leaves_his_place_to_the_next() -> None:
    async def run() -> list[str]:
        gate, order = Gate({}, cores=1), list[str]()

        async def wait(name: str) -> None:
            async with gate.slot("local", "modify"):
                order.append(name)

        async with gate.slot("local", "modify"):
            first, second = asyncio.create_task(wait("first")), asyncio.create_task(wait("second"))
            await asyncio.sleep(0)
            first.cancel()
        with suppress(asyncio.CancelledError):
            await first
        await second
        async with gate.slot("local", "modify"):
            order.append("third")
        return order

    assert asyncio.run(run()) == ["second", "third"]


def test_who_gives_up_in_the_moment_of_his_turn_passes_it_on() -> None:
    async def run() -> list[str]:
        gate, order = Gate({}, cores=1), list[str]()

        async def wait(name: str) -> None:
            async with gate.slot("local", "modify"):
                order.append(name)

        async with gate.slot("local", "modify"):
            first, second = asyncio.create_task(wait("first")), asyncio.create_task(wait("second"))
            await asyncio.sleep(0)
        first.cancel()  # called already, not awake yet
        with suppress(asyncio.CancelledError):
            await first
        await asyncio.wait_for(second, 1)
        return order

    assert asyncio.run(run()) == ["second"]


def test_work_that_runs_already_counts_but_does_not_wait() -> None:
    async def run() -> bool:
        gate = Gate({("luma", "modify"): 1}, cores=1)
        async with gate.slot("luma", "modify"), gate.slot("luma", "modify", at_once=True):
            with suppress(TimeoutError):
                await asyncio.wait_for(pass_through(gate, "luma", "modify"), 0.01)
                return False
        async with gate.slot("luma", "modify"):
            return gate.waiting("luma", "modify") == 0

    assert asyncio.run(run())


def test_requests_that_wait_for_an_answer_are_counted_over_all_operations() -> None:
    async def run() -> int:
        gate, inside, most = Gate({("luma", "modify"): 8, ("luma", "reframe"): 8}, cores=1), 0, 0

        async def send(operation: str, at_once: int | None) -> None:
            nonlocal inside, most
            async with gate.slot("luma", operation), gate.answering("luma", operation, at_once):
                inside += 1
                most = max(most, inside)
                await asyncio.sleep(0.001)
                inside -= 1

        await asyncio.gather(*(send(operation, 3) for operation in ("modify", "reframe") for _ in range(6)))
        held, most = most, 0
        await asyncio.gather(*(send("modify", None) for _ in range(6)))  # as many as there are slots
        assert most == 6
        return held

    assert asyncio.run(run()) == 3


def test_sizes_are_the_campaigns_own_or_the_usual_ones() -> None:
    gate = Gate({("luma", "modify"): 7}, cores=3)
    assert (gate.size("luma", "modify"), gate.size("luma", "reframe"), gate.size("local", "modify")) == (7, 6, 3)
