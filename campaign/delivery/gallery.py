"""The gallery: pages that open from disk and show every film beside the master. The only trusted door of jinja2."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from campaign.delivery.files import copy, same, write
from campaign.delivery.showing import CHECKED, HELD, POSTERS, Card, Row, held_name, poster_name, rows_of
from campaign.model import money
from campaign.model.outcomes import Status
from campaign.model.plan import Plan
from campaign.model.standing import Standing
from campaign.planning.ascii_text import slug
from campaign.store.files import Store

INDEX = "index.html"
FILMS_ON_A_PAGE = 400
"""More films than this and each market gets a page (or several) of its own; the index then holds the overview alone."""

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Signs that show nothing and can turn what is around them: control characters, bidi overrides, half surrogates."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Page:
    """One HTML file of the gallery: its market (None = all) and which of the market's pages it is."""

    file: str
    market: str | None
    title: str
    rows: tuple[Row, ...]
    films: int
    delivered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One market in one ratio: the page that shows it and how much of it is there."""

    page: Page
    market: str
    ratio: str
    planned: int
    delivered: int
    failed: int


def write_gallery(
    plan: Plan, standing: Standing, manifest: Mapping[str, Any], store: Store, master_preview: Path
) -> Path:
    """Write report/index.html, and pages for each market when there are many films. Returns the path of the index.

    `master_preview` is a small film of the master that a browser plays, frame for frame. Every text from outside is
    escaped, and the pages' own policy forbids any script but ours and any address but files (security.md T6).
    """
    folder = plan.out / "report"
    _refresh(master_preview, folder / "master.mp4")
    _show_posters(standing, store, folder / POSTERS)
    _show_held(standing, store, folder / HELD)
    rows = rows_of(plan, standing, manifest["items"])
    pages = paginate(rows)
    common = _common(plan, standing, manifest, rows, pages)
    template = _template()
    shown = pages if len(pages) == 1 else [_overview(rows), *pages]
    for page in shown:
        write(folder / page.file, template.render(common, page=page, choices=_choices(page)))
    _forget(folder, {page.file for page in shown})
    return folder / INDEX


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
        name = _free(slug(market).lower() or "unknown", taken)
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


def _overview(rows: Iterable[Row]) -> Page:
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


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free)
    return free


def _common(
    plan: Plan, standing: Standing, manifest: Mapping[str, Any], rows: list[Row], pages: list[Page]
) -> dict[str, Any]:
    """What every page shows."""
    script = _part("gallery.js")
    ratios = list(dict.fromkeys(card.item["ratio"] for row in rows for card in row.cards))
    widest = max((row.cards for row in rows), key=_width, default=())
    return {
        "plan": plan,
        "manifest": manifest,
        "pages": pages,
        "ratios": ratios,
        "matrix": _matrix(pages, ratios),
        "reasons": Counter(card.words for row in rows for card in row.cards if card.words),
        "missing": _missing(pages),
        "strip": _width(widest) or 1.0,
        "cards_in_strip": len(widest) or 1,
        "latest": max((done.made_at for done in standing.finished.values()), default=None),
        "checked": CHECKED,
        "style": Markup(_part("gallery.css")),  # noqa: S704 (ours, no text from outside)
        "script": Markup(script),  # noqa: S704
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    }


def _width(cards: Iterable[Card]) -> float:
    """How wide cards of height 1 are side by side."""
    return sum(card.proportion for card in cards)


def _matrix(pages: Iterable[Page], ratios: Iterable[str]) -> dict[str, list[Cell | None]]:
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


def _missing(pages: Iterable[Page]) -> dict[tuple[Page, str, str], int]:
    """How many films are missing, by page, reason and the words for it."""
    cards = ((page, card) for page in pages for row in page.rows for card in row.cards if card.words)
    return Counter((page, str(card.item["reason"]), card.words) for page, card in cards)


def _choices(page: Page) -> dict[str, dict[str, str]]:
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


def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("campaign.delivery", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    environment.filters["credits"] = lambda usd: f"{money.in_credits(usd):,.0f}"
    environment.filters["usd"] = _usd
    environment.filters["count"] = "{:,}".format
    environment.filters["size"] = _size
    environment.filters["fps"] = lambda rate: f"{float(Fraction(rate)):.3f}".rstrip("0").rstrip(".")
    return environment.get_template("gallery.html.j2")


def _visible(value: object) -> object:
    """What an expression of the template puts out: nothing that hides in the page or turns its direction."""
    return _UNSEEN.sub("�", value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _usd(amount: Decimal | str) -> str:
    whole, _, decimals = money.text(Decimal(amount)).partition(".")
    return f"${int(whole):,}.{decimals}"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def _part(name: str) -> str:
    return files("campaign.delivery").joinpath("pages", name).read_text(encoding="utf-8")


def _show_posters(standing: Standing, store: Store, folder: Path) -> None:
    _mirror(store, folder, {poster_name(done): done.poster_sha256 for done in standing.finished.values()})


def _show_held(standing: Standing, store: Store, folder: Path) -> None:
    failed = [done for done in standing.finished.values() if not done.report.passed]
    _mirror(store, folder, {held_name(done): done.sha256 for done in failed})


def _mirror(store: Store, folder: Path, wanted: Mapping[str, str]) -> None:
    """Make `folder` hold these files of the store and nothing else; what the store lost is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    there = {path.name for path in folder.iterdir()}
    for stale in there - set(wanted):
        (folder / stale).unlink()
    for name, sha256 in wanted.items():
        if name not in there and store.exists(sha256):
            copy(store.local(sha256), folder / name, durable=False)


def _refresh(source: Path, target: Path) -> None:
    if not same(source, target):
        copy(source, target, durable=False)


def _forget(folder: Path, written: set[str]) -> None:
    """Delete pages of an earlier, larger gallery."""
    for path in folder.glob("market-*.html"):
        if path.name not in written:
            path.unlink()
