"""What the server does by itself: ends dead runs, tells people by notification blocks; on a real server."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import pytest
from orchestration.fake_workshop import FakeHands, a_plan, a_workshop, variants
from prefect import flow
from prefect.blocks.notifications import CustomWebhookNotificationBlock
from prefect.client.orchestration import get_client
from prefect.events import Event
from prefect.events.clients import get_events_client
from prefect.states import Running
from waiting import until

from campaign.model.outcomes import Reason
from flows.hosting.connecting import connected
from flows.hosting.server import Server, server_for
from flows.room.automations import apply_automations, automations_of, blocks_of
from flows.showing.announcing import announce
from tasks.tally import FilmEnd

pytestmark = pytest.mark.prefect


class Desk:
    """Whoever hears notices: an address on loopback, and what was posted there."""

    def __init__(self) -> None:
        self.heard: list[dict[str, str]] = []
        desk = self

        class Ear(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                desk.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Ear)
        self.url = f"http://127.0.0.1:{self._server.server_port}/ops"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with server_for(home, lambda _: None) as server, connected(server, home):
        yield server


@flow(name="probe")
def probe() -> None:
    """Something that a deployment can be of."""


async def _deployed() -> UUID:
    async with get_client() as client:
        flow_id = await client.create_flow_from_name("probe")
        return await client.create_deployment(flow_id, "small", enforce_parameter_schema=False)


async def _told_at(desk: Desk, name: str) -> tuple[tuple[UUID, ...], tuple[str, ...]]:
    block = CustomWebhookNotificationBlock(
        name="ops", url=desk.url, method="POST", json_data={"subject": "{{subject}}", "body": "{{body}}"}
    )
    await block.save(name, overwrite=True)
    async with get_client() as client:
        return await blocks_of((f"custom-webhook/{name}",), client)


def test_notices_reach_the_blocks_of_the_campaign(server: Server, desk: Desk, tmp_path: Path) -> None:
    async def set_up() -> None:
        deployment = await _deployed()
        blocks, lacking = await _told_at(desk, "ops")
        assert not lacking
        async with get_client() as client:
            await apply_automations("fresh-days", automations_of("fresh-days", [deployment], blocks), client)
            await apply_automations("other", automations_of("other", [deployment], blocks), client)

    asyncio.run(set_up())
    plan = a_plan(variants(2, ("DE", "JP")), out=tmp_path)
    shop = a_workshop(FakeHands(plan))
    films = [film for film in shop.films if film.variant.market == "DE"]
    for film in films[:-1]:
        shop.tally.film_ended(FilmEnd(film=film, made=True))
    sentence = "the day's 5 USD are held <!channel> https://evil.example"
    shop.tally.film_ended(FilmEnd(film=films[-1], made=False, reason=Reason.BUDGET, sentence=sentence))

    def heard() -> bool:
        announce(
            shop, "Completed with gaps", stopped=False
        )  # again: automations are taken up a moment after they are made
        time.sleep(1)
        subjects = [notice["subject"] for notice in desk.heard]
        return any(" DE: " in each for each in subjects) and any("budget" in each for each in subjects)

    until(heard, within_s=90)
    text = next(notice for notice in desk.heard if " DE: " in notice["subject"])
    assert text["subject"].endswith(f" DE: {len(films) - 1} of {len(films)} films")
    assert "Gallery: file://" in text["body"]
    assert "Next: Raise the budget" in text["body"]
    said = " ".join(notice["body"] for notice in desk.heard)
    assert "<!channel>" not in said
    assert "https://evil" not in said
    assert not [notice for notice in desk.heard if "other" in notice["subject"]]


def test_a_run_without_a_sign_of_life_ends_and_people_are_told(server: Server, desk: Desk) -> None:
    async def begin() -> UUID:
        deployment = await _deployed()
        blocks, _ = await _told_at(desk, "ops")
        wanted = automations_of("small", [deployment], blocks, zombie_s=10)
        async with get_client() as client:
            await apply_automations("small", wanted, client)
            run = await client.create_flow_run_from_deployment(deployment, name="lost")
            await client.set_flow_run_state(run.id, Running(), force=True)
        await asyncio.sleep(3)  # the server takes up a new automation a moment later
        async with get_events_client() as events:
            await events.emit(
                Event(
                    event="prefect.flow-run.heartbeat",
                    occurred=datetime.now(UTC) + timedelta(seconds=0),
                    resource={"prefect.resource.id": f"prefect.flow-run.{run.id}"},
                    related=[
                        {
                            "prefect.resource.id": f"prefect.deployment.{deployment}",
                            "prefect.resource.role": "deployment",
                        }
                    ],
                )
            )
        return run.id

    run_id = asyncio.run(begin())

    def crashed() -> bool:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(run_id).state
        time.sleep(0.5)
        return state is not None and state.is_crashed() and "no sign of life" in (state.message or "")

    until(crashed, within_s=90)
    until(lambda: any("lost: Crashed" in notice["subject"] for notice in desk.heard), within_s=60)


def test_automations_are_kept_in_line_by_name_and_what_a_person_switched_off_stays_off(server: Server) -> None:
    async def act() -> None:
        deployment = await _deployed()
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
