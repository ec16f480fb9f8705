"""Pages handed to workers, at a real Prefect server; the test plays the workers, and the ledger in which they write."""

import asyncio
import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from orchestration.fake_workshop import FakeHands, a_finished, a_plan, a_workshop, variants
from prefect import State
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterDeploymentId
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Cancelled, Completed, Running
from prefect.utilities.callables import parameter_schema
from prefect.utilities.schema_tools.validation import validate
from pydantic_core import to_jsonable_python
from waiting import until

from campaign.errors import SetupError
from campaign.model.orders import RunOrder
from campaign.settings import Settings
from flows.hosting.connecting import connected
from flows.hosting.server import Server, server_for
from flows.markets import away, following, pool, progress_elsewhere, pulse, spreading
from flows.markets.market import market
from flows.markets.page_order import PageOrder
from flows.markets.pages import pages
from flows.markets.pulse import Pulse
from flows.showing.results import RunResult
from flows.terminal.launch import cancel, launch
from tasks.workshop import Spread

pytestmark = pytest.mark.prefect
DEPLOYMENT = "fresh-days"
START = "`prefect worker start --pool idle-pages --limit 1`"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    with server_for(home, lambda _: None) as server:
        yield server


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "SILENT_S", 3.0)
    monkeypatch.setattr(following, "POLL_S", 0.2)
    monkeypatch.setattr(spreading, "POLL_S", 0.2)
    monkeypatch.setattr(progress_elsewhere, "LOOK_S", 0.5)


class Pool:
    """Workers of a pool: a page is made at once, or stays Running without a sign of life when `dies(title, take)`."""

    def __init__(self, hands: FakeHands, home: Path, server: Server, dies: Callable[[str, int], bool]) -> None:
        self.takes: Counter[str] = Counter()
        self.runs: dict[str, FlowRun] = {}
        self.refusals: list[State[None] | None] = []
        self._hands, self._home, self._server, self._dies = hands, home, server, dies
        self._opened, self._closed = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> "Pool":
        self._thread.start()
        assert self._opened.wait(60)
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._thread.join()

    def states(self) -> list[str]:
        """The last states of all pages ever handed over."""
        with connected(self._server, self._home), get_client(sync_client=True) as client:
            return sorted(client.read_flow_run(run.id).state.name for run in self.runs.values())

    def _work(self) -> None:
        with connected(self._server, self._home), get_client(sync_client=True) as client:
            flow = client.create_flow_from_name("market")
            deployment = client.create_deployment(
                flow,
                DEPLOYMENT,
                parameter_openapi_schema=parameter_schema(market.fn).model_dump_for_openapi(),
                enforce_parameter_schema=True,  # as the room has it
            )
            self._opened.set()
            try:
                while not self._closed.wait(0.2):
                    self._attend(client)
            finally:
                client.delete_deployment(deployment)

    def _attend(self, client: SyncPrefectClient) -> None:
        for run in client.read_flow_runs(limit=50):
            if not run.parameters.get("page") or run.state is None:
                continue
            if run.state.type is StateType.SCHEDULED:
                self._take(client, run)
            elif run.state.type is StateType.CANCELLING:
                client.set_flow_run_state(run.id, Cancelled(), force=True)

    def _take(self, client: SyncPrefectClient, run: FlowRun) -> None:
        title = run.parameters["title"]
        self.runs[str(run.id)] = run
        self.refusals.append(refusal_of(run))
        client.set_flow_run_state(run.id, Running(), force=True)
        self.takes[title] += 1
        if self._dies(title, self.takes[title]):
            return
        for film in self._hands.plan.films:
            if film.id in run.parameters["page"]["order"]["films"]:
                self._hands.stored |= set(film.jobs)
                self._hands.finished |= {output.key: a_finished(film, output.key) for output in film.outputs}
        client.set_flow_run_state(run.id, Completed(), force=True)


def refusal_of(run: FlowRun) -> State[None] | None:
    """How a worker that takes the page would refuse it."""
    page = market.validate_parameters(run.parameters)["page"]
    assert isinstance(page, PageOrder)
    return asyncio.run(away.orphaned(page))


