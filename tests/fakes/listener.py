"""A server on loopback that says exactly what a test tells it to, down to the bytes and the end of the connection."""

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO


@dataclass(frozen=True)
class Heard:
    """A request as it came, header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Reply = Callable[[socket.socket, Heard], bool]
"""Writes to the connection; tells whether it stays open."""


@dataclass
class Listener:
    """What was heard, and where. `script` chooses the reply to each request."""

    port: int
    script: Callable[[Heard], Reply]
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0

    @property
    def host(self) -> str:
        """As FANOUT_ALLOW_HOSTS names it."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}"


def in_turn(*replies: Reply) -> Callable[[Heard], Reply]:
    """One reply after the other; the last one again and again."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def listening(
    *replies: Reply, script: Callable[[Heard], Reply] | None = None, tls: ssl.SSLContext | None = None
) -> Iterator[Listener]:
    """A listener on a free port, under TLS where a context is given."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        listener = Listener(server.getsockname()[1], script or in_turn(*replies))
        threading.Thread(target=_accept, args=(server, listener, tls), daemon=True).start()
        try:
            yield listener
        finally:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)


def says(status: int, body: bytes | str = b"", *, length: int | None = None, **headers: str) -> Reply:
    """A whole answer; `length` lies about its size. Underscores in names of headers are dashes."""
    raw = body.encode() if isinstance(body, str) else body
    lines = {"Content-Length": str(len(raw) if length is None else length)}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return writes(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode() + raw, open_after=length is None)


def writes(raw: bytes, *, open_after: bool = False, slam: bool = False) -> Reply:
    """These bytes, then the end: an orderly one, or with `slam` a reset."""

    def reply(connection: socket.socket, _: Heard) -> bool:
        connection.sendall(raw)
        if slam:
            time.sleep(0.05)  # a reset overtakes what was not read yet
            reset(connection)
        return open_after

    return reply


def slams() -> Reply:
    """The request is read and the connection reset."""
    return writes(b"", slam=True)


def waits(seconds: float, then: Reply) -> Reply:
    """Silence first."""

    def reply(connection: socket.socket, heard: Heard) -> bool:
        time.sleep(seconds)
        return then(connection, heard)

    return reply


def drips(raw: bytes, pause_s: float) -> Reply:
    """A byte at a time."""

    def reply(connection: socket.socket, _: Heard) -> bool:
        for byte in raw:
            connection.sendall(bytes([byte]))
            time.sleep(pause_s)
        return False

    return reply


def reset(connection: socket.socket) -> None:
    """End a connection with a reset instead of an orderly end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def _accept(server: socket.socket, listener: Listener, tls: ssl.SSLContext | None) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        listener.connections += 1
        threading.Thread(target=_converse, args=(connection, listener, tls), daemon=True).start()


def _converse(plain: socket.socket, listener: Listener, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError), plain, _secured(plain, tls) as connection, connection.makefile("rb") as stream:
        while (heard := _read(stream)) is not None:
            listener.heard.append(heard)
            if not listener.script(heard)(connection, heard):
                return


def _secured(connection: socket.socket, tls: ssl.SSLContext | None) -> socket.socket:
    return connection if tls is None else tls.wrap_socket(connection, server_side=True)


def _read(stream: BinaryIO) -> Heard | None:
    line = stream.readline().decode()
    if not line.strip():
        return None
    method, path, _ = line.split(" ", 2)
    headers = {}
    while text := stream.readline().decode().strip():
        name, _, value = text.partition(":")
        headers[name.strip().lower()] = value.strip()
    return Heard(method, path, headers, stream.read(int(headers.get("content-length", 0))))
