"""What the server does by itself: ends runs that are dead or never begin, and tells of what failed; on a real server."""

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from orchestration.notice_desk import Desk, a_desk, own_events
from prefect import flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.events import emit_event
from prefect.states import Failed, Pending, Running
from waiting import until

from flows.hosting.connecting import connected
from flows.hosting.server import Server, server_for
from flows.room.automations import apply_automations, automations_of
from flows.room.notices import blocks_of

pytestmark = pytest.mark.prefect


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("home")
    with server_for(home, lambda _: None) as server, connected(server, home), own_events():
        yield server


@pytest.fixture
def desk() -> Iterator[Desk]:
    with a_desk() as desk:
        yield desk


@flow(name="probe")
def probe() -> None:
    """Something that a deployment can be of."""


async def _deployed(name: str) -> UUID:
    async with get_client() as client:
        flow_id = await client.create_flow_from_name("probe")
        return await client.create_deployment(flow_id, name, enforce_parameter_schema=False)


def test_a_run_that_fails_is_told_of_once_with_its_cause_and_the_way_to_it(server: Server, desk: Desk) -> None:
    hostile = "row 7: <!channel> see https://evil.example @all"

    async def fail() -> UUID:
        deployment = await _deployed("small")
        await desk.listen("small", deployment)
        async with get_client() as client:
            run = await client.create_flow_run_from_deployment(deployment, name="preparing a campaign")
            await client.set_flow_run_state(run.id, Failed(message=hostile), force=True)
            return run.id

    run_id = asyncio.run(fail())
    until(lambda: desk.heard)
    desk.settle()
    (told,) = desk.heard
    assert told["subject"] == "small: Failed: preparing a campaign"
    cause, step, link = told["body"].splitlines()
    assert cause.startswith("row 7: ")
    assert not {"<", "://", "@all"} & {mark for mark in ("<", "://", "@all") if mark in cause}
    assert "run again" in step and "`fanout status`" in step
    address = link.removeprefix("The run: ")
    assert address == f"{server.url}/runs/flow-run/{run_id}"
    page = httpx.get(address, headers={"Accept": "text/html"}, follow_redirects=True, trust_env=False)
    assert page.status_code == 200


def test_a_run_that_is_silent_or_never_begins_ends_by_itself_and_is_told_of_once(server: Server, desk: Desk) -> None:
    async def begin(client: PrefectClient, deployment: UUID, name: str) -> UUID:
        run = await client.create_flow_run_from_deployment(deployment, name=name)
        await client.set_flow_run_state(run.id, Pending(), force=True)
        return run.id

    async def all_three() -> list[UUID]:
        deployment = await _deployed("still")
        await desk.listen("still", deployment, zombie_s=10, pending_s=10)
        async with get_client() as client:
            ids = [await begin(client, deployment, name) for name in ("silent", "stuck", "well")]
            for run_id in (ids[0], ids[2]):
                await client.set_flow_run_state(run_id, Running(), force=True)
        _beat(ids[0], deployment)
        return ids

    silent, stuck, well = asyncio.run(all_three())
    until(lambda: _state(silent).startswith("CRASHED") and _state(stuck).startswith("CRASHED"), within_s=90)
    assert "no sign of life" in _state(silent) and "goes on from there" in _state(silent)
    assert "never began. Start it again." in _state(stuck)
    assert _state(well).startswith("RUNNING"), "nothing is held against one that has not beaten yet"
    until(lambda: len(desk.heard) >= 2)
    desk.settle()
    assert sorted(told["subject"] for told in desk.heard) == ["still: Crashed: silent", "still: Crashed: stuck"]
    assert all("The run: http://127.0.0.1:" in told["body"] for told in desk.heard)


def _beat(flow_run_id: UUID, deployment: UUID) -> None:
    """A sign of life, as Prefect's engine gives it."""
    of = {"prefect.resource.id": f"prefect.deployment.{deployment}", "prefect.resource.role": "deployment"}
    emit_event(
        "prefect.flow-run.heartbeat", resource={"prefect.resource.id": f"prefect.flow-run.{flow_run_id}"}, related=[of]
    )


def _state(flow_run_id: UUID) -> str:
    time.sleep(0.3)
    with get_client(sync_client=True) as client:
        state = client.read_flow_run(flow_run_id).state
    return f"{state.type.value} {state.message}" if state is not None else ""


def test_automations_are_kept_in_line_by_name_and_what_a_person_switched_off_stays_off(server: Server) -> None:
    async def act() -> None:
        deployment = await _deployed("kept")
        async with get_client() as client:
            await apply_automations("kept", automations_of("kept", [deployment], [deployment]), client)
            first = await _named(client, "kept")
            assert len(first) == 6
            dead = next(each for each in first.values() if "sign of life" in each.name)
            await client.pause_automation(dead.id)
            await apply_automations("kept", automations_of("kept", [deployment], [deployment]), client)
            assert {each.id for each in (await _named(client, "kept")).values()} == {each.id for each in first.values()}
            await apply_automations("kept", automations_of("kept", [deployment], [], zombie_s=77), client)
            left = await _named(client, "kept")
            assert len(left) == 2
            changed = left[dead.name]
            assert (changed.id, changed.enabled) == (dead.id, False)
            assert changed.trigger.within == timedelta(seconds=77)  # type: ignore[union-attr]

    asyncio.run(act())


async def _named(client, campaign: str):  # type: ignore[no-untyped-def]
    found = await client.read_automations()
    return {each.name: each for each in found if each.name.startswith(f"fanout: {campaign}:")}


def test_a_block_that_is_not_there_or_tells_nobody_is_named(server: Server) -> None:
    async def ask() -> tuple[tuple[UUID, ...], tuple[str, ...]]:
        from prefect.blocks.system import Secret

        await Secret(value="x").save("mine", overwrite=True)
        async with get_client() as client:
            return await blocks_of(("slack-webhook/nowhere", "secret/mine"), client)

    found, lacking = asyncio.run(ask())
    assert found == ()
    assert "'slack-webhook/nowhere'" in lacking[0] and "Make it in Prefect's pages" in lacking[0]
    assert "'secret/mine' is no notification block" in lacking[1]
