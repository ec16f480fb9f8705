"""Connects a run to its Prefect server: the one the person has set up, else our own; and keeps Prefect off the terminal."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import prefect.settings
from prefect.client.orchestration import get_client
from prefect.exceptions import PrefectHTTPStatusError
from prefect.logging.handlers import PrefectConsoleHandler
from prefect.settings import get_current_settings, temporary_settings

from campaign.errors import SetupError
from flows.hosting.server import Note, Server, revive, server_for
from flows.hosting.settings import client_environment

ANSWER_S = 15.0
WATCH_S = 1.0
OFF = logging.CRITICAL + 1


@asynccontextmanager
async def seated(home: Path, note: Note) -> AsyncIterator["asyncio.Future[Server]"]:
    """A server for as long as the block lasts. Our own starts beside whatever the block does before it awaits it.

    Raises SetupError, at once, for a server of the person's own that cannot be worked with.
    """
    given = given_server()
    if given is not None:
        await asyncio.to_thread(require_answer, given, home)
        found: asyncio.Future[Server] = asyncio.get_running_loop().create_future()
        found.set_result(given)
        yield found
        return
    seat = server_for(home, note)
    taking = asyncio.ensure_future(asyncio.to_thread(seat.__enter__))
    watching = asyncio.create_task(_kept_alive(taking, home, note))
    try:
        yield taking
    finally:
        watching.cancel()
        await asyncio.wait({taking, watching})
        if taking.exception() is None:
            await asyncio.to_thread(seat.__exit__, None, None, None)


def given_server() -> Server | None:
    """The server that PREFECT_API_URL or the person's profile names."""
    api = get_current_settings().api
    if not api.url:
        return None
    return Server(api_url=api.url, auth=api.auth_string.get_secret_value() if api.auth_string else None)


async def _kept_alive(taking: "asyncio.Future[Server]", home: Path, note: Note) -> None:
    """Start our own server again when it dies: Prefect repeats its requests for a minute, so that nobody notices."""
    await asyncio.wait({taking})
    while taking.exception() is None:
        await asyncio.sleep(WATCH_S)
        try:
            await asyncio.to_thread(revive, home, note)
        except SetupError as error:
            note(str(error))
            return


def require_answer(server: Server, home: Path) -> None:
    """Make sure that the server which the person has set up lets us in. Raises SetupError. Call it where no loop runs."""
    with connected(server, home):
        trouble = asyncio.run(why_silent())
    if trouble is not None:
        raise SetupError(
            f"the Prefect server at {server.api_url} {trouble}. Nothing was started. Mend PREFECT_API_URL or "
            "PREFECT_API_AUTH_STRING (or the Prefect profile), or unset both: then Fanout starts a server of its own."
        )


async def why_silent() -> str | None:
    """Why nothing can be recorded at the server that we are connected to; None when it answers and lets us in."""
    try:
        async with get_client() as client, asyncio.timeout(ANSWER_S):
            await client.request("GET", "/admin/version")
    except PrefectHTTPStatusError as error:
        status = error.response.status_code
        return "refuses the password" if status in {401, 403} else f"answers with status {status}"
    except TimeoutError:
        return f"does not answer within {ANSWER_S:.0f} s"
    except Exception as error:  # whatever its client's library raises: no name to resolve, nobody there, no TLS
        return f"cannot be reached ({error or type(error).__name__})"
    return None


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

    Of a task run that ends well it says nothing at all: its state says it.
    """
    loggers = [logging.getLogger(), *(logging.getLogger(name) for name in logging.root.manager.loggerDict)]
    handlers = {
        handler
        for logger in loggers
        for handler in logger.handlers
        if isinstance(handler, PrefectConsoleHandler) or _is_inner(logger, handler)
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


def _is_inner(logger: logging.Logger, handler: logging.Handler) -> bool:
    """Whether it is how Prefect's own machinery talks to the terminal: of a server that is gone, a page for each event."""
    return logger.name == "prefect._internal" and type(handler) is logging.StreamHandler
