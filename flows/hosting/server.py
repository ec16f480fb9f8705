"""Our own Prefect server on loopback, for runs whose person has set up none: joined or started.

It lives under `<home>/prefect`: its database (history stays), and `server.json` (0600) with address, process and
password, both kept for the next start so that bookmarks and logins hold. It runs in a session of its own, serves
everybody who asks for it by `server_for`, and is stopped by its last user; killed users are noticed by the server itself.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from campaign.errors import SetupError
from campaign.net.loopback import ask, is_free
from flows.hosting.seats import START_LOCK, USERS_LOCK, lock, try_lock
from flows.hosting.settings import server_environment

READY_S = 180.0
STOP_S = 20.0
POLL_S = 0.1

T = TypeVar("T")
Note = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Where a Prefect server is. `auth` is `user:password`; `password_file` the 0600 file in which a person finds it.

    `started` is True when this run brought our own server up: whatever ran before it is dead.
    """

    api_url: str
    auth: str | None = field(default=None, repr=False)
    password_file: Path | None = None
    started: bool = False

    @property
    def url(self) -> str:
        """The address of its pages."""
        return self.api_url.removesuffix("/api")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Address:
    """`server.json`. `pid` None = not running."""

    port: int
    auth: str = field(repr=False)
    pid: int | None = None


@contextmanager
def server_for(home: Path, note: Note) -> Iterator[Server]:
    """Our own server for as long as the block lasts; `note` hears what is waited for. Raises SetupError with the cure."""
    folder = home / "prefect"
    for each in (home, folder):  # `parents` alone would leave the outer one open to others
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    waiting = partial(note, "another run is starting the server")
    with _seat(folder, waiting, lambda: _joined(folder) or _started(folder, note)) as server:
        yield server


def running_server(home: Path) -> Server | None:
    """Our own server if it runs; nothing keeps it from stopping the next moment."""
    folder = home / "prefect"
    address = _read(folder)
    if address is None or address.pid is None or not _is_ours(address.pid) or not _answers(address):
        return None
    return _server(folder, address, started=False)


def is_own(folder: Path, api_url: str | None) -> bool:
    """Whether an address is that of our own server, which no other machine reaches."""
    address = _read(folder)
    return address is not None and api_url == _server(folder, address, started=False).api_url


def revive(home: Path, note: Note) -> None:
    """Start our own server again, under its address and password, if it died under its users.

    Call it while holding a seat. Raises SetupError when it does not start.
    """
    folder = home / "prefect"
    if not _died(folder):
        return
    with closing(lock(folder / START_LOCK)):
        if _died(folder):
            note("the Prefect server died; it is started again, and the run goes on")
            _started(folder, note)


@contextmanager
def kept_server(home: Path) -> Iterator[Server | None]:
    """Our own server, kept running for as long as the block lasts; None when it does not run."""
    folder = home / "prefect"
    if not _file(folder).exists():
        yield None
        return
    with _seat(folder, lambda: None, lambda: _joined(folder)) as server:
        yield server


@contextmanager
def _seat(folder: Path, waiting: Callable[[], None], find: Callable[[], T]) -> Iterator[T]:
    """What `find` finds while nobody else starts or stops the server; whoever leaves last, stops it."""
    with ExitStack() as held:
        with closing(lock(folder / START_LOCK, waiting=waiting)):
            held.enter_context(closing(lock(folder / USERS_LOCK, shared=True)))
            found = find()
        try:
            yield found
        finally:
            held.close()
            _stop_unless_used(folder)


def _joined(folder: Path) -> Server | None:
    """The server that runs already, if it is alive and lets us in; a server that does not is ended."""
    address = _read(folder)
    if address is None or address.pid is None or not _is_ours(address.pid):
        return None
    if _answers(address):
        return _server(folder, address, started=False)
    _end(address.pid)
    return None


def _started(folder: Path, note: Note) -> Server:
    kept = _read(folder)
    auth = kept.auth if kept else f"fanout:{secrets.token_urlsafe(24)}"
    port = kept.port if kept and is_free(kept.port) else _any_port()
    address = _Address(port=port, auth=auth, pid=_spawn(folder, port, auth))
    _write(folder, address)
    _wait_until_ready(folder, address, note)
    return _server(folder, address, started=True)


