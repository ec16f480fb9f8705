"""fanout regenerate: a new edition of what is selected."""

from dataclasses import replace

import click

from campaign.model.orders import RunOrder
from campaign.settings import read_settings
from fanout.console import say
from fanout.fault_lines import many
from fanout.left_out import left_out, to_make
from fanout.options import order_options
from fanout.running import carry_out, nothing_to_do
from fanout.spending import allow


@click.command("regenerate")
@order_options
def command(order: RunOrder, *, yes: bool, as_json: bool) -> int:
    """Make a new edition of what is selected; all the rest stays as it is.

    A variant selected in all its ratios gets new modifies, and every ratio with them; otherwise only the selected ratios'
    reframes are made anew. A ratio that is only cropped or padded from what was made for another has nothing of its own to
    make anew. An edition that was begun and not finished is finished first: after an interruption the same
    command goes on.
    """
    from campaign.preparing.prepare import prepare
    from campaign.preparing.regenerating import SHARED, anew, barred, words_of_windows
    from campaign.preparing.selecting import select

    settings = read_settings(beside=order.campaign_file.parent)
    with prepare(order, settings) as prepared:
        chosen = barred(prepared, select(prepared.standing(), order))
        rest = left_out(prepared, chosen)
        if not to_make(chosen):
            return nothing_to_do(prepared, chosen, rest, as_json=as_json)
        wanted = anew(prepared, chosen)
        if wanted.windows:
            say("[yellow]nothing new:[/yellow] ", plain=words_of_windows(wanted.windows))
        if wanted.settled:
            return nothing_to_do(prepared, chosen, rest, as_json=as_json)
        films = [film.id for film in wanted.films]
        coming = prepared.anew(wanted.asks)
        bound = allow(coming, [film for film in coming.plan.films if film.id in films], order, settings, yes=yes)
        if count := len(wanted.unfinished):
            say("", plain=f"{many(count, 'variant')} with an edition begun before: that one is finished first")
        given = prepared.ledger.bump(prepared.plan.campaign, wanted.asks, by=settings.user)
        if len(given) < len(wanted.asks):
            say("", plain=SHARED)
    return carry_out(replace(order, films=tuple(films)), settings, bound, rest, as_json=as_json)
