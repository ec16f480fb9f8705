"""Hears what providers tell unasked: a web server on loopback, to which the person's own TLS proxy leads. A door for starlette
and uvicorn.

Whoever is heard gets one row of the ledger written, which wakes whoever waits for the job and moves neither it nor money.
"""

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from campaign.errors import LedgerError, SetupError
from campaign.ledger.ledger import Ledger
from campaign.net.addresses import Addresses
from campaign.net.hooks import SPEAKERS, HookRefused, require_signature, require_token, told_id
from campaign.net.key_ring import KeyRing
from campaign.secrets import Secret
from campaign.settings import Settings

MOST_BYTES = 1 << 20
READ_S = 10.0
A_SECOND, AT_ONCE = 100.0, 200.0
"""Hooks that are taken in a second, and at once; a campaign of 14,000 jobs has a few a second."""
STRANGERS_A_SECOND, STRANGERS_AT_ONCE = 2.0, 20.0
"""Refusals that are worth a line in the log; who else has no token is sent away without one."""

WriteHint = Callable[[str, str, str], bool]
"""Writes a hint down: provider, intent id, the provider's id. Returns when it is on disk. Raises LedgerError."""


class HookDoor:
    """Takes hooks of the providers in `keys`, whose keys made their tokens; those of fal must be signed by a key of `ring`.

    Those who hold a token and strangers are counted apart, so that no flood of strangers shuts a provider out.
    """

    def __init__(
        self,
        keys: Mapping[str, Secret],
        ring: KeyRing,
        write: WriteHint,
        *,
        known: "Throttle | None" = None,
        strangers: "Throttle | None" = None,
    ) -> None:
        self._keys = keys
        self._ring = ring
        self._write = write
        self._known = known or Throttle(A_SECOND, AT_ONCE)
        self._strangers = strangers or Throttle(STRANGERS_A_SECOND, STRANGERS_AT_ONCE)

    async def take(self, request: Request) -> Response:
        """202 once the hint is on disk. Anything else says nothing but that it was not taken; 429 and 503: try again."""
        provider, intent_id = request.path_params["provider"], request.path_params["intent_id"]
        try:
            self._require_token(provider, intent_id, request)
            if not self._known.lets_pass(time.monotonic()):
                return Response(status_code=429)
            remote_id = await self._told(provider, request)
        except (HookRefused, TimeoutError, ClientDisconnect) as refused:
            return self._refused(provider, refused)
        try:
            await asyncio.to_thread(self._write, provider, intent_id, remote_id)
        except LedgerError:
            return Response(status_code=503)
        return Response(status_code=202)

    def _require_token(self, provider: str, intent_id: str, request: Request) -> None:
        """A hash, and not a byte of the body: as cheap as counting."""
        key = self._keys.get(provider)
        if key is None:
            raise HookRefused("no such provider")
        require_token(provider, key, intent_id, request.query_params.get("token", ""))

    async def _told(self, provider: str, request: Request) -> str:
        """What the provider calls the work."""
        body = await _body(request)
        if provider == "fal":
            await require_signature(request.headers, body, self._ring, time.time())
        return told_id(provider, body)

    def _refused(self, provider: str, why: Exception) -> Response:
        if not self._strangers.lets_pass(time.monotonic()):
            return Response(status_code=429)
        logging.getLogger(__name__).info("a hook for %r was refused: %s", provider[:20], why)
        return Response(status_code=401)


class Throttle:
    """A bucket of permissions, which fills by so many a second."""

    def __init__(self, a_second: float, at_once: float) -> None:
        self._a_second = a_second
        self._most = self._left = at_once
        self._at = 0.0

    def lets_pass(self, now: float) -> bool:
        """Take one permission at the moment `now` (seconds of a clock that only goes forward), if there is one."""
        self._left = min(self._most, self._left + (now - self._at) * self._a_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


async def _body(request: Request) -> bytes:
    body = bytearray()
    async with asyncio.timeout(READ_S):
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                raise HookRefused("the body is too large")
    return bytes(body)


def app_of(door: HookDoor) -> Starlette:
    """POST …/<provider>/<intent id>?token=…, whatever path the proxy puts before it; nothing else is answered."""
    routes = [
        Route(path, door.take, methods=["POST"])
        for path in ("/{provider}/{intent_id}", "/{before:path}/{provider}/{intent_id}")
    ]
    return Starlette(routes=routes)


@asynccontextmanager
async def hooks_heard(settings: Settings, root: Path) -> AsyncIterator[str | None]:
    """Hear hooks for the campaign in the folder `root` while the block lasts; its address on this machine, None where no
    provider is told of us. Raises SetupError when the port is taken, LedgerError."""
    keys = {name: key for name in SPEAKERS if (key := settings.vendors.key_of(name)) is not None}
    if settings.webhook_url is None or not keys:
        yield None
        return
    ring = KeyRing(f"{settings.vendors.fal_rest_url}/.well-known/jwks.json", Addresses(settings.allow_hosts))
    with closing(_socket(settings.webhook_port)) as port:
        ledger = await asyncio.to_thread(Ledger.open, settings.ledger_url(root))
        server = uvicorn.Server(_config(app_of(HookDoor(keys, ring, ledger.hint))))
        serving = asyncio.create_task(server.serve(sockets=[port]))
        try:
            yield f"http://127.0.0.1:{settings.webhook_port}"
        finally:
            server.should_exit = True
            await asyncio.wait({serving})
            await asyncio.to_thread(ledger.close)


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,
        log_level="critical",
        access_log=False,  # addresses hold tokens
        lifespan="off",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=100,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=2,
    )


def _socket(port: int) -> socket.socket:
    door = socket.socket()
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind(("127.0.0.1", port))
    except OSError as error:
        door.close()
        cure = "Set FANOUT_WEBHOOK_PORT to a free one, and lead your proxy there."
        raise SetupError(f"port {port}, where hooks are heard, cannot be had: {error.strerror}. {cure}") from None
    return door
