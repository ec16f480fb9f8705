"""The dry run of the room: what would be made and bought, as artifacts; nothing is spent, no edition written."""

from prefect import State
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.states import Completed

from campaign.model import money
from campaign.preparing.regenerating import What
from flows.approvals.quoting import Quote
from flows.approvals.wishes import Wish
from flows.showing.escaping import in_cell, key_of, plain
from flows.showing.tables import MOST, Rows, counted


async def rehearse(wish: Wish, quote: Quote) -> State[None]:
    """Show the quote of a wish, and end as a dry run that says what it would have come to."""
    if not quote.films:
        return Completed(name="Dry run", message=nothing_meant(wish, quote))
    words = f"{counted(len(quote.films), 'film')} would be made for {quote.price}; nothing was spent"
    await acreate_markdown_artifact(_page(quote), key_of(quote.campaign, "dry-run"), plain(words))
    await acreate_table_artifact(_rows(quote), key_of(quote.campaign, "dry-run-films"), plain(words))
    return Completed(name="Dry run", message=f"{words}.")


def nothing_meant(wish: Wish, quote: Quote) -> str:
    """Why the quote of a wish has no films."""
    if quote.unapproved:
        return f"Nothing to do: {quote.unapproved} films wait for an approval of their drafts; `fanout status` says of each why."
    if wish.what is What.CHANGED:
        return "Nothing to do: none of the chosen films has changed since the last run."
    if wish.what is What.FAILED:
        return (
            "Nothing to do: none of the chosen films has failed so that asking again would cure it. One that moderation "
            "refused is never asked for again in the same words, one in doubt waits for a person: `fanout status` says of each "
            "what to do."
        )
    return "Nothing to do: no film was chosen, or all of those chosen have faulty rows: `fanout status` says of each what to do."


def _page(quote: Quote) -> str:
    jobs = sum(count for count, _ in quote.by_provider.values())
    lines = [
        f"# {plain(quote.title)}",
        "",
        f"A dry run: **{counted(len(quote.films), 'film')}** of {counted(len(quote.variants), 'variant')} would be made, for "
        f"{plain(quote.price)}. Nothing was spent and no edition was written.",
        "",
        "| provider | jobs | up to, USD |",
        "|---|---|---|",
        *(f"| {plain(name)} | {count} | {money.text(usd)} |" for name, (count, usd) in quote.by_provider.items()),
        f"| **in all** | **{jobs}** | **{money.text(quote.price_usd)}** |",
        "",
    ]
    if quote.free_jobs:
        lines.append(f"- {counted(quote.free_jobs, 'job')} of this machine's own cost nothing")
    if quote.asks:
        lines.append("- made anew: each gets a new edition, and what was delivered stays until then")
    if quote.again:
        lines.append(f"- {plain(quote.again)}")
    if quote.begun:
        lines.append(f"- {counted(quote.begun, 'variant')} with a new take begun before: that one is finished first")
    if quote.remark:
        lines.append(f"- {plain(quote.remark)}")
    if quote.unapproved:
        lines.append(f"- left out: {counted(quote.unapproved, 'film')} whose drafts are not approved")
    if quote.asked:
        lines.append("- the run would wait for a person's yes to the price before it buys anything")
    lines += [f"- {plain(limit.told)}" for limit in quote.limits]
    lines += [f"- **nothing could be bought:** {plain(lack)}" for lack in quote.lacks]
    more = f" (the first {MOST} of them)" if len(quote.films) > MOST else ""
    return "\n".join(
        [*lines, "", f"The names of all files{more} are in the table `{key_of(quote.campaign, 'dry-run-films')}`."]
    )


def _rows(quote: Quote) -> Rows:
    return [
        {
            "variant": in_cell(film.variant),
            "ratio": film.ratio,
            "edition": str(film.edition),
            "files": ", ".join(in_cell(file) for file in film.files),
        }
        for film in quote.films[:MOST]
    ]
