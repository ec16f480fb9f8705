"""Work in a loop and a thread of its own, while the main thread hears signals."""

import asyncio
import contextvars
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Generic, TypeVar

T = TypeVar("T")
POLITE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that end work in good order; SIGINT once more ends it at once."""


class InThread(Generic[T]):
    """A coroutine in a loop and a thread of its own.

    Not in the main thread: there Prefect's engine installs a handler of SIGTERM that raises wherever the program just is.
    """

    def __init__(self, coroutine: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._coroutine = coroutine
        self._thread = threading.Thread(
            target=contextvars.copy_context().run, args=(self._run,), name="run", daemon=True
        )
        self._thread.start()

    def _run(self) -> None:
        try:
            self._results.append(asyncio.run(self._coroutine()))
        except BaseException as error:
            self._error = error

    def wait(self) -> T:
        """Its result, or the error that ended it."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._results[0]


@contextmanager
def signals_heard(request: Callable[[str], None], asked: Callable[[], bool]) -> Iterator[None]:
    """Hear signals while the block runs. Outside the main thread the program's own handlers stay as they are."""

    def hear(number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and asked():
            raise KeyboardInterrupt
        request(signal.Signals(number).name)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # Those that whoever started us has ignored (nohup, a shell's background job) stay ignored.
    heard = [number for number in POLITE if signal.getsignal(number) is not signal.SIG_IGN]
    former = {number: signal.signal(number, hear) for number in heard}
    try:
        yield
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
