"""fanout cancel: stop a run."""

from pathlib import Path

import click

from campaign.settings import read_settings
from fanout.calling_off import say_aftermath, say_plainly
from fanout.console import emit, say
from fanout.exits import DONE, REFUSED
from fanout.options import campaign_option, json_option, options, plain


@click.command("cancel")
@options(campaign_option, json_option)
def command(campaign_file: Path, as_json: bool) -> int:
    """Stop the run of this campaign that is under way, and say what will still bill.

    Waits for the run's end, calls off what runs at providers that can (fal; Luma and Runware cannot), keeps what had
    finished.
    """
    from flows.control.calling_off import call_off_all, with_providers
    from flows.terminal.launch import cancel

    settings = read_settings(beside=campaign_file.parent)
    before = with_providers(campaign_file, settings)
    stopped = cancel(plain(campaign_file), settings)
    for name in stopped:
        say("stopped: ", plain=name)
    if not stopped:
        say("No run of this campaign is under way.")
    after = call_off_all(campaign_file, settings, before, say=say_plainly)
    if as_json:
        emit({"stopped": stopped, **after.document()})
    say_aftermath(after)
    return DONE if stopped or after.called_off or after.kept else REFUSED
