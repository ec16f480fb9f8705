"""Several machines on one: a Prefect server on PostgreSQL, workers with homes of their own, one campaign folder among them."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import psycopg
from chaos.place import ROOT
from conftest import SERVER

POOL = "crew"
_SYSTEM = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
_QUIET = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_LOGGING_LEVEL": "INFO"}


@contextmanager
def database() -> Iterator[str]:
    """A database of its own on the machine's PostgreSQL, as `user@host:port/name`."""
    name = f"machines_{secrets.token_hex(6)}"
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
        at = server.info
        try:
            yield f"{at.user}@{at.host}:{at.port}/{name}"
        finally:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def prefect_on_postgresql(folder: Path) -> Iterator[dict[str, str]]:
    """A Prefect server that keeps everything in PostgreSQL; yields the variables of its clients."""
    folder.mkdir(parents=True)
    port = _free_port()
    url = f"http://127.0.0.1:{port}/api"
    with database() as where, (folder / "server.log").open("wb") as log:
        settings = {
            "PREFECT_HOME": str(folder),
            "PREFECT_API_URL": url,
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://{where}",
        }
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        server = subprocess.Popen([*command, "--no-ui"], env=_SYSTEM | _QUIET | settings, stdout=log, stderr=log)
        try:
            _wait_for(url, server, folder / "server.log")
            yield {"PREFECT_API_URL": url}
        finally:
            server.terminate()
            server.wait()


def open_pool(api: str, campaign: str) -> None:
    """Make a pool of process workers, and the campaign's market deployment on it."""
    with httpx.Client(base_url=api, timeout=20, trust_env=False) as server:
        server.post("work_pools/", json={"name": POOL, "type": "process"}).raise_for_status()
        flow = server.post("flows/", json={"name": "market"})
        flow.raise_for_status()
        deployment = {
            "name": campaign,
            "flow_id": flow.json()["id"],
            "entrypoint": "flows.markets.market.market",
            "work_pool_name": POOL,
        }
        server.post("deployments/", json=deployment).raise_for_status()


class Machine:
    """A worker that takes one page at a time, with a home that nobody else looks into."""

    def __init__(self, folder: Path, name: str, environment: Mapping[str, str]) -> None:
        self.home = folder / name / "home"
        self._log = folder / f"{name}.log"
        own = {
            "FANOUT_HOME": str(self.home),
            "PREFECT_HOME": str(folder / name / "prefect"),
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PYTHONPATH": str(ROOT),
        }
        command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", POOL, "--type", "process"]
        self.home.mkdir(parents=True)
        with self._log.open("wb") as log:
            self._worker = subprocess.Popen(
                [*command, "--name", name, "--limit", "1"],
                cwd=folder / name,
                env=_SYSTEM | _QUIET | dict(environment) | own,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Of its worker; all that runs on it is below."""
        return self._worker.pid

    @property
    def at_work(self) -> bool:
        """Whether it makes a page right now: something of it lies in its store."""
        return any((self.home / "store").glob("??/*"))

    def freeze(self) -> None:
        """Stop everything that runs on it where it is, the worker and all below."""
        _signal(self._worker.pid, signal.SIGSTOP)  # so that it starts nothing while the others are looked for
        for pid in _below(self._worker.pid):
            _signal(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        for pid in (self._worker.pid, *_below(self._worker.pid)):
            _signal(pid, signal.SIGCONT)

    def power_cut(self) -> int:
        """SIGKILL everything that runs on it; returns how many processes that were."""
        if self._worker.poll() is not None:
            return 0
        self.freeze()
        lot = [self._worker.pid, *_below(self._worker.pid)]
        for pid in lot:
            _signal(pid, signal.SIGKILL)
        self._worker.wait()
        return len(lot)

    def said(self) -> str:
        """What its worker and its flow runs logged."""
        return self._log.read_text(encoding="utf-8", errors="replace")


@contextmanager
def crew(folder: Path, names: tuple[str, ...], environment: Mapping[str, str]) -> Iterator[tuple[Machine, ...]]:
    """Machines at work for the block."""
    with ExitStack() as standing:
        machines = tuple(Machine(folder, name, environment) for name in names)
        for machine in machines:
            standing.callback(machine.power_cut)
        yield machines


def _below(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, ahead = [], [pid]
    while ahead:
        ahead = [child for parent in ahead for child in children.get(parent, [])]
        found += ahead
    return found


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(url: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(f"{url}/health", trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError(log.read_text(encoding="utf-8"))
