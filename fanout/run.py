"""fanout run: the main job."""

import click

from campaign.model.orders import RunOrder
from campaign.model.outcomes import Status
from campaign.settings import read_settings
from fanout.options import order_options
from fanout.running import allow, carry_out, left_out, nothing_to_do, say_left_out


@click.command("run")
@order_options
def command(order: RunOrder, *, yes: bool, as_json: bool) -> int:
    """Make the campaign: plan, buy or render, finish, check, gather. What is done already is not done again."""
    from campaign.preparing.prepare import prepare
    from campaign.preparing.selecting import select

    settings = read_settings()
    with prepare(order, settings) as prepared:
        chosen = select(prepared.standing(), order)
        films = [standing.film for standing in chosen if standing.film.skip is None]
        bad = left_out(chosen)
        say_left_out(prepared, bad)
        if all(standing.status is Status.DELIVERED for standing in chosen if standing.film.skip is None):
            return nothing_to_do(prepared, chosen, bad, as_json=as_json)
        allow(prepared, films, yes=yes)
    return carry_out(order, settings, bad, as_json=as_json)
