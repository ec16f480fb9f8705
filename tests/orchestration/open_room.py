"""A room that is open: `fanout serve` in a process of its own, and Prefect's API as its pages speak to it."""

import json
import secrets
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import httpx
from orchestration.small_campaign import SmallCampaign

FINAL = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}


class OpenRoom:
    """The room of a small campaign."""

    def __init__(self, small: SmallCampaign) -> None:
        self.small = small
        self.process = small.start("serve", "--json")
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        self.told: dict[str, Any] = json.loads(line)
        self.api = Api(small.home)

    def gallery(self, **said: Any) -> httpx.Client:
        """A client of the gallery, logged in unless `auth` says otherwise."""
        kept = json.loads((self.small.home / "prefect" / "gallery-small.json").read_text(encoding="utf-8"))
        said.setdefault("auth", tuple(kept["auth"].split(":", 1)))
        return httpx.Client(base_url=f"http://127.0.0.1:{kept['port']}", trust_env=False, timeout=30, **said)

    def close(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """End it; its exit code and what it said."""
        self.process.send_signal(number)
        _, said = self.process.communicate(timeout=120)
        return self.process.returncode, said

    def kill(self) -> None:
        """As a power cut of this one process."""
        self.process.kill()
        self.process.communicate(timeout=60)


class Api:
    """Prefect's API behind its password and its token."""

    def __init__(self, home: Path) -> None:
        self.server: dict[str, Any] = json.loads((home / "prefect" / "server.json").read_text(encoding="utf-8"))
        self._user, self._password = self.server["auth"].split(":", 1)
        self._headers: dict[str, str] = {}
        name = secrets.token_hex(8)
        with self._client() as client:
            token = client.get("/csrf-token", params={"client": name}).json()["token"]
        self._headers = {"Prefect-Csrf-Token": token, "Prefect-Csrf-Client": name}

    def _client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"{self.server['url']}/api",
            auth=(self._user, self._password),
            headers=self._headers,
            timeout=60,
            trust_env=False,
        )

    def ask(self, method: str, path: str, **body: Any) -> Any:
        with self._client() as client:
            for _ in range(20):
                answer = client.request(method, path, json=body if method != "GET" else None)
                if answer.status_code != 503:  # SQLite was busy: Prefect's clients ask again, too
                    break
                time.sleep(0.5)
        assert answer.is_success, (answer.status_code, answer.text)
        return answer.json() if answer.content else None

    def deployment(self, name: str = "fan-out/small") -> dict[str, Any]:
        found = self.ask("GET", f"/deployments/name/{name}")
        assert isinstance(found, dict)
        return found

    def start(self, name: str = "fan-out/small", **parameters: Any) -> str:
        """Start a run as the button does; its id."""
        run = self.ask("POST", f"/deployments/{self.deployment(name)['id']}/create_flow_run", parameters=parameters)
        return str(run["id"])

    def run(self, flow_run_id: str) -> dict[str, Any]:
        found = self.ask("GET", f"/flow_runs/{flow_run_id}")
        assert isinstance(found, dict)
        return found

    def until(self, flow_run_id: str, states: set[str], seconds: float = 150) -> dict[str, Any]:
        """The run when it has come to one of the states (by type)."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                found = self.run(flow_run_id)
                if found["state_type"] in states:
                    return found
            except httpx.TransportError:  # the server is being started again
                found = {}
            assert time.monotonic() < deadline, found.get("state")
            time.sleep(0.2)

    def below(self, flow_run_id: str) -> list[str]:
        """The states of market flows and task runs below a run."""
        markets = self.ask("POST", "/flow_runs/filter", flow_runs={"parent_flow_run_id": {"any_": [flow_run_id]}})
        ids = [flow_run_id, *(market["id"] for market in markets)]
        tasks = self.ask("POST", "/task_runs/filter", flow_runs={"id": {"any_": ids}})
        return [each["state_type"] for each in (*markets, *tasks)]


def children_of(pid: int) -> list[int]:
    """The processes that a process has started and that still live."""
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(word) for word in found.stdout.split()]
