"""Scheduled runs whose time came while nobody could start them: one makes up for all of its schedule."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from uuid import UUID

from prefect import State
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType

SKIPPED = "Skipped"


async def skip_missed(client: PrefectClient, deployment_ids: Sequence[UUID]) -> int:
    """Of each schedule's runs that are late, leave the latest; the others end as Skipped. Returns how many."""
    late = await client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=list(deployment_ids)),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
            expected_start_time=FlowRunFilterExpectedStartTime.model_validate({"before_": datetime.now(UTC)}),
        ),
        limit=200,
    )
    missed = superseded(late)
    for run in missed:
        words = "Its time passed before it could start; the schedule's latest run makes up for it."
        state: State[None] = State(type=StateType.CANCELLED, name=SKIPPED, message=words)
        await client.set_flow_run_state(run.id, state, force=True)
    return len(missed)


def superseded(late: Iterable[FlowRun]) -> list[FlowRun]:
    """The runs of each schedule but its latest. A run that a person asked for belongs to none and stays."""
    by_schedule: dict[tuple[UUID | None, UUID | None], list[tuple[datetime, UUID, FlowRun]]] = {}
    for run in late:
        if run.auto_scheduled and run.expected_start_time is not None:
            schedule = run.created_by.id if run.created_by is not None else None
            due = (run.expected_start_time, run.id, run)
            by_schedule.setdefault((run.deployment_id, schedule), []).append(due)
    return [run for runs in by_schedule.values() for _, _, run in sorted(runs)[:-1]]
