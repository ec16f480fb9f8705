"""A way for clients that insist on host names and TLS: a proxy on loopback that leads known names to another port.

What such a client needs is two variables of the environment that it reads anyway, HTTPS_PROXY and SSL_CERT_FILE. Any other name
is refused, so that no test reaches the network.
"""

import asyncio
import threading
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import trustme


class Detour:
    """An HTTP proxy that knows CONNECT only. `passed` are the names that were asked for."""

    def __init__(self, names: Collection[str], port: int) -> None:
        self._names = frozenset(names)
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._run, name="detour", daemon=True)
        self._ends: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.passed: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._begun.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        server = self._loop.run_until_complete(asyncio.start_server(self._take, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._begun.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._cut())
        self._loop.close()

    async def _cut(self) -> None:
        for end in self._ends:
            end.transport.abort()
        ways = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*ways, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            asked = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split()
            name = asked[1].rpartition(":")[0]
            self.passed.append(name)
            if asked[0] != "CONNECT" or name not in self._names:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            else:
                back, there = await asyncio.open_connection("127.0.0.1", self._target)
                self._ends.add(there)
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await asyncio.gather(_pour(reader, there), _pour(back, writer))
        writer.close()


async def _pour(source: asyncio.StreamReader, into: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while chunk := await source.read(2**16):
            into.write(chunk)
            await into.drain()
    into.close()


def certificate_for(names: Collection[str], folder: Path) -> tuple[Path, Path, Path]:
    """A certificate for the names, its key, and the authority that vouches for it."""
    authority = trustme.CA()
    issued = authority.issue_cert(*names)
    certificate, key, trusted = folder / "names.pem", folder / "names.key", folder / "authority.pem"
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(trusted)
    return certificate, key, trusted
