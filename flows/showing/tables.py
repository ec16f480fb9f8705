"""The tables and the page that sum up a run, as Prefect's artifacts take them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

from campaign.model.money import text as usd
from campaign.model.orders import CapUse, Progress
from campaign.model.plan import Film
from flows.showing.escaping import code, in_cell, plain
from flows.showing.gaps import grouped, next_steps, why
from tasks.tally import FilmEnd, Tally

Rows = list[dict[str, str]]
ALL = "all markets"
CAMPAIGN = "budget.campaign_usd"
MARKET = "budget.market_usd"
MOST = 500
"""Rows at most: the older of Prefect's two faces shows a table whole, and took 18 s for 2,000."""
NAMED = 20
"""So many causes stand in the summary, so that what is to be done about them is not far below."""


def live_rows(films: Sequence[Film], tally: Tally) -> Rows:
    """Market x ratio: how many films are made, and how many failed. Their sum first, for a page shows ten rows; then markets
    with failures, those that are not through, and those that are."""
    total, made, failed = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for film in films:
        end = tally.ends.get(film.id)
        for row in (film.variant.market, ALL):
            for cell in ((row, film.ratio.label), (row, "")):
                total[cell] += 1
                if end is not None:
                    (made if end.made else failed)[cell] += 1
    markets = list(dict.fromkeys(film.variant.market for film in films))
    ratios = list(dict.fromkeys(film.ratio.label for film in films))
    markets.sort(key=lambda market: (-failed[market, ""], made[market, ""] == total[market, ""]))
    rows = [ALL, *markets] if len(markets) > 1 else markets
    return [
        {"market": in_cell(market)} | {ratio: _cell(total, made, failed, (market, ratio)) for ratio in ratios}
        for market in rows
    ]


def _cell(
    total: Counter[tuple[str, str]],
    made: Counter[tuple[str, str]],
    failed: Counter[tuple[str, str]],
    cell: tuple[str, str],
) -> str:
    return _count(total[cell], made[cell], failed[cell]) if total[cell] else ""


def _count(total: int, made: int, failed: int) -> str:
    return f"{made} of {total}" + (f", {failed} failed" if failed else "")


def ratio_rows(films: Sequence[Film], tally: Tally) -> Rows:
    """The films of one ratio, `MOST` at most: failed first, then those not made, then those made. The page cuts long rows off
    on the right, so what one looks for stands on the left; without a failure there is no column for causes."""
    ranked = sorted(films, key=lambda film: _rank(tally.ends.get(film.id)))
    told = any((end := tally.ends.get(film.id)) is not None and not end.made for film in films)
    return [_film_row(film, tally.ends.get(film.id), told=told) for film in ranked[:MOST]]


def ratio_words(films: Sequence[Film], tally: Tally) -> str:
    """`3 of 4 films made in 9:16, 1 failed`; and how many of more than a table holds it shows."""
    ends = [end for film in films if (end := tally.ends.get(film.id)) is not None]
    made = sum(end.made for end in ends)
    failed = f", {len(ends) - made} failed" if len(ends) > made else ""
    shown = f"; {MOST} are listed, all of them in the gallery" if len(films) > MOST else ""
    return f"{made} of {len(films)} films made in {films[0].ratio}{failed}{shown}"


def _rank(end: FilmEnd | None) -> int:
    return 1 if end is None else 2 if end.made else 0


def _film_row(film: Film, end: FilmEnd | None, *, told: bool) -> dict[str, str]:
    status = "not made" if end is None else "made" if end.made else "failed"
    cause = in_cell(why(end)) if end is not None and not end.made else ""
    row = {"status": status, "variant": in_cell(film.variant.key)} | ({"why": cause} if told else {})
    return row | {
        "files": ", ".join(in_cell(output.file) for output in film.outputs),
        "edition": str(film.edition),
        "market": in_cell(film.variant.market),
        "season": in_cell(film.variant.season),
        "demographic": in_cell(film.variant.demographic),
    }


def counts(progress: Progress) -> str:
    """`3 of 4 films made, 1 failed; 9 of 9 jobs done, 2 running`; what is nothing is left out."""
    failed = f", {progress.failed} failed" if progress.failed else ""
    running = f", {progress.jobs_running} running" if progress.jobs_running else ""
    jobs = f"{progress.jobs_done} of {progress.jobs_total} jobs done{running}"
    return f"{progress.delivered} of {progress.films} films made{failed}; {jobs}"


