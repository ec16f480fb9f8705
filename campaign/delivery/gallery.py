"""The gallery: pages that open from disk and show every film beside the master. The only trusted door of jinja2."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from campaign.delivery.files import copy, same, write
from campaign.delivery.paging import INDEX, Page, choices_on, matrix_of, missing_on, overview, paginate
from campaign.delivery.showing import CHECKED, HELD, POSTERS, Card, Row, held_name, poster_name, rows_of
from campaign.model import money
from campaign.model.outcomes import Reason
from campaign.model.plan import Plan
from campaign.model.standing import Standing
from campaign.store.files import Store

_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Signs that show nothing and can turn what is around them: control characters, bidi overrides, half surrogates."""


def write_gallery(
    plan: Plan,
    standing: Standing,
    manifest: Mapping[str, Any],
    store: Store,
    master_preview: Path,
    *,
    rehearsal: str = "",
) -> Path:
    """Write report/index.html, and pages for each market when there are many films. Returns the path of the index.

    `master_preview` is a small film of the master that a browser plays, frame for frame. `rehearsal` tells which providers
    were asked on this machine, empty for none. Every text from outside is escaped, and the pages' own policy forbids any
    script but ours and any address but files.
    """
    folder = plan.out / "report"
    _refresh(master_preview, folder / "master.mp4")
    _show_posters(standing, store, folder / POSTERS)
    _show_held(standing, store, folder / HELD)
    rows = rows_of(plan, standing, manifest["items"])
    pages = paginate(rows)
    common = _common(plan, standing, manifest, rows, pages) | {"rehearsal": rehearsal}
    template = _template()
    shown = pages if len(pages) == 1 else [overview(rows), *pages]
    for page in shown:
        write(folder / page.file, template.render(common, page=page, choices=choices_on(page)))
    _forget(folder, {page.file for page in shown})
    return folder / INDEX


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
        "matrix": matrix_of(pages, ratios),
        "reasons": Counter(card.words for row in rows for card in row.cards if card.words),
        "missing": missing_on(pages),
        "strip": _width(widest) or 1.0,
        "cards_in_strip": len(widest) or 1,
        "latest": max((done.made_at for done in standing.finished.values()), default=None),
        "checked": CHECKED,
        "style": Markup(_part("gallery.css")),  # noqa: S704 (ours, no text from outside)
        "script": Markup(script),  # noqa: S704 (ours, its hash is in the policy)
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    }


def _width(cards: Iterable[Card]) -> float:
    """How wide cards of height 1 are side by side."""
    return sum(card.proportion for card in cards)


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
    environment.filters["breakable"] = _breakable
    environment.filters["beside"] = lambda file: f"../{quote(file)}"
    environment.filters["name"] = lambda file: PurePosixPath(file).name
    environment.filters["coded"] = _coded
    environment.filters["fps"] = lambda rate: f"{float(Fraction(rate)):.3f}".rstrip("0").rstrip(".")
    return environment.get_template("gallery.html.j2")


def _visible(value: object) -> object:
    """What an expression of the template puts out: nothing that hides in the page or turns its direction."""
    return _UNSEEN.sub("�", value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _breakable(name: str) -> Markup:
    """A name that may go on in the next line after a dot, hyphen or underscore."""
    return Markup("<wbr>").join(re.split(r"(?<=[._-])", str(_visible(name))))


def _coded(text: str) -> Markup:
    """A sentence whose commands, between backticks, are set as such."""
    parts = [escape(_visible(part)) for part in text.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(part) if n % 2 else part for n, part in enumerate(parts))


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
    outputs = (each.output for film in standing.films for each in film.outputs if each.reason is Reason.QC)
    held = [(output, standing.finished[output.key]) for output in outputs]
    _mirror(store, folder, {held_name(output, done): done.sha256 for output, done in held})


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
