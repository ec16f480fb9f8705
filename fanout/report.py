"""fanout report: write the gallery and the manifest again, from what lies there."""

import webbrowser
from pathlib import Path

import click

from campaign.settings import read_settings, without_keys
from fanout.console import emit, say
from fanout.exits import DONE
from fanout.options import as_last_option, campaign_option, json_option, options, provider_option


@click.command("report")
@click.option("--open", "show", is_flag=True, help="Open the gallery in the browser.")
@options(campaign_option, provider_option, as_last_option, json_option)
def command(campaign_file: Path, provider: str | None, draft: bool | None, as_json: bool, show: bool) -> int:
    """(Re)write manifest and gallery from the ledger and the files, and print the way to them."""
    from campaign.gathering.gather import gather
    from campaign.preparing.prepare import prepare_as_last

    with prepare_as_last(campaign_file, read_settings(beside=campaign_file.parent), provider=provider, draft=draft) as (
        _,
        prepared,
    ):
        gathered = gather(prepared, frozenset())
    if as_json:
        emit({"gallery": str(gathered.gallery), "manifest": str(gathered.manifest)})
    say("gallery  ", plain=gathered.gallery.as_uri())
    say("manifest ", plain=str(gathered.manifest))
    if show:
        with without_keys():
            webbrowser.open(gathered.gallery.as_uri())
    return DONE
