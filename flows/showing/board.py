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
from flows.showing.tables import linked, live_rows, live_words, places, ratio_rows, ratio_words, summary
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
        self._table: UUID | None = None

    async def show(self, progress: Progress, tally: Tally) -> None:
        """Create or update the bar and the live table, in place: a version each time would fill the database."""
        rows, percent = live_rows(self._films, tally), _percent(progress)
        words = live_words(progress, await asyncio.to_thread(self._hands.limits), self._link)
        try:
            if self._bar is None or self._table is None:
                self._bar = await acreate_progress_artifact(percent, self._key("progress"), words)
                self._table = await acreate_table_artifact(rows, self._key("live"), words)
                return
            await aupdate_progress_artifact(self._bar, percent, words)
            async with get_client() as client:
                await client.update_artifact(self._table, ArtifactUpdate(data=json.dumps(rows), description=words))
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
            places=places(self._out, self._link),
            limits=limits,
            stopped=stopped,
            called_off=called_off,
        )
        failed = tally.failures
        try:
            await acreate_markdown_artifact(page, self._key("summary"), plain(words))
            await acreate_table_artifact(
                failure_rows(failed, jobs), self._key("failures"), plain(failure_words(failed))
            )
            for ratio in dict.fromkeys(film.ratio for film in self._films):
                films = [film for film in self._films if film.ratio == ratio]
                told = plain(ratio_words(films, tally)) + linked(
                    "in the gallery", filtered(self._link, ratio=ratio.label)
                )
                await acreate_table_artifact(ratio_rows(films, tally), self._key("ratio", ratio.slug), told)
        except Exception as error:
            get_run_logger().warning("the summary could not be shown: %s", error)

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
