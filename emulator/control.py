"""/_emulator: what a test or an operator asks and sets while the emulator runs."""

import asyncio
import ipaddress
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from emulator.faults import UnknownFault
from emulator.world import World

TRAP = "/_emulator/trap"


class Control:
    """The routes of control. They answer on loopback names only and take JSON only: no web page can use them.

    `outage` lets nobody in for so many seconds.
    """

    def __init__(self, world: World, outage: Callable[[float, bool], None]) -> None:
        self._world = world
        self._outage = outage
        self._trapped: list[dict[str, Any]] = []

    def routes(self) -> list[Route]:
        """All of them."""
        return [
            Route("/_emulator/bill", self.bill, methods=["GET"]),
            Route("/_emulator/requests", self.requests, methods=["GET"]),
            Route("/_emulator/jobs", self.jobs, methods=["GET"]),
            Route("/_emulator/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/_emulator/victim", self.victim, methods=["GET", "POST", "DELETE"]),
            Route("/_emulator/keys", self.keys, methods=["POST"]),
            Route("/_emulator/clock", self.clock, methods=["GET", "POST"]),
            Route("/_emulator/outage", self.outage, methods=["POST"]),
            Route("/_emulator/redirect_private", self.to_private, methods=["GET"]),
            Route("/_emulator/redirect_loop", self.to_itself, methods=["GET"]),
            Route(TRAP + "/{rest:path}", self.trap, methods=["GET", "POST", "PUT"]),
            Route(TRAP, self.trapped, methods=["GET"]),
        ]

    async def bill(self, request: Request) -> Response:
        """`{"total_usd", "charges": […]}`."""
        self._guard(request)
        self._world.jobs.settle()
        charges = [charge.as_json() for charge in self._world.books.bill()]
        return JSONResponse({"total_usd": str(self._world.books.spent()), "charges": charges})

    async def requests(self, request: Request) -> Response:
        """`{"requests": […], "counts": {…}}`, keys left out; `?vendor=luma` narrows."""
        self._guard(request)
        vendor = request.query_params.get("vendor")
        seen = [one.as_json() for one in self._world.books.requests() if vendor in (None, one.vendor)]
        return JSONResponse({"requests": seen, "counts": self._world.books.counts()})

    async def jobs(self, request: Request) -> Response:
        """`{"jobs": […]}`: each job's state, the hash of its film, how often it was downloaded whole."""
        self._guard(request)
        jobs = self._world.jobs
        told = [
            {
                "vendor": job.vendor,
                "id": job.id,
                "client_id": job.client_id,
                "state": jobs.state(job),
                "asked": job.work.asked,
                "fate": job.fate,
                "downloads": job.downloads,
                "outputs": {name: blob.sha256 for name, blob in (job.outputs or {}).items()},
            }
            for job in jobs.all()
        ]
        return JSONResponse({"jobs": told})

    async def faults(self, request: Request) -> Response:
        """GET what is set and how often it struck; POST `{"p_half": 0.3, "p_429": null}` sets and takes back; DELETE clears."""
        self._guard(request)
        faults = self._world.faults
        if request.method == "DELETE":
            faults.clear()
        elif request.method == "POST":
            try:
                faults.set(await self._document(request))
            except UnknownFault as error:
                return JSONResponse({"detail": str(error)}, 400)
        return JSONResponse({"faults": faults.in_force(), "struck": faults.struck()})

    async def victim(self, request: Request) -> Response:
        """POST `{"pid": 123, "group": false}` names who is killed, DELETE spares it, GET tells who was killed when."""
        self._guard(request)
        victim = self._world.victim
        if request.method == "DELETE":
            victim.forget()
        elif request.method == "POST":
            try:
                told = await self._document(request)
                victim.name(int(told["pid"]), group=bool(told.get("group")))
            except (KeyError, TypeError, ValueError) as error:
                return JSONResponse({"detail": str(error)}, 400)
        return JSONResponse({"named": victim.is_named(), "killed": victim.killed})

    async def keys(self, request: Request) -> Response:
        """POST `{"luma": "another key"}`: taken from now on; the one before is revoked."""
        self._guard(request)
        for vendor, key in (await self._document(request)).items():
            self._world.keyring.change(vendor, str(key))
        return JSONResponse({})

    async def clock(self, request: Request) -> Response:
        """POST `{"advance_s": 3600}` lets time pass."""
        self._guard(request)
        if request.method == "POST":
            self._world.clock.advance(float((await self._document(request))["advance_s"]))
        return JSONResponse({"now": self._world.clock.now()})

    async def outage(self, request: Request) -> Response:
        """POST `{"seconds": 10, "silent": false}`: connections are refused for so long, or not even that."""
        self._guard(request)
        told = await self._document(request)
        # A moment later, so that this answer gets out.
        asyncio.get_running_loop().call_later(0.05, self._outage, float(told["seconds"]), bool(told.get("silent")))
        return JSONResponse({"seconds": told["seconds"]})

    async def to_private(self, request: Request) -> Response:
        """A result's address that leads into somebody's network."""
        return Response(status_code=302, headers={"location": "http://169.254.169.254/latest/meta-data/"})

    async def to_itself(self, request: Request) -> Response:
        """A result's address that leads in circles."""
        return Response(status_code=302, headers={"location": str(request.url)})

    async def trap(self, request: Request) -> Response:
        """Where redirects lead: writes down who came, and whether a key came along."""
        body = await request.body()
        self._trapped.append(
            {
                "method": request.method,
                "path": request.url.path.removeprefix(TRAP),
                "keyed": any(name in request.headers for name in ("authorization", "x-api-key")),
                "size": len(body),
            }
        )
        return JSONResponse({"detail": "You followed a redirect that no client should follow."}, 404)

    async def trapped(self, request: Request) -> Response:
        """`{"trapped": […]}`."""
        self._guard(request)
        return JSONResponse({"trapped": self._trapped})

    async def _document(self, request: Request) -> dict[str, Any]:
        try:
            document = await request.json()
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise _Forbidden("a JSON object is needed")
        return document

    def _guard(self, request: Request) -> None:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
        if not _is_loopback(host) or "origin" in request.headers:
            raise _Forbidden("control answers on this machine only, and to no web page")
        if request.method == "POST" and not request.headers.get("content-type", "").startswith("application/json"):
            raise _Forbidden("control takes application/json only")


class _Forbidden(Exception):
    """Control was asked in a way that a web page could."""


async def forbidden(request: Request, error: Exception) -> Response:
    """The answer to that."""
    return JSONResponse({"detail": str(error)}, 403)


HANDLERS = {_Forbidden: forbidden}


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
