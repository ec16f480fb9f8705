"""Connects a run to its Prefect server: the one the person has set up, else our own; and keeps Prefect off the terminal."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import prefect.settings
from prefect.logging.handlers import PrefectConsoleHandler
from prefect.settings import get_current_settings, temporary_settings

from flows.server import Note, Server, server_for
from flows.server_settings import client_environment

OFF = logging.CRITICAL + 1


@asynccontextmanager
async def seated(home: Path, note: Note) -> AsyncIterator["asyncio.Future[Server]"]:
    """A server for as long as the block lasts. Our own starts beside whatever the block does before it awaits it."""
    given = given_server()
    if given is not None:
        found: asyncio.Future[Server] = asyncio.get_running_loop().create_future()
        found.set_result(given)
        yield found
        return
    seat = server_for(home, note)
    taking = asyncio.ensure_future(asyncio.to_thread(seat.__enter__))
    try:
        yield taking
    finally:
        await asyncio.wait({taking})
        if taking.exception() is None:
            await asyncio.to_thread(seat.__exit__, None, None, None)


def given_server() -> Server | None:
    """The server that PREFECT_API_URL or the person's profile names."""
    api = get_current_settings().api
    if not api.url:
        return None
    return Server(api_url=api.url, auth=api.auth_string.get_secret_value() if api.auth_string else None)


@contextmanager
def connected(server: Server, home: Path) -> Iterator[None]:
    """Prefect talks to `server` while the block runs, in this context and those it starts, and says nothing on the terminal.

    By settings in this context, not by environment: the password reaches no child process.
    """
    environment = client_environment(home / "prefect", server.api_url, server.auth)
    with quiet(), temporary_settings({getattr(prefect.settings, name): value for name, value in environment.items()}):
        yield


@contextmanager
def quiet() -> Iterator[None]:
    """Prefect's logs go to its server only: the terminal belongs to the progress bar.

    Of a task run that ends well it says nothing at all: its state says it, and a line each is a fifth of the server's work.
    """
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    handlers = {
        handler for logger in loggers for handler in logger.handlers if isinstance(handler, PrefectConsoleHandler)
    }
    former = {handler: handler.level for handler in handlers}
    for handler in handlers:
        handler.setLevel(OFF)
    task_runs = logging.getLogger("prefect.task_runs")
    level = task_runs.level
    task_runs.setLevel(logging.WARNING)
    try:
        yield
    finally:
        task_runs.setLevel(level)
        for handler, level in former.items():
            handler.setLevel(level)
