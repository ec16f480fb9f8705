"""fanout regenerate: a new edition of what is selected."""

from dataclasses import replace
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


@click.command("regenerate")
@click.option("--max-usd", type=Usd(), help="Spend no more than this in this run.")
@click.option("--yes", is_flag=True, help="Do not ask.")
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
    """Make a new edition of what is selected; all the rest stays as it is.

    Selecting a ratio makes only that ratio's reframe anew; otherwise the modify, and every ratio with it.
    """
    from campaign.planning.regeneration import asks_of
    from campaign.preparing.prepare import prepare
    from campaign.preparing.selecting import select

    order = RunOrder(
        campaign_file=campaign_file, provider=provider, draft=draft, only=only, skip_bad=skip_bad, max_usd=max_usd
    )
    settings = read_settings()
    with prepare(order, settings) as prepared:
        films = [standing.film for standing in select(prepared.standing(), order) if standing.film.skip is None]
        if not films:
            say("[yellow]nothing is selected[/yellow]; `fanout status` shows what there is")
            return REFUSED
        asks = asks_of(prepared.plan, films)
        if not allow(prepared, films, yes=yes, anew=frozenset(ask for _, ask in asks)):
            return REFUSED
        prepared.ledger.bump(prepared.plan.campaign, asks, by=settings.user)
    return carry_out(replace(order, films=tuple(film.id for film in films)), settings, as_json=as_json)
