"""What the Prefect UI shows of a run: a progress bar and one live table, at the end a summary and a table per ratio."""

import asyncio
import json
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

from campaign.model.orders import Progress
from flows.showing.escaping import key_of, plain
from flows.showing.failing import failure_rows, failure_words
from flows.showing.gallery_links import filtered, gallery_page, gallery_url
from flows.showing.tables import (
    Rows,
    bar_words,
    linked,
    live_rows,
    live_words,
    places,
    ratio_rows,
    ratio_words,
    summary,
)
from tasks.tally import Tally
from tasks.workshop import Workshop


class LiveBoard:
    """The artifacts of one run. A server that refuses them is logged and never stops the run."""

    def __init__(self, shop: Workshop) -> None:
        self._films = shop.films
        self._campaign = shop.plan.campaign
        self._out = shop.plan.out
        self._hands = shop.hands
        self._link = gallery_link(shop)
        self._bar: UUID | None = None
        self._tables: dict[str, UUID] = {}
        self._failed = 0

    async def show(self, progress: Progress, tally: Tally) -> None:
        """Create or update bar, live table and, once something has failed, what has failed and why."""
        limits = await asyncio.to_thread(self._hands.limits)
        try:
            await self._show_bar(_percent(progress), bar_words(progress, limits, self._link))
            await self._show_table("live", live_rows(self._films, tally), live_words(progress, limits, self._link))
            failed = tally.failures
            if len(failed) > self._failed:
                await self._show_table("failures", failure_rows(failed, {}), plain(failure_words(failed)))
                self._failed = len(failed)
        except Exception as error:  # the server may be gone for a moment; the work does not depend on it
            get_run_logger().warning("artifacts could not be updated: %s", error)

    async def conclude(
        self, ending: str, progress: Progress, tally: Tally, *, stopped: bool, called_off: Sequence[str] = ()
    ) -> None:
        """Add the summary and one table for each aspect ratio, failed films first. `ending` is the run's last state,
        `called_off` tells what became of jobs that were with providers when it was stopped."""
        limits, jobs = await asyncio.to_thread(self._hands.limits), (await asyncio.to_thread(self._hands.standing)).jobs
        words = f"{ending}: {progress.delivered} of {progress.films} films made"
        page = summary(
            f"{self._campaign}: {ending}",
            progress,
            tally,
            run_usd=await asyncio.to_thread(self._hands.spent_usd),
            places=places(self._out, self._link),
            limits=limits,
            stopped=stopped,
            called_off=called_off,
        )
        failed = tally.failures
        try:
            await acreate_markdown_artifact(page, self._key("summary"), plain(words))
            await self._show_table("failures", failure_rows(failed, jobs), plain(failure_words(failed)))
            for ratio in dict.fromkeys(film.ratio for film in self._films):
                films = [film for film in self._films if film.ratio == ratio]
                told = plain(ratio_words(films, tally)) + linked(
                    "in the gallery", filtered(self._link, ratio=ratio.label)
                )
                await self._show_table(f"ratio {ratio.slug}", ratio_rows(films, tally), told)
        except Exception as error:
            get_run_logger().warning("the summary could not be shown: %s", error)

    async def _show_bar(self, percent: float, words: str) -> None:
        if self._bar is None:
            self._bar = await acreate_progress_artifact(percent, self._key("progress"), words)
        else:
            await aupdate_progress_artifact(self._bar, percent, words)

    async def _show_table(self, name: str, rows: Rows, words: str) -> None:
        """Create a table, or update it in place: a version each time would fill the database."""
        known = self._tables.get(name)
        if known is None:
            self._tables[name] = await acreate_table_artifact(rows, self._key(name), words)
            return
        async with get_client() as client:
            await client.update_artifact(known, ArtifactUpdate(data=json.dumps(rows), description=words))

    def _key(self, *words: str) -> str:
        return key_of(self._campaign, *words)


def gallery_link(shop: Workshop) -> str:
    """Where a person sees the gallery of a run's campaign."""
    page = gallery_page(shop.plan.out)
    return gallery_url(shop.home, shop.plan.campaign, page) if shop.home else page.absolute().as_uri()


def _percent(progress: Progress) -> float:
    """Jobs and films together, so that neither half of a run looks like a standstill."""
    whole = progress.jobs_total + progress.films
    return 100.0 * (progress.jobs_done + progress.delivered + progress.failed) / whole if whole else 100.0