class Run:
    """A campaign of three markets whose pages others make, run in a thread."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.order = RunOrder(campaign_file=folder / "campaign.toml", draft=True)
        self.settings = Settings(home=home)
        self.hands = FakeHands(a_plan(variants(3), out=folder))
        self.run_id = uuid4().hex
        self.result: RunResult | None = None
        self.said: list[str] = []
        self._thread = threading.Thread(target=self._run)

    def launch(self) -> RunResult:
        @asynccontextmanager
        async def opened(order: RunOrder, settings: Settings):
            yield replace(a_workshop(self.hands), spread=Spread(order=order, run_id=self.run_id))

        return launch(self.order, self.settings, on_progress=lambda _: None, say=self.said.append, opening=opened)

    def __enter__(self) -> "Run":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()

    def _run(self) -> None:
        self.result = self.launch()


def test_a_page_whose_worker_falls_silent_is_taken_up_by_another(tmp_path: Path, home: Path, server: Server) -> None:
    run = Run(tmp_path, home)
    with Pool(run.hands, home, server, lambda title, take: title.startswith("FR") and take == 1) as pool:
        result = run.launch()
    assert (result.delivered, result.selected, result.state) == (6, 6, "Completed")
    assert sorted(pool.takes.values()) == [1, 1, 2]
    assert pool.states() == ["Completed", "Completed", "Completed", "Crashed"]
    assert run.hands.gathers == 1 and not run.hands.asked, "the run made something itself"
    assert pool.refusals == [None] * 4, "a page whose run lives is made"
    page = next(iter(pool.runs.values()))
    with connected(server, home):
        left_behind = refusal_of(page)
    assert left_behind is not None and left_behind.is_cancelled(), "nobody waits for it any longer"
    assert "has ended" in (left_behind.message or "")


def test_a_page_that_nobody_survives_is_given_up_and_the_others_are_made(
    tmp_path: Path, home: Path, server: Server
) -> None:
    run = Run(tmp_path, home)
    with Pool(run.hands, home, server, lambda title, _: title.startswith("FR")) as pool:
        result = run.launch()
    assert (result.delivered, result.selected) == (4, 6)
    assert result.state == "Completed with gaps"
    assert max(pool.takes.values()) == spreading.TAKES
    assert all("gave no sign of life" in trouble and "handed over 3 times" in trouble for trouble in result.troubles)


def test_cancelling_a_run_calls_off_the_pages_that_others_make(tmp_path: Path, home: Path, server: Server) -> None:
    following.SILENT_S = 60.0
    run = Run(tmp_path, home)
    with Pool(run.hands, home, server, lambda *_: True) as pool:
        with run:
            until(lambda: len(pool.takes) == 3)
            assert cancel(run.order.campaign_file, run.settings)
        assert run.result is not None and run.result.interrupted
        assert pool.states() == ["Cancelled"] * 3


def test_a_server_that_knows_no_such_pages_is_told_of_with_its_cure(tmp_path: Path, home: Path, server: Server) -> None:
    with pytest.raises(SetupError, match="no deployment market/fresh-days"):
        Run(tmp_path, home).launch()


def test_pages_that_no_worker_takes_are_told_of_at_once_and_taken_back_in_the_end(
    tmp_path: Path, home: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "LOOK_S", 0.2)
    monkeypatch.setattr(pool, "PATIENCE_S", 3.0)
    run = Run(tmp_path, home)
    with connected(server, home), get_client(sync_client=True) as client:
        client.request("POST", "/work_pools/", json={"name": "idle-pages", "type": "process"})
        flow = client.create_flow_from_name("market")
        deployment = client.create_deployment(flow, DEPLOYMENT, work_pool_name="idle-pages")
        try:
            result = run.launch()
            left = client.read_flow_runs(
                flow_run_filter=FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployment]))
            )
        finally:
            client.delete_deployment(deployment)
    assert any("idle-pages, where no workers are online" in each and START in each for each in run.said)
    assert (result.delivered, result.selected, result.interrupted) == (0, 6, False)
    assert all("nobody took them" in trouble and START in trouble for trouble in result.troubles)
    assert result.steps == ("Run the same command again: it makes only what is missing.",)
    assert {each.state_name for each in left} == {"Cancelled"}, "a worker that comes later finds none of them"


def test_a_page_of_a_run_that_died_in_silence_is_not_made(
    home: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its flow run still shows Running: nobody was left to end it."""
    monkeypatch.setattr(away, "SILENT_S", 1.5)
    monkeypatch.setattr(away, "LOOK_S", 0.1)
    monkeypatch.setattr(pulse, "BEAT_S", 0.3)
    order = RunOrder(campaign_file=home / "campaign.toml")

    async def asked(run: FlowRun, run_id: str) -> State[None] | None:
        page = PageOrder(order=order, run_id=run_id, asked_by=run.id, plan_sha256="0" * 64)
        return await away.orphaned(page)

    async def look(run: FlowRun) -> list[State[None] | None]:
        async with pulse.alive(run.id, "the-finals"):
            alive, of_another = await asked(run, "the-finals"), await asked(run, "the-drafts")
        return [alive, of_another, await asked(run, "the-finals")]

    with connected(server, home), get_client(sync_client=True) as client:
        flow = client.create_flow_from_name("fan-out")
        deployment = client.create_deployment(flow, "dead")
        run = client.create_flow_run_from_deployment(deployment)
        client.set_flow_run_state(run.id, Running(), force=True)
        alive, of_another, dead = asyncio.run(look(run))
        client.delete_deployment(deployment)
    assert alive is None
    for refused in (of_another, dead):
        assert refused is not None and refused.is_crashed(), "a run that was only slow hands it over anew"
        assert "gave no sign of life" in (refused.message or "")


