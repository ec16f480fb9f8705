"""Entry of the `fanout` command: finds the command's file when it is asked for, and leaves with its exit code."""

import gc
import importlib
import os
import resource
import signal
import sys
from types import FrameType
from typing import NoReturn

import click

from campaign.secrets import guard_logs
from campaign.settings import preset
from fanout.exits import INTERRUPTED

COMMANDS = {
    "check": "read every input and print all faults at once",
    "plan": "what would be made, reused and spent; no server, no key",
    "run": "make the campaign: plan, buy or render, finish, check, gather",
    "regenerate": "make a new edition of what is selected, the rest untouched",
    "approve": "approve drafts; let an error of quality control pass; agree to a price",
    "reject": "reject drafts: their finals are not bought; or a price that waits",
    "status": "where everything stands, from the ledger and the files",
    "jobs": "list and show jobs in the ledger",
    "cancel": "stop a run and say what will still bill",
    "ledger": "export, verify or back up the ledger, or move it to a server",
    "report": "write the gallery again and show the way to it",
    "stills": "export frames of the master to paint keyframes on",
    "serve": "the operations room: what is scheduled and started in Prefect's pages is made here",
    "doctor": "check this machine: ffmpeg, fonts, disk, server, database",
    "sample": "make the sample master edit",
    "emulate": "stand in for the paid providers on this machine: a rehearsal that costs nothing",
}


class Commands(click.Group):
    """A group that imports a command's file only when that command runs, so that each starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            self._suggest(ctx, cmd_name)
            return None
        command = importlib.import_module(f"fanout.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def _suggest(self, ctx: click.Context, word: str) -> None:
        import difflib

        if near := difflib.get_close_matches(word, COMMANDS, n=1):
            ctx.fail(f"No such command {word!r}. Did you mean {near[0]!r}?")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fanout")
def cli() -> None:
    """One approved master edit, every market variant, every aspect ratio.

    Start with `fanout sample`, `fanout plan` and `fanout run --draft`: free, offline, on real pixels.
    """


def main() -> NoReturn:
    """Run the command line and leave with one of the exit codes of `fanout.exits`."""
    _speak_utf8()
    _stay_on_one_core()
    _keep_secrets()
    _hear_endings()
    # A large plan is 60,000 lasting objects: looking for garbage among them again and again takes a third of the time.
    gc.set_threshold(200_000, 50, 100)
    _leave(perform(sys.argv[1:]))


def perform(arguments: list[str]) -> int:
    """Run one command; whatever ends it becomes words and an exit code. Under --json stdout gets one document in any case."""
    try:
        return cli.main(arguments, prog_name="fanout", standalone_mode=False) or 0
    except BrokenPipeError:
        return 0
    except (Exception, KeyboardInterrupt) as error:
        from fanout.endings import end

        return end(error, as_json="--json" in arguments)


def _speak_utf8() -> None:
    """Begin anew in UTF-8 where the locale knows ASCII only: names of files and cells hold any character."""
    if sys.getfilesystemencoding() != "utf-8":
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, "-X", "utf8", "-m", "fanout", *sys.argv[1:]])  # noqa: S606 (ourselves again, no shell)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr] # text streams


def _stay_on_one_core() -> None:
    """numpy computes in the thread that asks it, here and in what this process starts; said before it is imported.

    Films run side by side as it is, and on their small pictures threads of its own took 13 times the CPU (measured).
    """
    preset({"OPENBLAS_NUM_THREADS": "1"})


def _keep_secrets() -> None:
    """Keys are in this process's memory: no log tells them, and a crash writes no image of it to disk."""
    guard_logs()
    _, hardest = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hardest))


def _hear_endings() -> None:
    """SIGTERM and SIGHUP end a command as Ctrl-C does, unless whoever started it (nohup) has them ignored."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _leave(code: int) -> NoReturn:
    """Leave; at once when interrupted, since exit handlers of Prefect wait for its server."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if code == INTERRUPTED:
        os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    main()
