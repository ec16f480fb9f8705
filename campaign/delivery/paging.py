"""Which films lie on which page of the gallery, and what a page counts, links to and filters by."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from campaign.delivery.page_names import free_name
from campaign.delivery.showing import CHECKED, Row
from campaign.model.outcomes import Status
from campaign.planning.ascii_text import slug

INDEX = "index.html"
FILMS_ON_A_PAGE = 400
"""More films than this and each market gets a page (or several) of its own; the index then holds the overview alone."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Page:
    """One HTML file of the gallery: its market (None = all) and which of the market's pages it is."""

    file: str
    market: str | None
    title: str
    rows: tuple[Row, ...]
    films: int
    delivered: int

    @property
    def zoned(self) -> bool:
        """Whether there are safe zones to be shown."""
        return any(card.zone for row in self.rows for card in row.cards)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One market in one ratio: the page that shows it and how much of it is there."""

    page: Page
    market: str
    ratio: str
    planned: int
    delivered: int
    failed: int


def paginate(rows: Iterable[Row], limit: int = FILMS_ON_A_PAGE) -> list[Page]:
    """All rows on one page while they are few, else pages of one market each, a market with more than `limit` films on
    several. A row is never split."""
    rows = list(rows)
    if sum(len(row.cards) for row in rows) <= limit:
        return [_page(INDEX, None, "", rows)]
    markets: dict[str, list[Row]] = {}
    for row in rows:
        markets.setdefault(row.variant.market, []).append(row)
    pages: list[Page] = []
    taken: set[str] = set()
    for market, own in markets.items():
        name = free_name(slug(market).lower() or "unknown", taken)
        taken.add(name)
        parts = list(_parts(own, limit))
        for number, part in enumerate(parts, 1):
            file = f"market-{name}.html" if number == 1 else f"market-{name}-part-{number}.html"
            title = f"{market} {number}/{len(parts)}" if len(parts) > 1 else market
            pages.append(_page(file, market, title, part))
    return pages


def _page(file: str, market: str | None, title: str, rows: Iterable[Row]) -> Page:
    rows = tuple(rows)
    cards = [card for row in rows for card in row.cards]
    delivered = sum(card.item["status"] == Status.DELIVERED for card in cards)
    return Page(file=file, market=market, title=title, rows=rows, films=len(cards), delivered=delivered)


def overview(rows: Iterable[Row]) -> Page:
    """The index of a large campaign: numbers and ways to the pages, no film."""
    return replace(_page(INDEX, None, "", rows), rows=())


def _parts(rows: Iterable[Row], limit: int) -> Iterator[list[Row]]:
    part: list[Row] = []
    films = 0
    for row in rows:
        if part and films + len(row.cards) > limit:
            yield part
            part, films = [], 0
        part.append(row)
        films += len(row.cards)
    yield part


def matrix_of(pages: Iterable[Page], ratios: Iterable[str]) -> dict[str, list[Cell | None]]:
    """Market by ratio; None where a market has no film of a ratio."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    first: dict[str, Page] = {}
    for page in pages:
        for row in page.rows:
            first.setdefault(row.variant.market, page)
            for card in row.cards:
                counts.setdefault((row.variant.market, card.item["ratio"]), Counter())[card.item["status"]] += 1
    return {
        market: [_cell(page, market, ratio, counts.get((market, ratio))) for ratio in ratios]
        for market, page in first.items()
    }


def _cell(page: Page, market: str, ratio: str, count: Counter[str] | None) -> Cell | None:
    if count is None:
        return None
    return Cell(
        page=page,
        market=market,
        ratio=ratio,
        planned=count.total(),
        delivered=count[Status.DELIVERED],
        failed=count[Status.FAILED],
    )


def missing_on(pages: Iterable[Page]) -> dict[tuple[Page, str, str], int]:
    """How many films are missing, by page, reason and the words for it."""
    cards = ((page, card) for page in pages for row in page.rows for card in row.cards if card.words)
    return Counter((page, str(card.item["reason"]), card.words) for page, card in cards)


def choices_on(page: Page) -> dict[str, dict[str, str]]:
    """The filters of a page: name, then value and what people call it."""
    choices: dict[str, dict[str, str]] = {}
    for row in page.rows:
        variant = row.variant
        for name, value in (
            ("market", variant.market),
            ("season", variant.season),
            ("demographic", variant.demographic),
        ):
            choices.setdefault(name, {})[value] = value or "none"
    for card in (card for row in page.rows for card in row.cards):
        choices.setdefault("ratio", {})[card.item["ratio"]] = card.item["ratio"]
        choices.setdefault("status", {})[card.item["status"]] = card.item["status"]
        if card.words:
            choices.setdefault("missing", {})[card.item["reason"]] = card.words
        choices.setdefault("QC", {})[card.qc] = CHECKED[card.qc]
    return choices
