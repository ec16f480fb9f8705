"""A loopback way to a PostgreSQL server that is cut, when it is told so, after the next COMMIT went through it."""

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

_COMMIT = b"COMMIT\0"  # and not the READ COMMITTED of a BEGIN


class CuttingProxy:
    """Passes bytes both ways. `cut_next()`: the next commit reaches the server, its answer never reaches the client."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._cut = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = [self._listener]
        self.cuts = 0

    @property
    def port(self) -> int:
        """Where it listens, on 127.0.0.1."""
        port: int = self._listener.getsockname()[1]
        return port

    def cut_next(self) -> None:
        """Lose the answer to the next commit."""
        self._cut.set()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._sockets:
            _close(one)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._sockets += [client, server]
                threading.Thread(target=self._up, args=(client, server), daemon=True).start()
                threading.Thread(target=_pass, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if _COMMIT in data and self._cut.is_set():
                    self._cut.clear()
                    self.cuts += 1
                    _shut(client)  # before the server can answer; what is sent to it is carried out all the same
                server.sendall(data)
        _shut(server)


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    _shut(target)


def _shut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


def _close(one: socket.socket) -> None:
    _shut(one)
    one.close()
