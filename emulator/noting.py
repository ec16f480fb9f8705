"""Writes requests down before their answers leave: whoever has an answer finds its request in the books."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.types import Message, Send

from emulator.books import SECRET_HEADERS, Seen
from emulator.clock import iso
from emulator.world import World


def note(world: World, request: Request, vendor: str, status: int) -> None:
    """Write one down that belongs to no vendor's API, without its query: that of a link is a signature."""
    world.books.saw(
        Seen(
            vendor=vendor,
            method=request.method,
            path=request.url.path,
            query="",
            headers={name: value for name, value in request.headers.items() if name not in SECRET_HEADERS},
            body=None,
            body_sha256="",
            size=0,
            keyed="authorization" in request.headers,
            at=iso(world.clock.now()),
            status=status,
        )
    )


class Ear:
    """Hears what is sent: calls `told` once with the status of the answer (0: none), before its first byte leaves."""

    def __init__(self, send: Send, told: Callable[[int], None]) -> None:
        self._send = send
        self._told = told
        self._heard = False

    def tell(self, status: int) -> None:
        """It ends with this status; the first word counts."""
        if not self._heard:
            self._heard = True
            self._told(status)

    async def send(self, message: Message) -> None:
        """ASGI's send."""
        if message["type"] == "http.response.start":
            self.tell(message["status"])
        await self._send(message)
