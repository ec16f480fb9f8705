"""Shows what a campaign has made: a web server on loopback, read-only, behind the same password as Prefect's pages.

A door for starlette and uvicorn.
"""

import asyncio
import base64
import hmac
import secrets
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flows.showing.gallery_links import PAGE, GalleryAddress, read_address, write_address

USER = "fanout"
NOTHING_YET = "There is no gallery yet: it is here when the first run has ended. Load this page again then."
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}


class _Guarded:
    """Asks everybody for the password, and tells browsers what they may not do with an answer."""

    def __init__(self, app: ASGIApp, auth: str) -> None:
        self._app = app
        self._expected = b"Basic " + base64.b64encode(auth.encode())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        said = Headers(scope=scope).get("authorization", "").encode()
        if not hmac.compare_digest(said, self._expected):
            refusal = Response(status_code=401, headers={"WWW-Authenticate": 'Basic realm="fanout", charset="UTF-8"'})
            await refusal(scope, receive, send_marked)
            return
        await self._app(scope, receive, send_marked)


def app_of(folder: Path, auth: str) -> Starlette:
    """The files below `folder` for whoever knows `auth` (`user:password`): GET and HEAD, parts of films too, no listings.

    Links that lead out of the folder are not followed; only requests to this machine by its own name are answered.
    """
    files = StaticFiles(directory=folder, check_dir=False)
    files.config_checked = True  # else every request fails until the first run has made the folder
    routes = [Route("/", lambda _: RedirectResponse(PAGE)), Mount("/", app=files)]
    middleware = [
        Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False),
        Middleware(_Guarded, auth=auth),
    ]
    return Starlette(routes=routes, middleware=middleware, exception_handlers={404: _missing})


async def _missing(request: Request, _: Exception) -> Response:
    return PlainTextResponse(NOTHING_YET if request.url.path == PAGE else "Not Found", status_code=404)


@asynccontextmanager
async def shown(folder: Path, home: Path, campaign: str, auth: str | None) -> AsyncIterator[GalleryAddress]:
    """Show `folder` while the block lasts, under the address of the last time where that is free.

    `auth` None = a password of the gallery's own, kept in its 0600 file. Bookmarks and logins hold over restarts.
    """
    kept = read_address(home, campaign)
    with closing(_socket(kept.port if kept else 0)) as door:
        address = GalleryAddress(
            port=int(door.getsockname()[1]),
            auth=auth or (kept.auth if kept else f"{USER}:{secrets.token_urlsafe(24)}"),
        )
        write_address(home, campaign, address)
        config = uvicorn.Config(
            app_of(folder, address.auth),
            log_config=None,
            log_level="critical",
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[door]))
        try:
            yield address
        finally:
            server.should_exit = True
            await asyncio.wait({serving})


def _socket(port: int) -> socket.socket:
    """A socket on loopback at `port`, or at any free one where that is taken."""
    for wanted in (port, 0):
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind(("127.0.0.1", wanted))
        except OSError:
            door.close()
            if not wanted:
                raise
        else:
            return door
    raise AssertionError("a free port was asked for")
