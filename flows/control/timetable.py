"""The schedules of campaign.toml as Prefect is to have them, and what a run that one of them began is of."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.schedules import CronSchedule
from prefect.context import FlowRunContext

from campaign.intake.campaign_file import read_leniently
from campaign.intake.catalogue import read_catalogue
from campaign.model.campaign import Schedule
from flows.showing.escaping import key_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A schedule of a market, known by its slug. `parameters` say what its runs are of."""

    slug: str
    cron: str
    timezone: str
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def schedule(self) -> CronSchedule:
        """As Prefect takes it; it counts in local time, daylight saving included."""
        return CronSchedule(cron=self.cron, timezone=self.timezone)


def timed(schedules: Iterable[Schedule]) -> tuple[Timed, ...]:
    """The schedules of campaign.toml with slugs that stay while their market's entries keep their order: `de-1`, `de-2`."""
    made: list[Timed] = []
    counts: dict[str, int] = {}
    for each in schedules:
        market = key_of(each.market)
        counts[market] = counts.get(market, 0) + 1
        only = {"only": [f"market={each.market}"]}
        made.append(Timed(slug=f"{market}-{counts[market]}", cron=each.cron, timezone=each.timezone, parameters=only))
    return tuple(made)


def own_selectors(campaign_file: Path) -> tuple[str, ...]:
    """What the schedule that began this flow run is of, as campaign.toml has it now; nothing for a run that none began.

    For a run that was told nothing: Prefect forgets a schedule's parameters when a person pauses or resumes it, and runs that
    it plans before the room has mended that would be of the whole campaign.
    """
    context = FlowRunContext.get()
    campaign = read_leniently(campaign_file, read_catalogue()).campaign
    if campaign is None or context is None or context.flow_run is None:
        return ()
    return selectors_of(context.flow_run, campaign.schedules)


def selectors_of(run: FlowRun, schedules: Iterable[Schedule]) -> tuple[str, ...]:
    """What the schedule that began a run is of: the server names it by its slug."""
    maker = run.created_by
    if maker is None or maker.type != "SCHEDULE":
        return ()
    found = (each for each in timed(schedules) if each.slug == maker.display_value)
    return tuple(selector for each in found for selector in each.parameters["only"])
