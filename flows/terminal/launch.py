"""Launches and cancels runs from a terminal: `fanout` calls this, and Prefect is imported here at the latest moment."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from campaign.model.orders import Progress, RunOrder
from campaign.preparing.home import ready_home
from campaign.secrets import guard_logs
from campaign.settings import Settings, preset
from flows.control.threads import InThread, signals_heard
from flows.hosting.settings import before_import, in_room

if TYPE_CHECKING:
    from campaign.preparing.billing import Spend
    from flows.room.keeping import RoomAddress
    from flows.showing.results import RunResult
    from tasks.workshop import Opening


def launch(
    order: RunOrder,
    settings: Settings,
    *,
    on_progress: Callable[[Progress], None],
    say: Callable[[str], None],
    opening: "Opening | None" = None,
    bound: "Spend | None" = None,
) -> "RunResult":
    """Run `order` on Prefect, to its end or until it is stopped; blocks.

    `on_progress` is called twice a second and `say` now and then, both from another thread. SIGINT, SIGTERM and SIGHUP
    stop the run in good order (the result is `interrupted`); a second SIGINT raises KeyboardInterrupt at once, and the
    caller should leave by os._exit(130), since Prefect's own exit handlers wait for the server.
    Raises InputError, SetupError, LedgerError, StoreError; SetupError too when anything but `bound` would be bought by now.
    `opening` opens another workshop than the campaign's own.
    """
    guard_logs()
    preset(before_import(settings.home_of(order.campaign_file.absolute().parent) / "prefect"))
    from flows.control.stopping import Stop
    from flows.terminal.attending import attend

    stop = Stop()
    run = InThread(
        lambda: attend(order, settings, stop=stop, listener=on_progress, say=say, opening=opening, bound=bound)
    )
    with signals_heard(stop.request, lambda: stop.reason is not None):
        return run.wait()


def serve(
    campaign_file: Path, settings: Settings, *, opened: Callable[["RoomAddress"], None], say: Callable[[str], None]
) -> None:
    """Keep the operations room of a campaign open until SIGINT, SIGTERM or SIGHUP; blocks.

    Runs under way then end in good order. A second SIGINT raises KeyboardInterrupt at once. `opened` is called when the
    room takes orders, both from another thread. Raises InputError, SetupError.
    """
    guard_logs()
    home = ready_home(campaign_file.absolute().parent, settings)
    (home / "prefect").mkdir(mode=0o700, exist_ok=True)
    preset({**before_import(home / "prefect"), **in_room()})
    from flows.control.stopping import Stop
    from flows.room.keeping import keep_open

    stop = Stop()
    room = InThread(lambda: keep_open(campaign_file.absolute(), settings, stop=stop, opened=opened, say=say))
    with signals_heard(stop.request, lambda: stop.reason is not None):
        room.wait()


def cancel(campaign_file: Path, settings: Settings) -> tuple[str, ...]:
    """Stop the runs of a campaign that are under way and wait for their end; returns their names, empty = none."""
    home = settings.home_of(campaign_file.absolute().parent)
    preset(before_import(home / "prefect"))
    from flows.terminal.cancelling import cancel_runs

    return cancel_runs(campaign_file.absolute(), home)
