"""fanout emulate: a stand-in for the paid providers, on this machine."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fanout.console import emit, say, say_table
from fanout.endings import Refused
from fanout.exits import DONE
from fanout.options import Usd, json_option, options, type_path

if TYPE_CHECKING:
    from emulator.server import Emulator

PORT = 8778
APART = {"FANOUT_HOME": ".fanout-rehearsal", "FANOUT_OUT": "out-rehearsal"}
"""What is rehearsed is not taken for bought, and its films do not lie under the names of real ones."""
TAKES_S, FAST_TAKES_S = (2.0, 6.0), (0.05, 0.2)


@click.command("emulate")
@options(
    click.option("--host", default="127.0.0.1", show_default=True, help="A name of this machine; no other is taken."),
    click.option(
        "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="0 takes any free one."
    ),
    click.option("--fast", is_flag=True, help="Share films among jobs that start from the same source: for load runs."),
    click.option("--takes", metavar="MIN,MAX", help="Seconds that a job takes. [default: 2,6; with --fast 0.05,0.2]"),
    click.option(
        "--slots", metavar="VENDOR=N,…", default="", help="Jobs of a vendor at once: Luma refuses more, others wait."
    ),
    click.option(
        "--faults", metavar="NAME=VALUE,…", default="", help="What goes wrong, e.g. p_post_drop=0.3,mod=beach."
    ),
    click.option("--list-faults", is_flag=True, help="Print every fault there is, and leave."),
    click.option(
        "--seed", type=int, default=0, show_default=True, help="Which jobs the faults strike, how long each takes."
    ),
    click.option("--credit", type=Usd(), help="USD on each account together; more is refused."),
    click.option(
        "--bill", type=type_path, help="Keep the bill in this file, jobs and films beside it: it survives a restart."
    ),
    click.option(
        "--key", "keys", multiple=True, metavar="VENDOR=KEY", help="Take this key instead of the rehearsal's."
    ),
    click.option("--tls", type=type_path, nargs=2, metavar="CERT KEY", help="Speak https with this certificate."),
    json_option,
)
def command(as_json: bool, list_faults: bool, **said: Any) -> int:
    """Stand in for Luma, Runware and fal: their protocols, real films made by ffmpeg, a bill that nobody pays.

    Costs nothing and reaches no network. Set faults while it runs with POST /_emulator/faults, read the bill with
    GET /_emulator/bill. Ctrl-C ends it.
    """
    if list_faults:
        return _listed(as_json)
    emulator = _built(said)

    def tell() -> None:
        _tell(emulator, as_json)

    with suppress(KeyboardInterrupt):  # the usual way to end a server
        emulator.serve(tell)
    spent, jobs = emulator.books.spent(), len(emulator.books.bill())
    say(f"ended: {jobs} jobs, {spent} USD on the bill, 0.00 USD in truth")
    return DONE


def _built(said: dict[str, Any]) -> "Emulator":
    from emulator.faults import read_faults
    from emulator.options import Options
    from emulator.server import Emulator

    try:
        chosen = Options(
            host=said["host"],
            port=said["port"],
            fast=said["fast"],
            takes_s=_span(said["takes"]) if said["takes"] else FAST_TAKES_S if said["fast"] else TAKES_S,
            seed=said["seed"],
            faults=read_faults(said["faults"]),
            keys=_keys(said["keys"]),
            credit_usd=said["credit"],
            bill=_path(said["bill"]),
            tls=said["tls"] or None,
            slots=dict(Options().slots) | _slots(said["slots"]),
        )
        return Emulator(chosen)
    except ValueError as error:
        raise Refused(str(error)) from None
    except OSError as error:
        raise Refused(f"port {said['port']}: {error.strerror}. Choose another with --port, or 0 for any.") from None


def _tell(emulator: "Emulator", as_json: bool) -> None:
    """What to paste, and that nothing is paid."""
    say("[bold]This is a rehearsal.[/bold] A stand-in for Luma, Runware and fal listens on ", plain=emulator.url)
    say("Nothing is paid and no model works: its films are made by ffmpeg from what it is sent. Paste:")
    environment = emulator.environment()
    for name, value in (environment | APART).items():
        say("", plain=f"  export {name}={value}")
    say(
        "then e.g. [cyan]fanout run --provider luma --max-usd 50[/cyan] in that shell: what it makes and buys lies apart from"
    )
    say("the real campaign. Afterwards open a new shell, which knows nothing of all this. Ctrl-C ends the rehearsal.")
    if faults := emulator.faults.in_force():
        say("[yellow]faults:[/yellow] ", plain=", ".join(f"{name}={value}" for name, value in faults.items()))
    if as_json:
        bill = emulator.options.bill
        emit(
            {
                "rehearsal": True,
                "url": emulator.url,
                "port": emulator.port,
                "pid": os.getpid(),
                "environment": environment,
                "apart": APART,
                "faults": emulator.faults.in_force(),
                "bill": str(bill) if bill else None,
            }
        )
        sys.stdout.flush()


def _listed(as_json: bool) -> int:
    from emulator.catalogue import CATALOGUE

    if as_json:
        emit(
            {name: {"kind": fault.kind, "told": fault.told, "words": fault.words} for name, fault in CATALOGUE.items()}
        )
    rows = [(name, fault.kind, fault.told) for name, fault in CATALOGUE.items()]
    say_table("Faults (luma.NAME, runware.NAME, fal.NAME for one vendor)", ("name", "set to", "what happens"), rows)
    return DONE


def _span(text: str) -> tuple[float, float]:
    least, _, most = text.partition(",")
    try:
        return float(least), float(most or least)
    except ValueError:
        raise ValueError(f"--takes {text}: two numbers of seconds, like 2,6") from None


def _slots(text: str) -> dict[str, int]:
    slots = {}
    for part in filter(None, text.split(",")):
        vendor, _, number = part.partition("=")
        if vendor not in ("luma", "runware", "fal") or not number.isdigit():
            raise ValueError(f"--slots {part}: like luma=10; vendors are luma, runware, fal")
        slots[vendor] = int(number)
    return slots


def _keys(given: tuple[str, ...]) -> Any:
    from emulator.options import Keys

    said = dict(part.partition("=")[::2] for part in given)
    if unknown := [vendor for vendor in said if vendor not in Keys.__dataclass_fields__ or not said[vendor]]:
        raise ValueError(f"--key {unknown[0]}=…: like luma=KEY; vendors are luma, runware, fal")
    return Keys(**said)


def _path(path: Path | None) -> Path | None:
    return path.absolute() if path else None
