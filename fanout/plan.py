"""fanout plan: what would be made, reused and spent."""

from pathlib import Path

import click

from campaign.model.faults import Level
from campaign.model.orders import RunOrder
from campaign.settings import read_settings
from fanout.console import emit, say, say_faults
from fanout.exits import DONE, REFUSED
from fanout.master_report import report_document, say_told
from fanout.options import (
    campaign_option,
    draft_option,
    json_option,
    only_option,
    options,
    provider_option,
    skip_bad_option,
)
from fanout.plan_document import document
from fanout.plan_pages import show


@click.command("plan")
@click.option("--names/--no-names", default=True, help="Print every file name.")
@options(campaign_option, provider_option, draft_option, only_option, skip_bad_option, json_option)
def command(
    campaign_file: Path,
    provider: str | None,
    draft: bool,
    only: tuple[str, ...],
    skip_bad: bool,
    names: bool,
    as_json: bool,
) -> int:
    """What would be made, reused and spent. No server, no key, no spend."""
    from campaign.preparing.master_report import report_master
    from campaign.preparing.prepare import prepare
    from campaign.preparing.selecting import select

    order = RunOrder(campaign_file=campaign_file, provider=provider, draft=draft, only=only, skip_bad=skip_bad)
    with prepare(order, read_settings(beside=campaign_file.parent)) as prepared:
        standing = prepared.standing()
        chosen = select(standing, order)
        master, report = prepared.plan.master, report_master(prepared)
        if as_json:
            whole = document(prepared, standing, chosen)
            emit(whole | {"master_report": report_document(master, report)})
        else:
            say_faults([fault for fault in prepared.plan.faults if fault.level is not Level.INFO])
            say_told(master, report, prepared.plan.provider)
            show(prepared, standing, chosen, names=names)
    if not prepared.plan.own_refusals:
        return DONE
    say(f"[red]{prepared.plan.provider} refuses this plan;[/red] nothing would be bought.")
    return REFUSED
