"""fanout run: the main job."""

import click

from campaign.model.orders import RunOrder
from campaign.model.outcomes import Status
from campaign.settings import read_settings
from fanout.left_out import left_out, to_make
from fanout.options import order_options
from fanout.running import carry_out, nothing_to_do
from fanout.spending import allow


@click.command("run")
@order_options
def command(order: RunOrder, *, yes: bool, as_json: bool) -> int:
    """Make the campaign: plan, buy or render, finish, check, gather. What is done already is not done again."""
    from campaign.preparing.prepare import prepare
    from campaign.preparing.selecting import select

    settings = read_settings(beside=order.campaign_file.parent)
    with prepare(order, settings) as prepared:
        chosen = select(prepared.standing(), order)
        films, rest = to_make(chosen), left_out(prepared, chosen)
        if all(film.status is Status.DELIVERED for film in films):
            return nothing_to_do(prepared, chosen, rest, as_json=as_json)
        bound = allow(prepared, [film.film for film in films], order, settings, yes=yes)
    return carry_out(order, settings, bound, rest, as_json=as_json)
