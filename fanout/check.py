"""fanout check: every fault of every input at once."""

from dataclasses import asdict
from pathlib import Path

import click

from campaign.errors import InputError
from campaign.model.faults import Fault, Level
from campaign.model.orders import RunOrder
from campaign.model.plan import Refusal
from campaign.settings import read_settings
from fanout.console import emit, say, say_faults
from fanout.endings import refusal_text
from fanout.exits import DONE, REFUSED
from fanout.master_report import report_document, say_report
from fanout.options import campaign_option, draft_option, json_option, options, provider_option


@click.command("check")
@options(campaign_option, provider_option, draft_option, json_option)
def command(campaign_file: Path, provider: str | None, draft: bool, as_json: bool) -> int:
    """Read every input and print all faults at once, what the master is like, and what the provider would refuse. Spends
    nothing."""
    from campaign.preparing.master_report import report_master
    from campaign.preparing.prepare import prepare

    order = RunOrder(campaign_file=campaign_file, provider=provider, draft=draft)
    faults: tuple[Fault, ...]
    refusals: tuple[Refusal, ...] = ()
    master: dict[str, object] | None = None
    try:
        with prepare(order, read_settings(beside=campaign_file.parent)) as prepared:
            faults = prepared.plan.faults
            refusals = prepared.plan.own_refusals
            edit, report = prepared.plan.master, report_master(prepared)
            master = report_document(edit, report)
            if not as_json:
                say_report(edit, report)
    except InputError as error:
        faults = error.faults
    if as_json:
        found = {"faults": [asdict(fault) for fault in faults], "refusals": [asdict(refusal) for refusal in refusals]}
        emit(found | {"master": master})
    say_faults(faults)
    for refusal in refusals:
        say(f"[red]{refusal.provider} refuses[/red] ", plain=refusal_text(refusal))
    if refusals or any(fault.level is Level.ERROR for fault in faults):
        return REFUSED
    say("[green]No errors.[/green] `fanout plan` shows what would be made and what it costs.")
    return DONE
