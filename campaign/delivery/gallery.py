"""The gallery: a page that opens from disk and shows every film beside the master. The only trusted door of jinja2."""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from campaign.delivery.files import copy, write
from campaign.model import money
from campaign.model.plan import Film, Plan
from campaign.model.standing import Standing
from campaign.store.files import Store

ITEMS_PER_PAGE = 300
"""More films than this and each market gets a page of its own."""


@dataclass(frozen=True, slots=True)
class Page:
    """One HTML file of the gallery. `market` is None when the whole campaign is on it."""

    file: str
    market: str | None
    films: int
    delivered: int


def write_gallery(
    plan: Plan, standing: Standing, manifest: Mapping[str, Any], store: Store, master_preview: Path
) -> Path:
    """Write report/index.html (and a page a market when there are many films). Returns the path of the index.

    `master_preview` is a small film of the master that a browser plays. Every text from outside is escaped, and the
    page's own policy forbids any script but ours and any address but its own folder (security.md T6).
    """
    folder = plan.out / "report"
    folder.mkdir(parents=True, exist_ok=True)
    copy(master_preview, folder / "master.mp4")
    _link_posters(standing, store, folder / "posters")
    rows = _rows(plan, standing, manifest["items"])
    pages = _pages(rows)
    template, script = _template(), _read("gallery.js")
    for page in pages:
        shown = [row for row in rows if page.market in (None, row["market"])]
        html = template.render(
            plan=plan,
            manifest=manifest,
            pages=pages,
            page=page,
            rows=shown,
            choices=_choices(shown),
            script=script,
            script_hash=_hash(script),
            style=_read("gallery.css"),
            usd=money.text,
        )
        write(folder / page.file, html)
    return folder / "index.html"


def _rows(plan: Plan, standing: Standing, items: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """One entry a variant with its items, in plan order; failures are the first thing its row says."""
    films = {(film.film.variant.key, film.film.ratio.label): film.film for film in standing.films}
    rows = []
    for variant, group in groupby(items, key=lambda item: item["variant"]):
        own = [_item(item, films[variant, item["ratio"]], standing) for item in group]
        first = films[variant, own[0]["ratio"]]
        rows.append(
            {
                "variant": variant,
                **{name: own[0][name] for name in ("market", "locale", "season", "demographic")},
                "headline": dict(first.variant.values).get("headline", ""),
                "items": own,
                "prompts": _prompts(plan, (films[variant, item["ratio"]] for item in own)),
                "cost": money.text(_cost(plan, standing, variant, own)),
                "failed": sum(item["status"] == "failed" for item in own),
            }
        )
    return rows


def _item(item: dict[str, Any], film: Film, standing: Standing) -> dict[str, Any]:
    done = [standing.finished[output.key] for output in film.outputs if output.key in standing.finished]
    poster = f"posters/{done[0].poster_sha256[:20]}.jpg" if done else None
    findings = (item["qc"] or {"findings": []})["findings"]
    worst = next((level for level in ("error", "warning") if any(f["severity"] == level for f in findings)), "passed")
    width, height = film.ratio.label.split(":")
    source = f"../{item['file']}" if item["file"] else None
    return {
        **item,
        "poster": poster,
        "source": source,
        "qc_state": worst if done else "none",
        "shape": f"{width}/{height}",
    }


def _prompts(plan: Plan, films: Iterable[Film]) -> list[dict[str, str]]:
    """Every different prompt behind these films: which template, for which shots, the text."""
    found: dict[str, dict[str, Any]] = {}
    for film in films:
        for key in film.jobs:
            job = plan.jobs[key].job
            entry = found.setdefault(
                job.prompt.sha256, {"template": job.prompt.template, "text": job.prompt.text, "shots": {}}
            )
            entry["shots"][job.segment.name] = True
    return [{**entry, "shots": ", ".join(entry["shots"])} for entry in found.values()]


def _cost(plan: Plan, standing: Standing, variant: str, items: Iterable[dict[str, Any]]) -> Any:
    """USD spent on jobs that this variant was the first to plan."""
    keys = {job["key"] for item in items for job in item["jobs"] if plan.jobs[job["key"]].variants[0] == variant}
    prices = (standing.jobs[key].price_final_usd for key in keys if key in standing.jobs)
    return sum((price for price in prices if price is not None), money.ZERO)


def _pages(rows: list[dict[str, Any]]) -> list[Page]:
    def page(file: str, market: str | None, shown: list[dict[str, Any]]) -> Page:
        items = [item for row in shown for item in row["items"]]
        return Page(file, market, len(items), sum(item["status"] == "delivered" for item in items))

    if sum(len(row["items"]) for row in rows) <= ITEMS_PER_PAGE:
        return [page("index.html", None, rows)]
    markets = dict.fromkeys(row["market"] for row in rows)
    return [
        page("index.html" if n == 0 else f"market-{n}.html", market, [row for row in rows if row["market"] == market])
        for n, market in enumerate(markets)
    ]


def _choices(rows: list[dict[str, Any]]) -> dict[str, list[str]]:
    names = ("market", "season", "demographic")
    choices = {name: list(dict.fromkeys(row[name] for row in rows)) for name in names}
    for name, key in (("ratio", "ratio"), ("status", "status"), ("qc", "qc_state")):
        choices[name] = list(dict.fromkeys(item[key] for row in rows for item in row["items"]))
    return choices


def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("campaign.delivery", "pages"), autoescape=True, undefined=StrictUndefined
    )
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.filters["credits"] = lambda usd: f"{money.in_credits(usd):.0f}"
    return environment.get_template("gallery.html.j2")


def _read(name: str) -> str:
    return (Path(__file__).parent / "pages" / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _link_posters(standing: Standing, store: Store, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    wanted = {f"{done.poster_sha256[:20]}.jpg": done.poster_sha256 for done in standing.finished.values()}
    for name, sha256 in wanted.items():
        if not (folder / name).exists() and store.exists(sha256):
            copy(store.local(sha256), folder / name, durable=False)
    for stale in {path.name for path in folder.iterdir()} - set(wanted):
        (folder / stale).unlink()
