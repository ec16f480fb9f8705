"""Endings that a well-behaved server never shows: resets, half answers, silence. Needs the raw connection."""

import asyncio
import socket
import struct
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

KEY = "transport"


class OpenProtocol(H11Protocol):
    """uvicorn's HTTP, with the connection shown to the application as `scope["state"]["transport"]`."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, KEY: transport}


async def reset(scope: Scope, receive: Receive) -> None:
    """End the connection with RST: what was on its way is lost."""
    transport = scope["state"][KEY]
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await _gone(receive)


async def hang_up(scope: Scope, receive: Receive) -> None:
    """End the connection in good order (FIN), without an answer."""
    scope["state"][KEY].close()
    await _gone(receive)


async def half_answer(scope: Scope, receive: Receive, head: bytes, body: bytes) -> None:
    """Headers that promise the whole body, half of it, then RST."""
    transport = scope["state"][KEY]
    transport.write(head + body[: len(body) // 2])
    # A reset throws away what the other side has not read yet; give it a moment, so that it sees the half.
    await asyncio.sleep(0.05)
    await reset(scope, receive)


async def drip(send: Send, body: bytes, per_s: float) -> None:
    """Send a body at `per_s` bytes a second."""
    step = max(1, round(per_s / 20))
    for place in range(0, len(body), step):
        await send({"type": "http.response.body", "body": body[place : place + step], "more_body": True})
        await asyncio.sleep(step / per_s)
    await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive) -> None:
    """Wait until the server knows that the connection is over; otherwise it would answer 500 into it."""
    while (await receive())["type"] != "http.disconnect":
        pass
