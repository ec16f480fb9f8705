"""fanout regenerate: a new edition of what is selected."""

from dataclasses import replace

import click

from campaign.model.orders import RunOrder
from campaign.settings import read_settings
from fanout.console import say
from fanout.exits import REFUSED
from fanout.options import order_options
from fanout.running import allow, carry_out


@click.command("regenerate")
@order_options
def command(order: RunOrder, *, yes: bool, as_json: bool) -> int:
    """Make a new edition of what is selected; all the rest stays as it is.

    A variant selected in all its ratios gets new modifies, and every ratio with them; otherwise only the selected ratios'
    reframes are made anew.
    """
    from campaign.planning.regeneration import asks_of
    from campaign.preparing.prepare import prepare
    from campaign.preparing.selecting import select

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
