"""The routes of all vendors, of media and of control, as one ASGI application."""

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from emulator.control import HANDLERS, Control
from emulator.desk import Desk
from emulator.media import Media
from emulator.noting import note
from emulator.vendors import vendors
from emulator.world import World


def application(world: World, outage: Callable[[float, bool], None]) -> Starlette:
    """Everything that is served."""
    routes: list[BaseRoute] = [
        Route(route.path, Desk(world, vendor, route), methods=[route.method])
        for vendor in vendors(world)
        for route in vendor.routes()
    ]
    media = Media(world)
    # After the vendors' own routes: a presigned PUT lies under /media too.
    routes.append(Route("/media/{rest:path}", media, methods=["GET", "HEAD"]))
    routes += Control(world, outage).routes()
    lost = _Lost(world)
    served = Starlette(routes=routes, exception_handlers={**HANDLERS, 404: lost, 405: lost})
    served.router.redirect_slashes = False  # a path that is nearly right is wrong
    return served


class _Lost:
    """Answers what no vendor has a route for, and writes it down: a client that asks for it has a fault."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 404
        note(self._world, request, "unknown", status)
        return JSONResponse({"detail": "Not Found" if status == 404 else "Method Not Allowed"}, status)
