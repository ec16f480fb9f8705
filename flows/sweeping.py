"""Ends, in the server's records, runs whose process died: nothing else does, and they would show Running for ever."""

from prefect import State
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import StateType
from prefect.states import Crashed

_OPEN = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
_BATCH = 200
_ROUNDS = 50


def sweep() -> int:
    """Mark runs without a deployment that are still open as Crashed; returns how many flow runs.

    Only right when no process can be running them: just after our own server was started.
    """
    with get_client(sync_client=True) as client:
        for _ in range(_ROUNDS):
            if not _sweep_task_runs(client):
                break
        return _sweep_flow_runs(client)


def _dead_flow_runs() -> FlowRunFilter:
    return FlowRunFilter(
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=_OPEN)),
        deployment_id=FlowRunFilterDeploymentId(is_null_=True),
    )


def _sweep_task_runs(client: SyncPrefectClient) -> int:
    runs = client.read_task_runs(
        flow_run_filter=_dead_flow_runs(),
        task_run_filter=TaskRunFilter(state=TaskRunFilterState(type=TaskRunFilterStateType(any_=_OPEN))),
        limit=_BATCH,
    )
    for run in runs:
        client.set_task_run_state(run.id, _died(), force=True)
    return len(runs)


def _sweep_flow_runs(client: SyncPrefectClient) -> int:
    runs = client.read_flow_runs(flow_run_filter=_dead_flow_runs(), limit=_BATCH)
    for run in runs:
        client.set_flow_run_state(run.id, _died(), force=True)
    return len(runs)


def _died() -> State[None]:
    return Crashed(message="Its process died. What was bought is kept in the ledger; a new run goes on from there.")
