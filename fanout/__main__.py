"""Entry of the `fanout` command: finds the command's file when it is asked for, turns errors into exit codes."""

import gc
import importlib
import sys
import traceback

import click

from campaign.errors import CampaignError, InputError
from fanout.console import say, say_faults
from fanout.exits import INTERRUPTED, OUR_FAULT, REFUSED

COMMANDS = {
    "check": "read every input and print all faults at once",
    "plan": "what would be made, reused and spent; no server, no key, no spend",
    "run": "make the campaign: plan, buy or render, finish, check, gather",
    "regenerate": "make a new edition of what is selected, the rest untouched",
    "status": "where everything stands, from the ledger and the files",
    "jobs": "list and show jobs in the ledger",
    "cancel": "stop a run and say what will still bill",
    "ledger": "export the ledger, or verify it against its events and files",
    "report": "write the gallery again and show the way to it",
    "stills": "export frames of the master to paint keyframes on",
    "doctor": "check this machine: ffmpeg, fonts, disk, server, database",
    "sample": "make the sample master edit",
}


class Commands(click.Group):
    """A group that imports a command's file only when that command runs, so that each starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"fanout.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="fanout")
def cli() -> None:
    """One approved master edit, every market variant, every aspect ratio.

    Start with `fanout sample`, `fanout plan` and `fanout run --draft`: free, offline, on real pixels.
    """


def main() -> None:
    """Run the command line and leave with an exit code of DESIGN: 0, 2, 3, 4, 5, 130, or 1 for our own fault."""
    # A large plan is 60,000 lasting objects: looking for garbage among them again and again takes a third of the time.
    gc.set_threshold(200_000, 50, 100)
    try:
        sys.exit(cli.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        say("interrupted")
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(REFUSED)
    except InputError as error:
        say_faults(error.faults)
        sys.exit(REFUSED)
    except CampaignError as error:
        say("[red]stopped:[/red] ", plain=str(error))
        sys.exit(REFUSED)
    except KeyboardInterrupt:
        say("interrupted")
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        sys.exit(0)
    except Exception:
        say("[red]This is a fault of Fanout itself, not yours.[/red] Nothing paid is lost: the ledger has it. Details:")
        traceback.print_exc()
        sys.exit(OUR_FAULT)


if __name__ == "__main__":
    main()
