"""How a run is asked to stop, by a signal or in the Prefect UI, and how it then ends in good order."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from contextvars import ContextVar
from enum import StrEnum
from typing import Any
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.context import FlowRunContext

WATCH_S = 2.0
_ENDED_FOR_US = {StateType.CANCELLING, StateType.CANCELLED, StateType.CRASHED}
"""Crashed: taken for dead, its work may be another's by now."""


class Stop:
    """A request to stop, made once from any thread and heard in the loop of the run."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal may arrive while another one's handler holds it
        self._reason: str | None = None
        self._heard: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    @property
    def reason(self) -> str | None:
        """Why the run is to stop, None as long as it is not."""
        return self._reason

    def request(self, reason: str) -> None:
        """Ask; a second time changes nothing."""
        with self._lock:
            if self._reason is not None:
                return
            self._reason = reason
            for loop, event in self._heard:
                with suppress(RuntimeError):  # that run's loop has closed
                    loop.call_soon_threadsafe(event.set)

    async def wait(self) -> None:
        """Return when a stop has been asked for."""
        event = asyncio.Event()
        with self._lock:
            if self._reason is not None:
                return
            self._heard.append((asyncio.get_running_loop(), event))
        await event.wait()


STOP: ContextVar[Stop] = ContextVar("stop")
"""The stop of the run; a flow that a worker starts has none, and hears of a cancel only from the server."""


def own_flow_run_id() -> UUID:
    """The id of the flow run that asks."""
    context = FlowRunContext.get()
    assert context is not None and context.flow_run is not None, "asked outside a flow run"
    return context.flow_run.id


class Ending(StrEnum):
    """What brought a flow run's work to an end before it was done."""

    SIGNAL = "a signal"
    SERVER = "Cancel in Prefect"
    CALLER = "the run it belongs to"


async def unless_stopped(
    work: Coroutine[Any, Any, None], flow_run_id: UUID, *, watch_s: float = WATCH_S
) -> Ending | None:
    """Do the work of a flow run. When it is stopped before its end, end all it had begun and say what stopped it.

    Stopped by the run's `Stop`, by Cancel in the UI, or by cancelling the caller, which is taken up here, so that the
    flow run can end Cancelled in the server.
    """
    task = asyncio.create_task(work)
    server = asyncio.create_task(_cancelled_in_server(flow_run_id, watch_s))
    stop = STOP.get(None)
    signal = asyncio.create_task(stop.wait() if stop is not None else _never())
    ending: Ending | None = None
    try:
        await asyncio.wait({task, server, signal}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            ending = Ending.SIGNAL if signal.done() else Ending.SERVER
    except asyncio.CancelledError:
        this = asyncio.current_task()
        assert this is not None
        this.uncancel()
        ending = Ending.CALLER
    finally:
        for each in (task, server, signal):
            each.cancel()
        await asyncio.wait({task, server, signal})
    if not task.cancelled():
        task.result()
    return ending


async def _never() -> None:
    await asyncio.Event().wait()


async def _cancelled_in_server(flow_run_id: UUID, watch_s: float) -> None:
    """Return when the server says that the flow run is to be cancelled. Its silence means nothing: the run goes on."""
    while True:
        await asyncio.sleep(watch_s)
        with suppress(Exception):  # whatever keeps the server from answering must not stop paid work
            async with get_client() as client:
                while not await _is_cancelled(client, flow_run_id):
                    await asyncio.sleep(watch_s)
                return


async def _is_cancelled(client: PrefectClient, flow_run_id: UUID) -> bool:
    state = (await client.read_flow_run(flow_run_id)).state
    return state is not None and state.type in _ENDED_FOR_US
