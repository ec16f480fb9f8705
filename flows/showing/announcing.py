"""Tells whoever is to be told how a run ended: one notice for each market it worked on, and one when the money is used up."""

from contextlib import suppress

from campaign.errors import LedgerError
from campaign.model.money import text as usd
from campaign.model.outcomes import Reason
from flows.showing.digest import digests, tame
from flows.showing.events import Kind, tell
from flows.showing.gallery_links import PAGE, gallery_url
from flows.showing.gaps import cure
from flows.showing.tables import MARKET, counted
from tasks.workshop import Workshop


def announce(shop: Workshop, ending: str, *, stopped: bool) -> None:
    """Emit the events of a run that has ended as `ending`. A run that had nothing to do tells of no market."""
    campaign, tally = shop.plan.campaign, shop.tally
    markets = {work.variant.market for work in shop.left.works.values()}
    films = [film for film in shop.films if film.variant.market in markets]
    link, money = _link(shop), _money(shop)
    for digest in digests(films, tally, link, money=money, stopped=stopped):
        title = f"{campaign} {digest.market}: {digest.delivered} of {digest.films} films"
        counts = {"delivered": digest.delivered, "films": digest.films}
        tell(Kind.MARKET_ENDED, campaign, digest.text, title=title, market=digest.market, **counts)
    short = [end for end in tally.failures if end.reason is Reason.BUDGET]
    if short:
        words = f"{counted(len(short), 'film')} of {campaign} wait for money: {tame(short[0].sentence)}"
        text = "\n".join([words, *money, f"Next: {cure(Reason.BUDGET)}", f"Gallery: {link}"])
        tell(Kind.BUDGET_REACHED, campaign, text, films=len(short))
    tell(
        Kind.RUN_ENDED,
        campaign,
        f"{ending}: {tally.made} of {tally.films} films are made.",
        delivered=tally.made,
        failed=len(tally.failures),
        films=tally.films,
    )


def _money(shop: Workshop) -> list[str]:
    """What the whole run cost, and what is taken from budgets; nothing where the ledger is out of reach."""
    with suppress(LedgerError):
        budgets = [limit.told for limit in shop.hands.limits() if not limit.name.startswith(MARKET)]
        return [f"The run cost {usd(shop.hands.spent_usd())} USD in all markets.", *(f"{told}." for told in budgets)]
    return []


def _link(shop: Workshop) -> str:
    page = shop.plan.out / PAGE.lstrip("/")
    return gallery_url(shop.home, shop.plan.campaign, page) if shop.home is not None else page.absolute().as_uri()
