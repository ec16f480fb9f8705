"""fanout cancel: stop a run."""

from pathlib import Path

import click

from campaign.settings import read_settings
from fanout.console import say
from fanout.exits import DONE, REFUSED
from fanout.options import campaign_option, options


@click.command("cancel")
@options(campaign_option)
def command(campaign_file: Path) -> int:
    """Stop the run of this campaign that is under way, and say what will still bill."""
    from campaign.preparing.memory import open_memory
    from flows.launch import cancel

    settings = read_settings()
    stopped = cancel(campaign_file.absolute(), settings)
    if not stopped:
        say("No run of this campaign is under way.")
        return REFUSED
    for name in stopped:
        say("asked to stop: ", plain=name)
    with open_memory(campaign_file, settings) as memory:
        billing = [row for row in memory.ledger.export() if row["state"] in {"submitted", "in_doubt", "cancelling"}]
    paid = [row for row in billing if row["provider"] != "local"]
    say(
        f"{len(paid)} jobs are with a provider and will still bill"
        if paid
        else "Nothing is with a provider; nothing will bill."
    )
    return DONE
