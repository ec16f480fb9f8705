"""fanout report: write the gallery and the manifest again, from what lies there."""

import webbrowser
from pathlib import Path

import click

from campaign.model.orders import RunOrder
from campaign.settings import read_settings
from fanout.console import emit, say
from fanout.exits import DONE
from fanout.options import campaign_option, draft_option, json_option, options, provider_option


@click.command("report")
@click.option("--open", "show", is_flag=True, help="Open the gallery in the browser.")
@options(campaign_option, provider_option, draft_option, json_option)
def command(campaign_file: Path, provider: str | None, draft: bool, as_json: bool, show: bool) -> int:
    """(Re)write manifest and gallery from the ledger and the files, and print the way to them."""
    from campaign.gathering.gather import gather
    from campaign.preparing.prepare import prepare

    order = RunOrder(campaign_file=campaign_file, provider=provider, draft=draft, skip_bad=True)
    with prepare(order, read_settings()) as prepared:
        gathered = gather(prepared, frozenset())
    if as_json:
        emit({"gallery": str(gathered.gallery), "manifest": str(gathered.manifest)})
    say("gallery  ", plain=gathered.gallery.as_uri())
    say("manifest ", plain=str(gathered.manifest))
    if show:
        webbrowser.open(gathered.gallery.as_uri())
    return DONE
