"""What the Prefect UI shows of a run: a progress bar and one live table, at the end a summary and a table per ratio."""

import json
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactUpdate
from prefect.logging import get_run_logger

from campaign.model.money import text as usd
from campaign.model.orders import Progress
from campaign.model.plan import Film
from flows.escaping import key_of, plain
from tasks.tally import FilmEnd, Tally
from tasks.workshop import Workshop

Rows = list[dict[str, str]]


class LiveBoard:
    """The artifacts of one run. A server that refuses them is logged and never stops the run."""

    def __init__(self, shop: Workshop) -> None:
        self._films = [film for film in shop.films if film.skip is None]
        self._campaign = shop.plan.campaign
        self._bar: UUID | None = None
        self._table: UUID | None = None

    async def show(self, progress: Progress, tally: Tally) -> None:
        """Create or update the bar and the live table, in place: a version each time would fill the database."""
        rows, percent, words = live_rows(self._films, tally), _percent(progress), plain(sentence(progress))
        try:
            if self._bar is None or self._table is None:
                self._bar = await acreate_progress_artifact(percent, key_of(self._campaign, "progress"), words)
                self._table = await acreate_table_artifact(rows, key_of(self._campaign, "live"), words)
                return
            await aupdate_progress_artifact(self._bar, percent, words)
            async with get_client() as client:
                await client.update_artifact(self._table, ArtifactUpdate(data=json.dumps(rows), description=words))
        except Exception as error:  # the server may be gone for a moment; the work does not depend on it
            get_run_logger().warning("artifacts could not be updated: %s", error)

    async def conclude(self, title: str, progress: Progress, tally: Tally) -> None:
        """Add the summary and one table for each aspect ratio, failed films first."""
        try:
            await acreate_markdown_artifact(
                summary(title, progress, tally), key_of(self._campaign, "summary"), plain(sentence(progress))
            )
            for ratio in dict.fromkeys(film.ratio for film in self._films):
                films = [film for film in self._films if film.ratio == ratio]
                await acreate_table_artifact(
                    ratio_rows(films, tally), key_of(self._campaign, "ratio", ratio.slug), f"Films in {ratio}"
                )
        except Exception as error:
            get_run_logger().warning("the summary could not be shown: %s", error)


def live_rows(films: Sequence[Film], tally: Tally) -> Rows:
    """Market x ratio: how many films are made, and how many failed; markets with failures first."""
    total, made, failed = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for film in films:
        cell = (film.variant.market, film.ratio.label)
        total[cell] += 1
        end = tally.ends.get(film.id)
        if end is not None:
            (made if end.made else failed)[cell] += 1
    markets = list(dict.fromkeys(market for market, _ in total))
    ratios = list(dict.fromkeys(ratio for _, ratio in total))
    markets.sort(key=lambda market: -sum(failed[market, ratio] for ratio in ratios))
    return [
        {"market": plain(market)} | {ratio: _cell(total, made, failed, (market, ratio)) for ratio in ratios}
        for market in markets
    ]


def _cell(
    total: Counter[tuple[str, str]],
    made: Counter[tuple[str, str]],
    failed: Counter[tuple[str, str]],
    cell: tuple[str, str],
) -> str:
    if not total[cell]:
        return ""
    gaps = f", {failed[cell]} failed" if failed[cell] else ""
    return f"{made[cell]} of {total[cell]}{gaps}"


def ratio_rows(films: Sequence[Film], tally: Tally) -> Rows:
    """Every film of one ratio: failed first, then those not made, then those made."""
    ranked = sorted(films, key=lambda film: _rank(tally.ends.get(film.id)))
    return [_film_row(film, tally.ends.get(film.id)) for film in ranked]


def _rank(end: FilmEnd | None) -> int:
    return 1 if end is None else 2 if end.made else 0


def _film_row(film: Film, end: FilmEnd | None) -> dict[str, str]:
    status = "not made" if end is None else "made" if end.made else "failed"
    return {
        "variant": plain(film.variant.key),
        "market": plain(film.variant.market),
        "season": plain(film.variant.season),
        "demographic": plain(film.variant.demographic),
        "status": status,
        "reason": plain(_reason(end)),
        "edition": str(film.edition),
        "files": plain(", ".join(output.file for output in film.outputs)),
    }


def _reason(end: FilmEnd | None) -> str:
    if end is None or end.made:
        return ""
    return f"{end.reason or 'error'}: {end.sentence}"


def sentence(progress: Progress) -> str:
    """The counts as one sentence."""
    failed = f", {progress.failed} failed" if progress.failed else ""
    note = f"; {progress.note}" if progress.note else ""
    return (
        f"{progress.delivered} of {progress.films} films made{failed}; "
        f"{progress.jobs_done} of {progress.jobs_total} jobs done, {progress.jobs_running} running; "
        f"{usd(progress.spent_usd)} USD spent, {usd(progress.reserved_usd)} USD reserved{note}"
    )


def summary(title: str, progress: Progress, tally: Tally) -> str:
    """The run as a page: how it ended, what is missing and why."""
    lines = [f"# {plain(title)}", "", plain(sentence(progress)), f"It took {progress.elapsed_s:.0f} s."]
    if tally.failures:
        lines += ["", "## Missing", ""]
        lines += [f"- **{plain(end.film.id)}**: {plain(_reason(end))}" for end in tally.failures]
    return "\n".join(lines)


def _percent(progress: Progress) -> float:
    """Jobs and films together, so that neither half of a run looks like a standstill."""
    whole = progress.jobs_total + progress.films
    return 100.0 * (progress.jobs_done + progress.delivered + progress.failed) / whole if whole else 100.0
