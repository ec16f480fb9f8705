"""The schedules of campaign.toml as Prefect is to have them, and what a run that one of them began is of."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.schedules import CronSchedule
from prefect.context import FlowRunContext

from campaign.errors import InputError, SetupError
from campaign.intake.campaign_file import read_leniently
from campaign.intake.catalogue import read_catalogue
from campaign.model.campaign import Schedule
from campaign.model.faults import Level
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

    For a run that was told nothing: Prefect forgets a schedule's parameters when a person pauses or resumes it, and what is
    left would be the whole campaign. Raises InputError for a faulty campaign.toml, SetupError when it knows no such schedule.
    """
    context = FlowRunContext.get()
    run = context.flow_run if context is not None else None
    if run is None or not _scheduled(run):
        return ()
    reading = read_leniently(campaign_file, read_catalogue())
    if reading.campaign is None or any(fault.level is Level.ERROR for fault in reading.faults):
        raise InputError(reading.faults)
    return selectors_of(run, reading.campaign.schedules)


def selectors_of(run: FlowRun, schedules: Iterable[Schedule]) -> tuple[str, ...]:
    """What the schedule that began a run is of: the server names it by its slug. Nothing for a run that none began.

    Raises SetupError for a slug that is none of `schedules`.
    """
    if not _scheduled(run):
        return ()
    slug = run.created_by.display_value if run.created_by is not None else None
    for each in timed(schedules):
        if each.slug == slug:
            return tuple(each.parameters["only"])
    raise SetupError(
        f"The schedule that began this run ({slug}) does not say what its runs are of, and campaign.toml has no [[schedule]] "
        "of that slug. Prefect forgets what a schedule was told when it is paused or resumed. Nothing was made or bought. Write "
        'its market under [[schedule]] in campaign.toml (slugs are de-1, de-2 and so on), or tell it again: only: ["market=DE"], '
        "or only: [] for the whole campaign."
    )


def _scheduled(run: FlowRun) -> bool:
    return run.created_by is not None and run.created_by.type == "SCHEDULE"
