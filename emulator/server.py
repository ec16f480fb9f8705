"""The emulator itself: a loopback server in a thread of its own, or in the foreground."""

import asyncio
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import uvicorn

from emulator.application import application
from emulator.books import Books
from emulator.faults import Faults
from emulator.listening import BACKLOG, Silence, bound
from emulator.options import Options
from emulator.transport import OpenProtocol
from emulator.world import World


class Emulator:
    """A running emulator: `with Emulator(Options()) as emulator: ... emulator.url`.

    `start` returns when connections are taken; `stop` when the thread has ended. Everything it tells is safe from threads.
    Raises OSError when the port is taken.
    """

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()
        self._socket = bound(self.options.host, self.options.port)
        self.port: int = self._socket.getsockname()[1]
        self.world = World(self.options)
        self._server = self._uvicorn()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def url(self) -> str:
        """Its address, without a path."""
        scheme = "https" if self.options.tls else "http"
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        return f"{scheme}://{host}:{self.port}"

    @property
    def books(self) -> Books:
        """The bill and the requests."""
        return self.world.books

    @property
    def faults(self) -> Faults:
        """The faults in force."""
        return self.world.faults

    def environment(self) -> dict[str, str]:
        """The variables that lead Fanout here, with keys that open nothing else."""
        ring, host = self.world.keyring, self.url.partition("//")[2]
        return {
            "LUMA_BASE_URL": f"{self.url}/v1",
            "RUNWARE_BASE_URL": f"{self.url}/v1",
            "FAL_QUEUE_URL": self.url,
            "FAL_REST_URL": self.url,
            "FANOUT_ALLOW_HOSTS": host,
            "LUMA_AGENTS_API_KEY": ring.key("luma"),
            "RUNWARE_API_KEY": ring.key("runware"),
            "FAL_KEY": ring.key("fal"),
        }

    def start(self) -> Self:
        """Begin to serve in a thread."""
        begun = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(begun.set,), name="emulator", daemon=True)
        self._thread.start()
        begun.wait(10)
        return self

    def serve(self, begun: Callable[[], None] = lambda: None) -> None:
        """Serve in this thread until it is interrupted (SIGINT, SIGTERM); `begun` is called when connections are taken."""
        self._run(begun)

    def stop(self) -> None:
        """End; connections that are open are cut after a moment. Harmless when it never began."""
        self._server.should_exit = True
        if self._thread is not None:
            self._thread.join(20)
            self._thread = None
        elif self._loop is None:
            self._socket.close()
            self.world.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _uvicorn(self) -> uvicorn.Server:
        certificate, key = self.options.tls or (None, None)
        config = uvicorn.Config(
            application(self.world, self._outage),
            http=OpenProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
            backlog=BACKLOG,
            ssl_certfile=certificate,
            ssl_keyfile=key,
        )
        return _Server(config)

    def _run(self, begun: Callable[[], None]) -> None:
        try:
            asyncio.run(self._serve(begun))
        finally:
            self._socket.close()
            self.world.close()

    async def _serve(self, begun: Callable[[], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self.world.jobs.resume()
        keeper = asyncio.create_task(self._keep_books())
        teller = asyncio.create_task(self._tell(begun))
        try:
            await self._server.serve(sockets=[self._socket])
        finally:
            keeper.cancel()
            teller.cancel()
            self.world.footage.close()

    async def _tell(self, begun: Callable[[], None]) -> None:
        while not self._server.started:
            await asyncio.sleep(0.005)
        begun()

    async def _keep_books(self) -> None:
        """Give refunds when they are due, whether or not anybody asks."""
        while True:
            self.world.jobs.settle()
            await asyncio.sleep(0.1)

    def _outage(self, seconds: float, silent: bool) -> None:
        """Serve nobody new for a while: connections are refused, or (`silent`) neither taken nor refused."""
        for server in self._server.servers:
            server.close()
        self._server.servers.clear()
        silence = Silence(self.options.host, self.port) if silent else None
        loop = asyncio.get_running_loop()
        loop.call_later(seconds, lambda: loop.create_task(self._listen_again(silence)))

    async def _listen_again(self, silence: Silence | None) -> None:
        if silence is not None:
            silence.close()
        self._socket = bound(self.options.host, self.port)
        config = self._server.config
        server = await asyncio.get_running_loop().create_server(
            lambda: OpenProtocol(config=config, server_state=self._server.server_state, app_state={}),
            sock=self._socket,
            ssl=config.ssl,
            backlog=BACKLOG,
        )
        self._server.servers.append(server)


class _Server(uvicorn.Server):
    """uvicorn's server, which ends at once in a thread: tests start and stop hundreds of them."""

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            await asyncio.sleep(0.02)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if threading.current_thread() is threading.main_thread():
            await super().shutdown(sockets)  # somebody's rehearsal: answers that are on their way arrive
            return
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()
        await asyncio.wait({*self.server_state.tasks, asyncio.create_task(asyncio.sleep(0))}, timeout=1)
