"""What the Prefect UI shows of a run: a progress bar and one live table, at the end a summary and a table per ratio."""

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
from flows.escaping import key_of, plain
from flows.tables import live_rows, ratio_rows, ratio_words, sentence, summary
from tasks.tally import Tally
from tasks.workshop import Workshop


class LiveBoard:
    """The artifacts of one run. A server that refuses them is logged and never stops the run."""

    def __init__(self, shop: Workshop) -> None:
        self._films = shop.films
        self._campaign = shop.plan.campaign
        self._out = shop.plan.out
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

    async def conclude(
        self, ending: str, progress: Progress, tally: Tally, *, stopped: bool, called_off: Sequence[str] = ()
    ) -> None:
        """Add the summary and one table for each aspect ratio, failed films first. `ending` is the run's last state,
        `called_off` tells what became of jobs that were with providers when it was stopped."""
        title = f"{self._campaign}: {ending}"
        page = summary(title, progress, tally, out=self._out, stopped=stopped, called_off=called_off)
        words = f"{ending}: {progress.delivered} of {progress.films} films made"
        try:
            await acreate_markdown_artifact(page, key_of(self._campaign, "summary"), plain(words))
            for ratio in dict.fromkeys(film.ratio for film in self._films):
                films = [film for film in self._films if film.ratio == ratio]
                await acreate_table_artifact(
                    ratio_rows(films, tally),
                    key_of(self._campaign, "ratio", ratio.slug),
                    plain(ratio_words(films, tally)),
                )
        except Exception as error:
            get_run_logger().warning("the summary could not be shown: %s", error)


def _percent(progress: Progress) -> float:
    """Jobs and films together, so that neither half of a run looks like a standstill."""
    whole = progress.jobs_total + progress.films
    return 100.0 * (progress.jobs_done + progress.delivered + progress.failed) / whole if whole else 100.0
