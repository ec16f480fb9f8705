"""A person at the room's forms: starts flows as a worker does, and answers what they ask."""

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fakes.emulation import quick
from orchestration.paid_campaign import PaidCampaign
from waiting import until

from flows.hosting.server import Server

PAUSING = [
    pytest.mark.prefect,
    pytest.mark.ffmpeg,
    # Prefect leaves sockets of a flow run that pauses to the garbage collector; a worker's process ends with the run.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
"""Marks of tests whose flow runs wait for a person in this process."""


class Clicker:
    """Starts flow runs of a campaign in this process, and reads what the server recorded of them."""

    def __init__(self, paid: PaidCampaign, server: Server) -> None:
        self.paid = paid
        self.server = server

    def run(self, flow: Any, **parameters: Any) -> "Seen":
        """A flow of the campaign to its end."""
        return self.run_with(flow, campaign_file=self.paid.folder / "campaign.toml", **parameters)

    def run_with(self, flow: Any, **parameters: Any) -> "Seen":
        """A flow to its end, told nothing but `parameters`."""
        flow = flow.with_options(result_storage=self.paid.home / "prefect" / "storage")
        with self._at_server():
            state = asyncio.run(flow(return_state=True, **parameters))
            return Seen(self, state.state_details.flow_run_id)

    def begin(self, flow: Any, **parameters: Any) -> "Begun":
        """A flow in a thread, as it goes on."""
        return Begun(self, lambda: self.run(flow, **parameters))

    @contextmanager
    def _at_server(self) -> Any:
        from flows.hosting.connecting import connected

        with connected(self.server, self.paid.home):
            yield

    def ask(self, method: str, path: str, **body: Any) -> Any:
        from prefect.client.orchestration import get_client

        with self._at_server(), get_client(sync_client=True) as client:
            answer = client.request(method, path, json=body or None)
            return answer.json() if answer.content else None


class Seen:
    """A flow run that has ended, and its artifacts by key."""

    def __init__(self, clicker: Clicker, flow_run_id: UUID) -> None:
        run = clicker.ask("GET", f"/flow_runs/{flow_run_id}")
        self.id = flow_run_id
        self.name: str = run["name"]
        self.state: str = run["state"]["name"]
        self.type: str = run["state"]["type"]
        self.message: str = run["state"]["message"] or ""
        found = clicker.ask("POST", "/artifacts/filter", flow_runs={"id": {"any_": [str(flow_run_id)]}})
        self.artifacts: dict[str, Any] = {each["key"]: each["data"] for each in found}


class Begun:
    """A flow run under way."""

    def __init__(self, clicker: Clicker, work: Callable[[], Seen]) -> None:
        self._clicker = clicker
        self._seen: list[Seen] = []
        self._asked: str | None = None
        self._known = {run["id"] for run in self._runs()}
        self._thread = threading.Thread(target=lambda: self._seen.append(work()), daemon=True)
        self._thread.start()

    def _runs(self, **state: Any) -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = self._clicker.ask(
            "POST", "/flow_runs/filter", flow_runs={"state": state}, limit=50
        )
        return runs

    def paused(self) -> dict[str, Any]:
        """The flow run once it waits for an answer: its id, and schema and description of its form."""
        new: list[dict[str, Any]] = []

        def waits() -> bool:
            assert not self._seen, self._seen[0].message
            new[:] = [run for run in self._runs(type={"any_": ["PAUSED"]}) if run["id"] not in self._known]
            return bool(new)

        until(waits, within_s=60)
        keys = new[0]["state"]["state_details"]["run_input_keyset"]
        self._asked = new[0]["id"]
        path = f"/flow_runs/{self._asked}/input"
        return {
            "id": new[0]["id"],
            "schema": self._input(path, keys["schema"]),
            "text": self._input(path, keys["description"]),
        }

    def _input(self, path: str, key: str) -> Any:
        found: list[Any] = []
        until(lambda: found.append(self._try(path, key)) or found[-1] is not None, within_s=20)
        return found[-1]

    def _try(self, path: str, key: str) -> Any:
        try:
            return self._clicker.ask("GET", f"{path}/{key}")
        except Exception:
            return None

    def answer(self, **said: Any) -> dict[str, Any]:
        """Fill the form in; the server's verdict."""
        asked = self._asked or self.paused()["id"]
        verdict: dict[str, Any] = self._clicker.ask("POST", f"/flow_runs/{asked}/resume", run_input=said)
        return verdict

    def running(self) -> str:
        """The id of the flow run while it is at work."""
        own = [run for run in self._runs(type={"any_": ["RUNNING"]}) if run["id"] not in self._known]
        (run,) = [run for run in own if run["parent_task_run_id"] is None]
        return str(run["id"])

    def cancel(self, flow_run_id: str) -> None:
        """The Cancel button."""
        state = {"type": "CANCELLING", "name": "Cancelling"}
        self._clicker.ask("POST", f"/flow_runs/{flow_run_id}/set_state", state=state)

    def ended(self) -> Seen:
        self._thread.join(timeout=120)
        assert self._seen, "it has not ended, or broke"
        return self._seen[0]


@contextmanager
def a_clicker(folder: Path, server: Server, set_: Callable[[str, str], None], more: str = "") -> Iterator[Clicker]:
    """A person at the small campaign, at luma; `more` is said in campaign.toml besides, `set_` sets a variable."""
    assert server.auth is not None
    way = {"PREFECT_API_URL": server.api_url, "PREFECT_API_AUTH_STRING": server.auth}
    with quick() as emulator:
        paid = PaidCampaign(folder, emulator, way)
        in_environment(emulator.environment(), set_)
        campaign_toml(folder, more)
        yield Clicker(paid, server)
    gc.collect()  # here, where what Prefect left open is let pass


def in_environment(environment: dict[str, str], set_: Callable[[str, str], None]) -> None:
    """What a worker's process has in its environment."""
    for name, value in environment.items():
        set_(name, value)


def campaign_toml(folder: Path, more: str) -> None:
    """Say more in campaign.toml."""
    file = folder / "campaign.toml"
    file.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
