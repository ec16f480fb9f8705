"""Whole flows on a real Prefect server, with hands that only wait."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from orchestration.fake_workshop import FakeHands, a_plan, a_workshop, opening_of, variants
from waiting import until

from campaign.errors import ProviderBusy, SetupError, StoreError
from campaign.model.orders import Progress, RunOrder
from campaign.net.protection import weaknesses
from campaign.settings import Settings
from flows.hosting.server import Server, kept_server, running_server, server_for
from flows.showing.results import RunResult
from flows.terminal.launch import cancel, launch
from tasks.workshop import Workshop, at_work

pytestmark = pytest.mark.prefect


def silent(_: str) -> None:
    pass


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def server(home: Path) -> Iterator[Server]:
    with server_for(home, silent) as server:
        yield server
    assert not answers(server), "its last user leaves: it stops"
    assert running_server(home) is None


class Room:
    """One campaign in the house: runs it and reads what Prefect recorded."""

    def __init__(self, home: Path, folder: Path, server: Server) -> None:
        self.settings = Settings(home=home)
        self.order = RunOrder(campaign_file=folder / "campaign.toml", draft=True)
        self.server = server
        self.heard: list[Progress] = []
        self.said: list[str] = []

    def run(self, hands: FakeHands, window: int = 4) -> RunResult:
        opening = opening_of(hands, window=window)
        return launch(self.order, self.settings, on_progress=self.heard.append, say=self.said.append, opening=opening)

    def recorded(self, result: RunResult) -> "Recorded":
        return Recorded(self, result.flow_run_url.rsplit("/", 1)[1])


class Recorded:
    """What the server keeps of one campaign run."""

    def __init__(self, room: Room, flow_run_id: str) -> None:
        from prefect.client.orchestration import get_client

        from flows.hosting.connecting import connected

        with connected(room.server, room.settings.home_of(Path())), get_client(sync_client=True) as client:

            def post(path: str, **body: Any) -> Any:
                return client.request("POST", path, json=body).json()

            below = {"parent_flow_run_id": {"any_": [flow_run_id]}}
            self.campaign: dict[str, Any] = client.request("GET", f"/flow_runs/{flow_run_id}").json()
            self.markets: list[dict[str, Any]] = post("/flow_runs/filter", flow_runs=below)
            self.tasks: list[dict[str, Any]] = post("/task_runs/filter", flow_runs=below)
            both = {"operator": "or_", "id": {"any_": [flow_run_id]}}
            self.artifacts: list[dict[str, Any]] = post("/artifacts/filter", flow_runs=both)

    def names(self, state: str) -> list[str]:
        return sorted(run["name"] for run in self.tasks if run["state_name"] == state)


@pytest.fixture
def room(home: Path, server: Server, tmp_path: Path) -> Room:
    return Room(home, tmp_path, server)


def test_a_campaign_runs_to_its_end_and_a_second_run_has_nothing_to_do(room: Room) -> None:
    hands = FakeHands(a_plan(variants(3), shots=4, out=room.order.campaign_file.parent))
    result = room.run(hands)
    assert (result.selected, result.delivered, result.state) == (6, 6, "Completed")
    assert not result.interrupted
    assert hands.gathers == 1
    assert set(hands.asked.values()) == {1}
    seen = room.recorded(result)
    assert seen.campaign["name"] == "fresh-days: 3 variants x 2 ratios, draft on local"
    assert sorted(run["name"] for run in seen.markets) == [
        f"{market}: 1 variant of fresh-days" for market in ("DE", "FR", "JP")
    ]
    assert seen.names("Completed") == sorted(
        f"{verb} {variant}{rest}"
        for variant in ("de-winter-0", "fr-winter-1", "jp-winter-2")
        for verb, rest in (("Modify", " (4 shots)"), ("Reframe", " to 9:16"), ("Finish", " 16:9"), ("Finish", " 9:16"))
    )
    assert len(seen.tasks) == 12
    assert {artifact["key"] for artifact in seen.artifacts} == {
        "fresh-days-progress",
        "fresh-days-live",
        "fresh-days-summary",
        "fresh-days-failures",
        "fresh-days-ratio-16x9",
        "fresh-days-ratio-9x16",
    }
    last = room.heard[-1]
    assert (last.films, last.delivered, last.jobs_total, last.jobs_done, last.jobs_running) == (6, 6, 24, 24, 0)

    again = room.run(hands)
    assert (again.delivered, again.state) == (6, "Completed")
    assert room.recorded(again).tasks == []
    assert sum(hands.asked.values()) == 24
    assert hands.gathers == 2


def test_one_failing_variant_leaves_the_others_alone(room: Room) -> None:
    plan = a_plan(variants(3, markets=["DE"]), out=room.order.campaign_file.parent)
    hands = FakeHands(plan, rejects=frozenset({"de-winter-1"}), faulty=frozenset({"de-winter-2 9:16"}))
    result = room.run(hands)
    assert (result.selected, result.delivered, result.state) == (6, 3, "Completed with gaps")
    assert len(result.troubles) == 3
    seen = room.recorded(result)
    assert seen.names("Failed") == ["Finish de-winter-2 9:16", "Modify de-winter-1 (1 shot)"]
    assert "de-winter-1 16:9, 9:16: modify of shot-1 at local" in seen.campaign["state"]["message"]
    assert seen.markets[0]["state_name"] == "Completed with gaps"
    assert [run["run_count"] for run in seen.tasks if run["state_name"] == "Failed"] == [1, 1]
    summary = next(artifact for artifact in seen.artifacts if artifact["key"] == "fresh-days-summary")
    assert "<script>" not in summary["data"]
    assert "&lt;script&gt;" in summary["data"]


def test_passing_trouble_is_tried_again_and_a_refusal_is_not(room: Room, home: Path, server: Server) -> None:
    from prefect import flow

    from flows.hosting.connecting import connected
    from tasks.modify import modify
    from tasks.policy import NotMade

    plan = a_plan(variants(2), ("16:9",), out=room.order.campaign_file.parent)
    busy, refused = (plan.films[number].jobs[0] for number in (0, 1))
    hands = FakeHands(plan, rejects=frozenset({"fr-winter-1"}), breaks={busy: [ProviderBusy("local", "full")]})
    soon = modify.with_options(retry_delay_seconds=[0.0, 0.0])

    @flow(persist_result=False)
    async def two() -> None:
        await soon("de-winter-0", ((busy,),))
        with pytest.raises(NotMade, match="brand"):
            await soon("fr-winter-1", ((refused,),))

    with connected(server, home), at_work(a_workshop(hands)):
        asyncio.run(two.with_options(result_storage=home / "prefect" / "storage")())
    assert hands.asked == {busy: 2, refused: 1}


def test_cancel_stops_the_run_and_the_next_goes_on(room: Room) -> None:
    hands = FakeHands(a_plan(variants(3), out=room.order.campaign_file.parent), seconds=20)
    results: list[RunResult] = []
    thread = threading.Thread(target=lambda: results.append(room.run(hands, window=2)))
    thread.start()
    until(lambda: hands.running == 2)
    names = cancel(room.order.campaign_file, room.settings)
    thread.join(30)
    assert names == ("fresh-days: 3 variants x 2 ratios, draft on local",)
    (result,) = results
    assert result.interrupted
    assert result.state == "Cancelled"
    assert len(hands.interrupted) == 2
    seen = room.recorded(result)
    assert seen.campaign["state_type"] == "CANCELLED"
    assert {run["state_type"] for run in (*seen.markets, *seen.tasks)} <= {"CANCELLED", "COMPLETED"}
    assert hands.gathers == 1

    hands.seconds = 0.01
    assert room.run(hands).delivered == 6


def test_a_cancel_that_comes_too_late_takes_nothing_away(room: Room) -> None:
    from prefect.client.orchestration import get_client

    from flows.control.stopping import own_flow_run_id

    class Late(FakeHands):
        __slots__ = ()

        def gather(self) -> tuple[str, ...]:
            threading.Thread(target=lambda: cancel(room.order.campaign_file, room.settings)).start()
            until(is_being_cancelled)
            return FakeHands.gather(self)

    def is_being_cancelled() -> bool:
        with get_client(sync_client=True) as client:
            state = client.read_flow_run(own_flow_run_id()).state
        return state is not None and state.name == "Cancelling"

    result = room.run(Late(a_plan(variants(1), ("16:9",), out=room.order.campaign_file.parent)))
    assert (result.delivered, result.interrupted, result.state) == (1, False, "Cancelled")
    assert "1 of 1 films are made" in room.recorded(result).campaign["state"]["message"]


def test_what_breaks_the_run_as_a_whole_is_raised_after_it_has_ended_in_order(room: Room) -> None:
    hands = FakeHands(a_plan(variants(1), ("16:9",), out=room.order.campaign_file.parent))
    hands.gather_breaks = StoreError("the disk is full")
    with pytest.raises(StoreError, match="disk is full"):
        room.run(hands)
    assert hands.outcome == "Failed"


def test_a_server_that_dies_under_a_run_is_started_again_and_the_run_goes_on(room: Room, tmp_path: Path) -> None:
    earlier = room.run(FakeHands(a_plan(variants(1), ("16:9",), out=tmp_path)))
    hands = FakeHands(a_plan(variants(1), out=room.order.campaign_file.parent), seconds=0.5)
    results: list[RunResult] = []
    thread = threading.Thread(target=lambda: results.append(room.run(hands, window=1)))
    thread.start()
    until(lambda: hands.running == 1)
    assert room.server.password_file is not None
    os.kill(json.loads(room.server.password_file.read_text())["pid"], signal.SIGKILL)
    thread.join(60)
    (result,) = results
    assert (result.delivered, result.state, result.troubles) == (2, "Completed", ())
    assert any("is started again" in sentence for sentence in room.said)
    assert set(hands.asked.values()) == {1}
    seen = room.recorded(result)
    assert [run["state_type"] for run in (seen.campaign, *seen.markets)] == ["COMPLETED"] * 2
    assert room.recorded(earlier).campaign["state_name"] == "Completed", "history outlives the server"
    assert weaknesses(room.server.url, room.server.auth) == ()


def test_a_run_whose_server_stays_away_gathers_what_is_made_and_says_so(room: Room) -> None:
    from flows.terminal.attending import without_server

    hands = FakeHands(a_plan(variants(1), out=room.order.campaign_file.parent))
    shop = a_workshop(hands)
    result = asyncio.run(without_server(shop, room.server, "cannot be reached", interrupted=False))
    assert (hands.gathers, hands.outcome, result.delivered, result.selected) == (1, "Lost its server", 0, 2)
    assert "Nothing paid is lost" in result.troubles[0]
    assert "Run again" in result.troubles[0]


@pytest.mark.parametrize(
    ("address", "password", "words"),
    [("http://127.0.0.1:9/api", "a:b", "cannot be reached"), (None, "fanout:wrong", "refuses the password")],
)
def test_a_server_of_the_persons_own_that_is_of_no_use_is_told_before_anything_starts(
    room: Room, address: str | None, password: str, words: str
) -> None:
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

    hands = FakeHands(a_plan(variants(1), out=room.order.campaign_file.parent))
    given = {PREFECT_API_URL: address or room.server.api_url, PREFECT_API_AUTH_STRING: password}
    with temporary_settings(given):
        with pytest.raises(SetupError, match=words):
            room.run(hands)
        with pytest.raises(SetupError, match=words):
            cancel(room.order.campaign_file, room.settings)
    assert not hands.asked


def test_what_a_person_should_read_is_said_when_the_run_begins(room: Room) -> None:
    hands = FakeHands(a_plan([], out=room.order.campaign_file.parent))

    @asynccontextmanager
    async def opened(order: RunOrder, settings: Settings) -> AsyncIterator[Workshop]:
        yield replace(a_workshop(hands), notes=("budget campaign is 1.00 USD, but 2.00 are spent",))

    result = launch(room.order, room.settings, on_progress=room.heard.append, say=room.said.append, opening=opened)
    assert f"this run: {result.flow_run_url}" in room.said
    assert "budget campaign is 1.00 USD, but 2.00 are spent" in room.said


def test_ctrl_c_once_ends_in_good_order(room: Room, tmp_path: Path) -> None:
    child = slow_run(room, tmp_path)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert err == ""
    state, url = out.split()[-2:]
    assert state == "Cancelled"
    seen = Recorded(room, url.rsplit("/", 1)[1])
    assert seen.campaign["state_type"] == "CANCELLED"
    assert seen.names("Running") == []


def test_ctrl_c_twice_leaves_at_once(room: Room, tmp_path: Path) -> None:
    child = slow_run(room, tmp_path, "--deaf")
    child.send_signal(signal.SIGINT)
    time.sleep(0.5)
    began = time.monotonic()
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=60)
    assert child.returncode == 130, err
    assert time.monotonic() - began < 5


def slow_run(room: Room, folder: Path, *options: str) -> "subprocess.Popen[str]":
    """A process in which a long run is under way."""
    child = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("run_slowly.py"), str(room.settings.home), str(folder), *options],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    for line in child.stdout:
        if line.startswith("running"):
            break
    return child


def test_a_second_user_joins_the_server(home: Path, server: Server) -> None:
    with server_for(home, silent) as second:
        assert (second.api_url, second.auth, second.started) == (server.api_url, server.auth, False)
    assert weaknesses(server.url, server.auth) == ()


def test_strangers_are_refused(server: Server) -> None:
    assert weaknesses(server.url, server.auth) == ()
    assert server.password_file is not None
    assert server.password_file.stat().st_mode & 0o777 == 0o600
    assert str(server.auth) not in repr(server)


def test_runs_whose_process_died_are_ended(room: Room, server: Server) -> None:
    from flows.hosting.connecting import connected
    from flows.hosting.sweeping import sweep

    home = room.settings.home_of(Path())
    zombie = asyncio.run(a_run_that_nobody_ends(server, home))
    with connected(server, home):
        assert sweep() >= 1
    assert Recorded(room, zombie).campaign["state_type"] == "CRASHED"


def test_a_server_that_only_its_file_says_to_run_is_none_and_its_address_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "prefect" / "server.json"
    file.parent.mkdir()
    address = {"port": 9, "auth": "fanout:kept", "pid": 2**22 - 1}
    file.write_text(json.dumps(address))
    assert running_server(tmp_path) is None
    with kept_server(tmp_path) as kept:
        assert kept is None
    assert json.loads(file.read_text()).items() >= (address | {"pid": None}).items()


async def a_run_that_nobody_ends(server: Server, home: Path) -> str:
    from prefect.client.orchestration import get_client
    from prefect.states import Running

    from flows.fan_out import fan_out
    from flows.hosting.connecting import connected

    with connected(server, home):
        async with get_client() as client:
            return str((await client.create_flow_run(fan_out, state=Running())).id)


def answers(server: Server) -> bool:
    from campaign.net.loopback import ask

    return ask(f"{server.url}/api/health") is not None
