"""fanout regenerate: a new edition of what is selected."""

from dataclasses import replace

import click

from campaign.model.orders import RunOrder
from campaign.settings import read_settings
from fanout.console import say
from fanout.fault_lines import many
from fanout.left_out import barred, left_out, to_make
from fanout.options import order_options
from fanout.running import carry_out, nothing_to_do
from fanout.spending import allow


@click.command("regenerate")
@order_options
def command(order: RunOrder, *, yes: bool, as_json: bool) -> int:
    """Make a new edition of what is selected; all the rest stays as it is.

    A variant selected in all its ratios gets new modifies, and every ratio with them; otherwise only the selected ratios'
    reframes are made anew. An edition that was begun and not finished is finished first: after an interruption the same
    command goes on.
    """
    from campaign.planning.regeneration import asks_of, begun
    from campaign.preparing.prepare import prepare
    from campaign.preparing.selecting import select

    settings = read_settings(beside=order.campaign_file.parent)
    with prepare(order, settings) as prepared:
        chosen = barred(prepared, select(prepared.standing(), order))
        films, rest = [film.film for film in to_make(chosen)], left_out(prepared, chosen)
        if not films:
            return nothing_to_do(prepared, chosen, rest, as_json=as_json)
        unfinished = begun(chosen)
        asks = asks_of(
            prepared.plan,
            [film for film in films if film.variant.key not in unfinished],
            [film.film for film in rest.unapproved],
        )
        allow(prepared, films, order, settings, yes=yes, anew=frozenset(ask for _, ask in asks))
        if unfinished:
            say(
                "", plain=f"{many(len(unfinished), 'variant')} with an edition begun before: that one is finished first"
            )
        prepared.ledger.bump(prepared.plan.campaign, asks, by=settings.user)
    return carry_out(replace(order, films=tuple(film.id for film in films)), settings, rest, as_json=as_json)