def spent(progress: Progress) -> str:
    """`1.08 USD spent on the campaign so far, 2.16 USD reserved`."""
    reserved = f", {usd(progress.reserved_usd)} USD reserved" if progress.reserved_usd else ""
    return f"{usd(progress.spent_usd)} USD spent on the campaign so far{reserved}"


NEARLY_USED = Decimal("0.8")
"""A market's budget is told of while a run goes on when this part of it is used."""


def bar_words(progress: Progress, limits: Sequence[CapUse], gallery: str) -> str:
    """What stands beside the bar: time and money first. A card shows the first forty letters, and counts are on the other."""
    return _told([*_time(progress), *_money(progress, limits), counts(progress)], gallery)


def live_words(progress: Progress, limits: Sequence[CapUse], gallery: str) -> str:
    """What stands beside the live table: counts first, then time left, money against its caps, and the way to the gallery."""
    return _told([counts(progress), *_time(progress), *_money(progress, limits)], gallery)


def _told(parts: Sequence[str], gallery: str) -> str:
    return plain("; ".join(parts)) + linked("open the gallery", gallery)


def _time(progress: Progress) -> list[str]:
    left = progress.seconds_left
    told = f"about {clock(left)} left" if left is not None and left >= 1 else ""
    return list(filter(None, (told, progress.note)))


def _money(progress: Progress, limits: Sequence[CapUse]) -> list[str]:
    near = [each for each in limits if not each.name.startswith(MARKET) or _nearly_used(each)]
    capped = any(each.name.startswith(CAMPAIGN) for each in near)
    return ([] if capped else [spent(progress)]) + [each.told for each in near]


def _nearly_used(limit: CapUse) -> bool:
    return limit.left_usd < limit.cap_usd * (1 - NEARLY_USED)


def summary(
    title: str,
    progress: Progress,
    tally: Tally,
    *,
    run_usd: Decimal,
    places: Mapping[str, str],
    limits: Sequence[CapUse],
    stopped: bool,
    called_off: Sequence[str] = (),
) -> str:
    """The run as a page: how it ended, what it took and cost (`run_usd`), what is missing and why, what to do next, where the
    films lie."""
    took = f"This run took {clock(progress.elapsed_s)} and cost {usd(run_usd)} USD"
    lines = [f"# {plain(title)}", "", f"{plain(counts(progress))}. {took}; {spent(progress)}.", ""]
    gaps = grouped(tally.failures)
    if gaps:
        lines += ["## Missing", "", *(f"- **{plain(films)}**: {plain(cause)}" for films, cause in gaps[:NAMED])]
        lines += [f"- and {len(gaps) - NAMED} more, in the table of failures"] if len(gaps) > NAMED else []
    if tally.fault is not None:
        broke = f"{type(tally.fault).__name__}: {tally.fault}"
        lines += ["", "## What broke", "", f"- {plain(broke)}", "- `fanout report` gathers anew what is made."]
    if called_off:
        lines += ["", "## What still bills", "", *(f"- {plain(sentence)}" for sentence in called_off)]
    steps = next_steps(tally.failures, stopped=stopped)
    if steps:
        lines += ["", "## What to do", "", *(f"- {step}" for step in steps)]
    if limits:
        lines += ["", "## Budgets", "", *(f"- {plain(limit.told)}" for limit in limits)]
    lines += ["", "## Where the films lie", "", *(f"- {name}: {place}" for name, place in places.items())]
    return "\n".join(lines)


def run_title(campaign: str, variants: int, ratios: int, provider: str, *, draft: bool) -> str:
    """`fresh-days: 12 variants x 6 ratios, draft on local`."""
    quality = "draft" if draft else "final"
    return f"{campaign}: {counted(variants, 'variant')} x {counted(ratios, 'ratio')}, {quality} on {provider}"


def counted(count: int, noun: str) -> str:
    """`1 film`, `2 films`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def places(out: Path, gallery: str) -> dict[str, str]:
    """What a person opens after a run, as Markdown."""
    shown = linked("open it", gallery).removeprefix(": ") or code(out / "report" / "index.html")
    return {"films": code(out / "deliverables"), "gallery": shown, "manifest": code(out / "manifest.json")}


def linked(words: str, address: str) -> str:
    """`: **[words](address)**`, bold, for the newer face shows a link as any text; nothing for a file, which a browser opens from
    no page of a server."""
    return f": **[{words}]({address})**" if address.startswith("http") else ""


def clock(seconds: float) -> str:
    """`42 s`, `3 min 5 s`, `2 h 4 min`."""
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return f"{rest} s"
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
