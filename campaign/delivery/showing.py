"""What the gallery shows: the manifest's items as rows of films beside their prompts and cells, in the plan's order."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

from campaign.delivery.evidence import FRAMES, film_picture, frames_of, master_frame, master_picture
from campaign.delivery.remedies import words
from campaign.model import money
from campaign.model.finished import Finished
from campaign.model.outcomes import Reason, Status
from campaign.model.plan import Film, Output, Plan
from campaign.model.ratios import AspectRatio
from campaign.model.standing import FilmStanding, Standing
from campaign.model.variants import Variant

POSTERS = "posters"
HELD = "held"
"""The gallery's folder of films that quality control held back: to be looked at, not to be delivered."""

CHECKED = {"passed": "checked", "warning": "warnings", "waived": "waived", "error": "failed QC", "none": "not checked"}
"""What quality control came to: states and how people call them."""

_RTL = re.compile(r"(ar|he|fa|ur|ps|yi|dv|ug|ckb|sd)\b|.*-(Arab|Hebr)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One item with what the page needs to show it.

    `film` and `poster` are addresses relative to the page's folder, None where there is nothing to show. `held` films may
    be looked at but were not delivered. `prompts` are indexes into the row's. `usd` is what its jobs cost, shared ones
    included. `fps` is always there, for frames are counted by it. `zone` is the CSS inset of what the placement leaves
    uncovered, None where nobody states it. `pairs` are addresses of the film's and the master's pictures of a frame that a
    finding is about, by frame.
    """

    item: Mapping[str, Any]
    film: str | None
    poster: str | None
    held: bool
    qc: str
    proportion: float
    fps: str
    words: str
    remedy: str
    prompts: tuple[int, ...]
    usd: str
    pairs: Mapping[int, tuple[str, str]]
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A prompt and the shots and ratios that it speaks to."""

    template: str
    text: str
    places: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Films of one row that are missing for the same reason; one that is held is named with its placement."""

    status: str
    ratios: str
    words: str
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One variant. `usd` is what was billed for jobs that it was the first to plan."""

    variant: Variant
    cells: Mapping[str, str]
    cards: tuple[Card, ...]
    prompts: tuple[Said, ...]
    gaps: tuple[Gap, ...]
    usd: Decimal


def rows_of(plan: Plan, standing: Standing, items: Iterable[Mapping[str, Any]]) -> list[Row]:
    """One row a variant, its items as cards, in the order of the plan."""
    films = {(film.film.variant.key, film.film.ratio.label): film for film in standing.films}
    rows = []
    for key, group in groupby(items, key=lambda item: item["variant"]):
        own = list(group)
        rows.append(_row(plan, standing, [(item, films[key, item["ratio"]]) for item in own]))
    return rows


def poster_name(finished: Finished) -> str:
    """The poster's file in the gallery's folder of posters."""
    return f"{finished.poster_sha256[:20]}.jpg"


def held_name(output: Output, finished: Finished) -> str:
    """The film's file in the gallery's folder of films that were held back: of the kind that it would be delivered as."""
    return finished.sha256[:20] + PurePosixPath(output.file).suffix


def _row(plan: Plan, standing: Standing, own: list[tuple[Mapping[str, Any], FilmStanding]]) -> Row:
    variant = own[0][1].film.variant
    prompts, numbers = _prompts(plan, [film.film for _, film in own])
    cards = tuple(_card(plan, standing, item, film, numbers) for item, film in own)
    return Row(
        variant=variant,
        cells={name: value for name, value in variant.values if value},
        cards=cards,
        prompts=prompts,
        gaps=_gaps(cards),
        usd=_billed(plan, standing, variant, (film.film for _, film in own)),
    )


def _card(
    plan: Plan, standing: Standing, item: Mapping[str, Any], standing_film: FilmStanding, numbers: Mapping[str, int]
) -> Card:
    film = standing_film.film
    output = next((output for output in film.outputs if output.placement == item["placement"]), None)
    done = standing.finished.get(output.key) if output else None
    held = f"{HELD}/{held_name(output, done)}" if output and done and item["reason"] == Reason.QC else None
    keys = {job["key"]: Decimal(job["price_usd"]) for job in item["jobs"]}
    return Card(
        item=item,
        film=f"../{quote(item['file'])}" if item["status"] == Status.DELIVERED else held,
        poster=f"{POSTERS}/{poster_name(done)}" if done else None,
        held=held is not None,
        qc=_state(done),
        proportion=round(float(AspectRatio(item["ratio"]).value), 4),
        fps=str(done.facts.rate if done else plan.master.rate),
        words=words(Reason(item["reason"]) if item["reason"] else None),
        remedy=item["next"] or "",
        prompts=tuple(dict.fromkeys(numbers[plan.jobs[key].job.prompt.sha256] for key in film.jobs)),
        usd=money.text(sum(keys.values(), money.ZERO)),
        zone=_zone(film, output),
        pairs=_pairs(plan, done) if done else {},
    )


def _pairs(plan: Plan, done: Finished) -> dict[int, tuple[str, str]]:
    """Where the pictures of a film's findings lie, as far as they were made."""
    folder = plan.out / "report" / FRAMES
    own = {frame: master_frame(done, plan.master, frame) for frame in frames_of(done)}
    names = {frame: (film_picture(done, frame), master_picture(plan.master, own[frame])) for frame in own}
    return {
        frame: (f"{FRAMES}/{film}", f"{FRAMES}/{own}")
        for frame, (film, own) in names.items()
        if (folder / film).is_file() and (folder / own).is_file()
    }


def _zone(film: Film, output: Output | None) -> str | None:
    """`8% 15% 28% 0%`: the margins in CSS's order, by the direction in which the row's language is read."""
    zones = {zone.direction: zone for zone in output.safe_zones} if output else {}
    reads = "rtl" if _RTL.match(film.variant.locale) else "ltr"
    zone = zones.get(reads) or zones.get("ltr")
    sides = (zone.top, zone.right, zone.bottom, zone.left) if zone else ()
    return " ".join(f"{100 * (side or 0):.3g}%" for side in sides) if any(sides) else None


def _state(done: Finished | None) -> str:
    if done is None:
        return "none"
    if done.report.errors:
        return "error"
    if any(finding.waiver for finding in done.report.findings):
        return "waived"
    return "warning" if any(finding.severity != "info" for finding in done.report.findings) else "passed"


def _prompts(plan: Plan, films: Iterable[Film]) -> tuple[tuple[Said, ...], dict[str, int]]:
    """Every different prompt behind these films, and its number by digest."""
    places: dict[str, dict[str, None]] = {}
    found = {}
    for key in dict.fromkeys(key for film in films for key in film.jobs):
        job = plan.jobs[key].job
        found[job.prompt.sha256] = job.prompt
        places.setdefault(job.prompt.sha256, {})[job.ratio.label if job.ratio else job.segment.name] = None
    said = tuple(
        Said(template=prompt.template, text=prompt.text, places=", ".join(places[digest]))
        for digest, prompt in found.items()
    )
    return said, {digest: number for number, digest in enumerate(found)}


def _gaps(cards: Iterable[Card]) -> tuple[Gap, ...]:
    groups: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for card in cards:
        if card.item["status"] != Status.DELIVERED:
            why = (card.item["status"], card.words, card.item["sentence"], card.remedy)
            destination = card.item["placement"] if card.held else None
            groups.setdefault(why, {})[" ".join(filter(None, (card.item["ratio"], destination)))] = None
    return tuple(
        Gap(status=status, ratios=", ".join(ratios), words=words, sentence=sentence, remedy=remedy)
        for (status, words, sentence, remedy), ratios in groups.items()
    )


def _billed(plan: Plan, standing: Standing, variant: Variant, films: Iterable[Film]) -> Decimal:
    keys = {key for film in films for key in film.jobs if plan.jobs[key].variants[0] == variant.key}
    prices = (standing.jobs[key].price_final_usd for key in keys if key in standing.jobs)
    return sum((price for price in prices if price is not None), money.ZERO)
