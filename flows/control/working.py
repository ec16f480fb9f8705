"""How a flow run that was started from the server does its work: in a loop of its own, so that signals end it in good order."""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

from flows.control.stopping import STOP, Stop, own_flow_run_id
from flows.control.threads import POLITE
from flows.hosting.seats import USERS_LOCK, lock, take_run

T = TypeVar("T")
_HELD = contextlib.ExitStack()
"""Locks that this process holds until the kernel takes them: the engine still speaks to the server when a flow has returned."""


async def in_good_order(home: Path, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Do the work of a flow run in a process of its own; SIGINT, SIGTERM and SIGHUP stop it as a run's `Stop` does.

    In a thread: in the main one Prefect's engine, of every flow below this one too, installs a handler of SIGTERM that
    raises wherever the program just is. While the work goes on, the flow run's lock tells that somebody is at it.
    """
    stop = Stop()
    _take_place(home)
    loop = asyncio.get_running_loop()
    with contextlib.suppress(RuntimeError, ValueError):  # not the main thread: somebody else hears the signals
        for number in POLITE:
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, stop.request, signal.Signals(number).name)
    done = asyncio.ensure_future(asyncio.to_thread(_run, work, stop))
    try:
        return await asyncio.shield(done)
    except asyncio.CancelledError:
        this = asyncio.current_task()
        assert this is not None
        this.uncancel()
        stop.request("cancelled")
        return await done


def _run(work: Callable[[], Coroutine[Any, Any, T]], stop: Stop) -> T:
    STOP.set(stop)
    return asyncio.run(work())


def _take_place(home: Path) -> None:
    """Hold this flow run's lock, and a seat at our own server, so that it stays until the last state is in."""
    folder = home / "prefect"
    if not folder.is_dir():  # a machine that only works for a server elsewhere
        return
    _HELD.enter_context(lock(folder / USERS_LOCK, shared=True))
    _HELD.enter_context(take_run(folder, own_flow_run_id()))
