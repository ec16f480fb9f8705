"""Launches and cancels runs from a terminal: `fanout` calls this, and Prefect is imported here at the latest moment."""

import asyncio
import contextvars
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from campaign.model.orders import Progress, RunOrder
from campaign.secrets import guard_logs
from campaign.settings import Settings, preset
from flows.server_settings import before_import

if TYPE_CHECKING:
    from flows.results import RunResult
    from tasks.workshop import Opening

POLITE = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Signals that end a run in good order; SIGINT once more ends it at once."""


def launch(
    order: RunOrder,
    settings: Settings,
    *,
    on_progress: Callable[[Progress], None],
    say: Callable[[str], None],
    opening: "Opening | None" = None,
) -> "RunResult":
    """Run `order` on Prefect, to its end or until it is stopped; blocks.

    `on_progress` is called twice a second and `say` now and then, both from another thread. SIGINT, SIGTERM and SIGHUP
    stop the run in good order (the result is `interrupted`); a second SIGINT raises KeyboardInterrupt at once, and the
    caller should leave by os._exit(130), since Prefect's own exit handlers wait for the server.
    Raises InputError, SetupError, LedgerError, StoreError. `opening` opens another workshop than the campaign's own.
    """
    guard_logs()
    preset(before_import(settings.home_of(order.campaign_file.absolute().parent) / "prefect"))
    from flows.attending import attend
    from flows.stopping import Stop

    stop = Stop()
    run = _InThread(lambda: attend(order, settings, stop=stop, listener=on_progress, say=say, opening=opening))
    with _signals(stop.request, lambda: stop.reason is not None):
        return run.wait()


def cancel(campaign_file: Path, settings: Settings) -> tuple[str, ...]:
    """Stop the runs of a campaign that are under way and wait for their end; returns their names, empty = none."""
    home = settings.home_of(campaign_file.absolute().parent)
    preset(before_import(home / "prefect"))
    from flows.cancelling import cancel_runs

    return cancel_runs(campaign_file.absolute(), home)


class _InThread:
    """A coroutine in a loop and a thread of its own.

    Not in the main thread: there Prefect's engine installs a handler of SIGTERM that raises wherever the program just is.
    """

    def __init__(self, coroutine: "Callable[[], Coroutine[object, object, RunResult]]") -> None:
        self._result: RunResult | None = None
        self._error: BaseException | None = None
        self._coroutine = coroutine
        self._thread = threading.Thread(
            target=contextvars.copy_context().run, args=(self._run,), name="run", daemon=True
        )
        self._thread.start()

    def _run(self) -> None:
        try:
            self._result = asyncio.run(self._coroutine())
        except BaseException as error:
            self._error = error

    def wait(self) -> "RunResult":
        """Its result, or the error that ended it."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        assert self._result is not None
        return self._result


@contextmanager
def _signals(request: Callable[[str], None], asked: Callable[[], bool]) -> Iterator[None]:
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
