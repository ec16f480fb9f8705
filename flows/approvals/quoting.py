"""What an order of the room would make and buy, worked out and put down again: nothing is held while a person thinks."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from campaign.buying.limits import limits_of
from campaign.model import money
from campaign.model.jobs import PlannedJob
from campaign.model.orders import CapUse
from campaign.model.plan import Film
from campaign.preparing.billing import Bill, Spend, agreed, bill_of
from campaign.preparing.prepare import Prepared, prepare
from campaign.preparing.regenerating import Anew, meant, plainly, words_of_windows
from campaign.settings import Settings
from flows.approvals.wishes import Wish, require_films
from flows.showing.tables import run_title
from tasks.hands import purse_of

Ask = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One film of a quote: its id, what it is of, and the files it becomes."""

    film: str
    variant: str
    ratio: str
    edition: int
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a wish comes to, as of now.

    `films` are those that are to be made, `settled` whether all of them are delivered already, unchanged since the run of
    `since`; `remark` tells of some that have nothing of their own to make anew; `unapproved` how many more were meant but
    wait for an approval; `begun` how many variants have a new take that another run asked for, which is finished first.
    `by_provider` gives jobs and USD of what would be bought. `asks` get a new edition, each with the one that was seen. `lacks`
    are sentences why nothing can be bought at all, `again` one when films are bought that were paid for and have changed
    since. `asked` tells whether somebody has to agree to the price, and has not yet.
    `limits` are the budgets that it pays from.
    """

    campaign: str
    home: Path
    out: Path
    provider: str
    draft: bool
    resolution: str
    films: tuple[Offer, ...]
    settled: bool
    remark: str
    since: datetime | None
    unapproved: int
    begun: int
    free_jobs: int
    by_provider: Mapping[str, tuple[int, Decimal]]
    spend: Spend
    asks: Mapping[Ask, int]
    lacks: tuple[str, ...]
    again: str
    asked: bool
    left_out: tuple[str, ...]
    wait_hours: float
    limits: tuple[CapUse, ...]

    @property
    def variants(self) -> tuple[str, ...]:
        """Keys of the variants that are made, each once."""
        return tuple(dict.fromkeys(offer.variant for offer in self.films))

    @property
    def title(self) -> str:
        """`fresh-days: 12 variants x 6 ratios, draft on local`."""
        ratios = len({offer.ratio for offer in self.films})
        return run_title(self.campaign, len(self.variants), ratios, self.provider, draft=self.draft)

    @property
    def ids(self) -> tuple[str, ...]:
        """Ids of the films."""
        return tuple(offer.film for offer in self.films)

    @property
    def price_usd(self) -> Decimal:
        """The most that it costs."""
        return self.spend.price_usd

    @property
    def price(self) -> str:
        """`up to 12.96 USD at luma (24 jobs)`; `nothing` where nothing is bought."""
        parts = [
            f"{money.text(usd)} USD at {name} ({jobs} job{'s' if jobs != 1 else ''})"
            for name, (jobs, usd) in self.by_provider.items()
        ]
        return f"up to {' and '.join(parts)}" if parts else "nothing"


def quote(wish: Wish, settings: Settings) -> Quote:
    """Work out what a wish comes to. Spends nothing, writes no edition; blocks.

    Raises InputError for faulty files and for values that no film has, SetupError, LedgerError.
    """
    with prepare(wish.order, settings) as prepared:
        wanted = _wanted(prepared, wish)
        coming = prepared.anew(wanted.asks) if wanted.asks else prepared
        ids = {film.id for film in wanted.films}
        films = [film for film in coming.plan.films if film.id in ids]
        bill = bill_of(coming, films, wish.order.max_usd)
        return _quote(coming, wish, wanted, films, bill, settings)


def _wanted(prepared: Prepared, wish: Wish) -> Anew:
    require_films(wish.order, prepared.plan)
    if wish.what is not None:
        return meant(prepared, wish.what, wish.criteria, wish.left_out)
    return plainly(prepared, wish.order, wish.left_out)


def _quote(prepared: Prepared, wish: Wish, wanted: Anew, films: list[Film], bill: Bill, settings: Settings) -> Quote:
    plan, campaign = prepared.plan, prepared.brief.campaign
    last = prepared.ledger.last_run(plan.campaign)
    yes = agreed(prepared.ledger, plan.campaign, bill.spend)
    too_little = [_holds_none(bill)] if bill.holds_none else []
    refusals = [f"{each.provider} would not take it: {each.problem}. {each.cure}" for each in plan.own_refusals]
    return Quote(
        campaign=plan.campaign,
        home=prepared.home,
        out=plan.out,
        provider=plan.provider,
        draft=plan.draft,
        resolution=plan.resolution,
        films=tuple(
            Offer(
                film=film.id,
                variant=film.variant.key,
                ratio=film.ratio.label,
                edition=film.edition,
                files=tuple(output.file for output in film.outputs),
            )
            for film in films
        ),
        settled=wanted.settled,
        remark=words_of_windows(wanted.windows) if wanted.windows else "",
        since=last.started_at if last is not None else None,
        unapproved=len(wanted.unapproved),
        begun=len(wanted.unfinished),
        free_jobs=sum(not job.price_usd for job in bill.due),
        by_provider=_by_provider(job for job in bill.due if job.price_usd),
        spend=bill.spend,
        asks=wanted.asks,
        lacks=(*refusals, *too_little, *(lack for name in bill.providers if (lack := settings.vendors.lack(name)))),
        again=bill.again.told if bill.again is not None and not wanted.asks else "",
        asked=bill.spend.asks(campaign.budget) and yes is None,
        left_out=yes.left_out if yes is not None else (),
        wait_hours=campaign.wait_hours,
        limits=limits_of(prepared.ledger, purse_of(prepared, wish.order, "")),
    )


def _holds_none(bill: Bill) -> str:
    return (
        f"max_usd leaves {money.text(bill.max_usd or money.ZERO)} USD, and the cheapest job to begin with costs up to "
        f"{money.text(bill.first_usd)} USD; {money.text(bill.price_usd)} USD let all that was chosen be made."
    )


def _by_provider(jobs: Iterable[PlannedJob]) -> dict[str, tuple[int, Decimal]]:
    counts = Counter[str]()
    usd: dict[str, Decimal] = {}
    for job in jobs:
        counts[job.provider] += 1
        usd[job.provider] = usd.get(job.provider, money.ZERO) + job.price_usd
    return {name: (counts[name], usd[name]) for name in sorted(usd)}
