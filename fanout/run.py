"""fanout run: the main job."""

import click

from campaign.model.orders import RunOrder
from campaign.model.outcomes import Status
from campaign.settings import read_settings
from fanout.console import say
from fanout.exits import REFUSED
from fanout.options import order_options
from fanout.running import allow, carry_out, nothing_to_do


@click.command("run")
@order_options
def command(order: RunOrder, *, yes: bool, as_json: bool) -> int:
    """Make the campaign: plan, buy or render, finish, check, gather. What is done already is not done again."""
    from campaign.preparing.prepare import prepare
    from campaign.preparing.selecting import select

    settings = read_settings()
    with prepare(order, settings) as prepared:
        chosen = select(prepared.standing(), order)
        if not chosen:
            say("[yellow]nothing is selected[/yellow]; `fanout status` shows what there is")
            return REFUSED
        if all(standing.status is Status.DELIVERED for standing in chosen):
            return nothing_to_do(prepared, chosen, as_json=as_json)
        if not allow(prepared, [standing.film for standing in chosen], yes=yes):
            return REFUSED
    return carry_out(order, settings, as_json=as_json)
