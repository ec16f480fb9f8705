"""fanout cancel: stop a run."""

from pathlib import Path

import click

from campaign.model.outcomes import JobState
from campaign.settings import read_settings
from fanout.console import emit, say
from fanout.exits import DONE, REFUSED
from fanout.fault_lines import many
from fanout.options import campaign_option, json_option, options, plain

BILLING = frozenset({JobState.SUBMITTED, JobState.IN_DOUBT, JobState.RECONCILING, JobState.CANCELLING})
"""Jobs in these states are, or may be, with a provider."""


@click.command("cancel")
@options(campaign_option, json_option)
def command(campaign_file: Path, as_json: bool) -> int:
    """Stop the run of this campaign that is under way, wait for its end, and say what will still bill."""
    from campaign.preparing.memory import open_memory
    from flows.launch import cancel

    settings = read_settings()
    with open_memory(campaign_file, settings) as memory:
        stopped = cancel(plain(campaign_file), settings)
        with_provider = [row for row in memory.ledger.export() if row["state"] in BILLING]
    billing = [str(row["work_key"]) for row in with_provider if row["provider"] != "local"]
    if as_json:
        emit({"stopped": stopped, "billing": billing})
    for name in stopped:
        say("stopped: ", plain=name)
    if not stopped:
        say("No run of this campaign is under way.")
    if billing:
        say("", plain=f"{many(len(billing), 'job')} with a provider may still bill; `fanout jobs list` names them.")
    else:
        say("Nothing is with a provider; nothing will bill.")
    return DONE if stopped else REFUSED