def _spawn(folder: Path, port: int, auth: str) -> int:
    """Start the server's process in a session of its own, so that Ctrl-C in our terminal does not reach it."""
    log = os.open(folder / "server.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        starter = subprocess.run(
            [sys.executable, "-m", "flows.hosting.process", str(port), str(folder)],
            env=server_environment(folder, port, auth),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            check=True,
            timeout=READY_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SetupError(f"the Prefect server could not be started: {error}; {_log_hint(folder)}") from error
    finally:
        os.close(log)
    return int(starter.stdout)


def _wait_until_ready(folder: Path, address: _Address, note: Note) -> None:
    assert address.pid is not None
    began = time.monotonic()
    while not _answers(address):
        waited = time.monotonic() - began
        if not _is_ours(address.pid):
            raise SetupError(f"the Prefect server ended while it started; {_log_hint(folder)}")
        if waited > READY_S:
            _end(address.pid)
            raise SetupError(f"the Prefect server was not ready after {READY_S:.0f} s; {_log_hint(folder)}")
        note(f"starting the Prefect server ({waited:.0f} s; the very first start prepares its database)")
        time.sleep(POLL_S)


def _stop_unless_used(folder: Path) -> None:
    """End the server when nobody holds a seat any more. Its database stays."""
    with closing(lock(folder / START_LOCK)):
        alone = try_lock(folder / USERS_LOCK)
        if alone is None:
            return
        with closing(alone):
            address = _read(folder)
            if address is not None and address.pid is not None:
                _end(address.pid)
                _write(folder, _Address(port=address.port, auth=address.auth))


def _died(folder: Path) -> bool:
    """Whether the server that is said to run does not. One that was stopped is not said to."""
    address = _read(folder)
    return address is not None and address.pid is not None and not _is_ours(address.pid)


def _end(pid: int) -> None:
    """Ask the process to end, wait, insist. Only ever called for a process that is ours."""
    deadline = time.monotonic() + STOP_S
    with suppress(ProcessLookupError):
        if _is_ours(pid):
            os.kill(pid, signal.SIGTERM)
        while _is_ours(pid) and time.monotonic() < deadline:
            time.sleep(POLL_S)
        if _is_ours(pid):
            os.kill(pid, signal.SIGKILL)


def _is_ours(pid: int) -> bool:
    """Whether the process lives and is our server: a process id may have been given to another program since."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    command_line = Path(f"/proc/{pid}/cmdline")
    if not Path("/proc/self/cmdline").exists():
        return True
    try:
        return b"flows.hosting.process" in command_line.read_bytes()
    except OSError:
        return False


def _answers(address: _Address) -> bool:
    """Whether the server is up and lets us in with our password."""
    reply = ask(f"http://127.0.0.1:{address.port}/api/admin/version", auth=address.auth)
    return reply is not None and reply.status == 200


def _server(folder: Path, address: _Address, *, started: bool) -> Server:
    api_url = f"http://127.0.0.1:{address.port}/api"
    return Server(api_url=api_url, auth=address.auth, password_file=_file(folder), started=started)


def _file(folder: Path) -> Path:
    return folder / "server.json"


def _read(folder: Path) -> _Address | None:
    try:
        found = json.loads(_file(folder).read_text(encoding="utf-8"))
        return _Address(port=int(found["port"]), auth=str(found["auth"]), pid=found["pid"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _write(folder: Path, address: _Address) -> None:
    unfinished = folder / "server.json.part"
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 (a descriptor)
        json.dump(asdict(address) | {"user": "fanout", "url": f"http://127.0.0.1:{address.port}"}, file, indent=1)
    unfinished.replace(_file(folder))


def _any_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _log_hint(folder: Path) -> str:
    """The end of the server's log and what to do."""
    log = folder / "server.log"
    tail = log.read_text(encoding="utf-8", errors="replace").strip()[-1500:] if log.exists() else ""
    return f"see {log}, or set PREFECT_API_URL to a server of your own. {tail}"
