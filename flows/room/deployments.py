"""What a campaign's room offers at the Prefect server: its flows with their forms, and the schedules of its markets.

Prefect keeps a deployment by its name and a schedule by its slug. What has not changed is not touched: an update drops
the runs that are planned already, and one whose minute has come meanwhile would be lost.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentScheduleCreate, DeploymentUpdate, WorkPoolCreate
from prefect.client.schemas.objects import DeploymentSchedule
from prefect.client.schemas.schedules import CronSchedule
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound
from prefect.utilities.callables import parameter_schema

from campaign.model.campaign import Brief, Campaign
from flows.control.timetable import Timed, timed
from flows.fan_out import fan_out
from flows.markets.market import market
from flows.regenerate import regenerate
from flows.room.forms import Choices, choices_of, form_of

TAG = "fanout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A flow of a campaign as the server is to know it; `form` is the JSON schema of its parameters.

    `pool` is the work pool whose workers run it; None: the room does.
    """

    flow: str
    campaign: str
    entrypoint: str
    description: str
    parameters: dict[str, Any]
    form: dict[str, Any]
    schedules: tuple[Timed, ...] = ()
    pool: str | None = None

    @property
    def name(self) -> str:
        """`fan-out/fresh-days`."""
        return f"{self.flow}/{self.campaign}"

    @property
    def version(self) -> str:
        """Changes with everything that is written down of it, except the schedules."""
        said = [self.entrypoint, self.description, self.parameters, self.form, *([self.pool] if self.pool else [])]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def deployments_of(brief: Brief) -> tuple[Deployment, ...]:
    """Everything that the room of a campaign offers."""
    choices = choices_of(brief)
    return (
        _deployment(fan_out, brief, choices, timed(brief.campaign.schedules)),
        _deployment(regenerate, brief, choices),
        *_for_workers(brief.campaign),
    )


def _for_workers(campaign: Campaign) -> Iterator[Deployment]:
    """The pages that a run hands to workers: nobody fills in their form by hand."""
    if campaign.work_pool is not None:
        yield Deployment(
            flow=market.name,
            campaign=campaign.name,
            entrypoint="flows.markets.market.market",
            description="One page of a run, made by a worker of the pool.",
            parameters={},
            form=parameter_schema(market.fn).model_dump_for_openapi(),
            pool=campaign.work_pool,
        )


def _deployment(flow: Flow[..., Any], brief: Brief, choices: Choices, schedules: tuple[Timed, ...] = ()) -> Deployment:
    return Deployment(
        flow=flow.name,
        campaign=brief.campaign.name,
        entrypoint=f"{flow.fn.__module__}.{flow.fn.__name__}",
        description=flow.description or "",
        parameters={"campaign_file": str(brief.campaign.file)},
        form=form_of(flow, choices),
        schedules=schedules,
    )


async def apply(deployment: Deployment, client: PrefectClient) -> UUID:
    """Bring the server in line; returns the deployment's id. Whether a schedule is paused is left as it is."""
    told: dict[str, Any] = {
        "version": deployment.version,
        "description": deployment.description,
        "tags": [TAG, deployment.campaign],
        "entrypoint": deployment.entrypoint,
        "parameters": deployment.parameters,
        "parameter_openapi_schema": deployment.form,
        "enforce_parameter_schema": True,
    }
    if deployment.pool is not None:
        told["work_pool_name"] = deployment.pool
        await _require_pool(deployment.pool, client)
    try:
        known = await client.read_deployment_by_name(deployment.name)
    except ObjectNotFound:
        flow_id = await client.create_flow_from_name(deployment.flow)
        made = await client.create_deployment(flow_id, deployment.campaign, **told)
        await keep_schedules(made, deployment.schedules, client)
        return made
    if known.version != deployment.version:
        await client.update_deployment(known.id, DeploymentUpdate(**told))
    await keep_schedules(known.id, deployment.schedules, client)
    return known.id


async def _require_pool(name: str, client: PrefectClient) -> None:
    """Make the pool, of workers that are processes, where there is none of that name: one of another kind stays."""
    try:
        await client.read_work_pool(name)
    except ObjectNotFound:
        with suppress(ObjectAlreadyExists):
            await client.create_work_pool(WorkPoolCreate(name=name, type="process"))


async def keep_schedules(deployment_id: UUID, wanted: tuple[Timed, ...], client: PrefectClient) -> None:
    """Add, change and remove schedules by slug; one without a slug is the person's own, made in the UI.

    To be done again and again: Prefect forgets a schedule's parameters when a person pauses or resumes it, and its runs
    would be of the whole campaign.
    """
    known = {each.slug: each for each in await client.read_deployment_schedules(deployment_id) if each.slug}
    for each in wanted:
        found = known.pop(each.slug, None)
        if found is None:
            new = DeploymentScheduleCreate(schedule=each.schedule, slug=each.slug, parameters=each.parameters)
            await client.create_deployment_schedules(deployment_id, [new])
        elif not _same(found, each):
            await client.update_deployment_schedule(
                deployment_id, found.id, schedule=each.schedule, parameters=each.parameters
            )
    for gone in known.values():
        await client.delete_deployment_schedule(deployment_id, gone.id)


def _same(known: DeploymentSchedule, wanted: Timed) -> bool:
    has = known.schedule
    return (
        isinstance(has, CronSchedule)
        and (has.cron, has.timezone) == (wanted.cron, wanted.timezone)
        and known.parameters == wanted.parameters
    )