def test_a_page_is_handed_over_under_the_same_key_when_the_servers_answer_was_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys: list[str] = []

    async def told(deployment: object, **said: Any) -> str:
        keys.append(said["idempotency_key"])
        if len(keys) == 1:
            raise ConnectionError("the answer was lost")
        return "made"

    monkeypatch.setattr(spreading, "arun_deployment", told)
    monkeypatch.setattr(spreading, "get_run_logger", logging.getLogger)
    shop = a_workshop(FakeHands(a_plan(variants(1), out=tmp_path)))
    (page,) = pages(shop.left.works.values())
    spread = Spread(order=RunOrder(campaign_file=tmp_path / "campaign.toml"), run_id="run-1")
    assert asyncio.run(spreading._Handed(shop, spread, page, a_crew())._handed_over(1)) == "made"
    assert len(keys) == 2 and len(set(keys)) == 1


def a_crew() -> spreading._Crew:
    return spreading._Crew(deployment=uuid4(), pool=pool.Pool(None), asker=uuid4())


def test_what_is_handed_over_anew_in_one_flow_run_is_new_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys: list[str] = []

    async def told(deployment: object, **said: Any) -> None:
        keys.append(said["idempotency_key"])

    monkeypatch.setattr(spreading, "arun_deployment", told)
    shop = a_workshop(FakeHands(a_plan(variants(1), out=tmp_path)))
    (page,) = pages(shop.left.works.values())
    for run_id in ("of-the-drafts", "of-the-finals"):
        order = RunOrder(campaign_file=tmp_path / "campaign.toml")
        handed = spreading._Handed(shop, Spread(order=order, run_id=run_id), page, a_crew())
        for take in (1, 2):
            asyncio.run(handed._hand_over(take))
    assert len(set(keys)) == 4, "the server answers a known key with the flow run that has ended"


def test_a_page_is_told_in_plain_values_and_understood_by_its_worker(tmp_path: Path) -> None:
    shop = a_workshop(FakeHands(a_plan(variants(1), out=tmp_path)))
    (page,) = pages(shop.left.works.values())
    asked = RunOrder(campaign_file=tmp_path / "campaign.toml", only=("market=DE",), draft=True, max_usd=Decimal("1.50"))
    handed = spreading._Handed(shop, Spread(order=asked, run_id="run-1"), page, a_crew())._order()
    told = json.loads(json.dumps(to_jsonable_python({"title": "DE", "variants": ["de-winter-0"], "page": handed})))
    validate(told, parameter_schema(market.fn).model_dump_for_openapi())
    assert market.validate_parameters(told)["page"] == handed
    assert told["page"]["order"]["max_usd"] == "1.50"
    assert told["page"]["order"]["films"] == [film.id for film in shop.films]
    assert told["page"]["order"]["only"] == [], "a page is told by its films"


def test_a_pulse_counts_only_while_it_is_looked_at() -> None:
    now = [0.0]
    felt = Pulse(lambda: now[0])
    assert felt.still_s("one") == 0
    now[0] = 30
    assert felt.still_s("one") == 30
    felt.forget()
    assert felt.still_s("one") == 0
    now[0] = 40
    assert felt.still_s("two") == 0
