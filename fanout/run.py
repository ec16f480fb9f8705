"""fanout run: the main job."""

from decimal import Decimal
from pathlib import Path

import click

from campaign.model.orders import RunOrder
from campaign.settings import read_settings
from fanout.console import say
from fanout.exits import REFUSED
from fanout.options import (
    Usd,
    campaign_option,
    draft_option,
    json_option,
    only_option,
    options,
    provider_option,
    skip_bad_option,
)
from fanout.running import allow, carry_out


@click.command("run")
@click.option("--max-usd", type=Usd(), help="Spend no more than this in this run.")
@click.option("--yes", is_flag=True, help="Do not ask before spending.")
@options(campaign_option, provider_option, draft_option, only_option, skip_bad_option, json_option)
def command(
    campaign_file: Path,
    provider: str | None,
    draft: bool,
    only: tuple[str, ...],
    skip_bad: bool,
    max_usd: Decimal | None,
    yes: bool,
    as_json: bool,
) -> int:
    """Make the campaign: plan, buy or render, finish, check, gather. What is done already is not done again."""
    from campaign.preparing.prepare import prepare
    from campaign.preparing.selecting import select

    order = RunOrder(
        campaign_file=campaign_file.absolute(),
        provider=provider,
        draft=draft,
        only=only,
        skip_bad=skip_bad,
        max_usd=max_usd,
    )
    settings = read_settings()
    with prepare(order, settings) as prepared:
        chosen = select(prepared.standing(), order)
        if not chosen:
            say("[yellow]nothing is selected[/yellow]; `fanout status` shows what there is")
            return REFUSED
        if not allow(prepared, [standing.film for standing in chosen], yes=yes):
            return REFUSED
    return carry_out(order, settings, as_json=as_json)
