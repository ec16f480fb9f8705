"""Ends, in the server's records, runs whose process died: nothing else does, and they would show Running for ever."""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from prefect import State
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterId,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterParentTaskRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
    TaskRunFilter,
    TaskRunFilterState,
    TaskRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.settings import get_current_settings
from prefect.states import Crashed

from flows.hosting.seats import died_here, discard, free, run_lock
from flows.hosting.server import is_own

_OPEN = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
_ENDED_BADLY = [StateType.CRASHED, StateType.CANCELLED, StateType.FAILED]
_BATCH = 200
_ROUNDS = 50
_RECENT = 20
_STALE_S = 7 * 24 * 3600


def sweep() -> int:
    """Mark runs from a terminal that are still open as Crashed, and what is below them; returns how many flow runs.

    Only right when no process can be running them: just after our own server was started.
    """
    started_by_hand = FlowRunFilter(
        state=_in(_OPEN),
        deployment_id=FlowRunFilterDeploymentId(is_null_=True),
        parent_task_run_id=FlowRunFilterParentTaskRunId(is_null_=True),
    )
    with get_client(sync_client=True) as client:
        return _end_with_all_below(client, client.read_flow_runs(flow_run_filter=started_by_hand, limit=_BATCH))


def sweep_room(folder: Path, deployment_ids: Sequence[UUID]) -> int:
    """The same for runs that a room's deployments began, those that wait for an answer too.

    At our own server every run is of this machine, and dead is whose lock nobody holds. At one that machines share, only
    those are looked at that left a lock here: the others may be at work elsewhere, and the server's automations end those
    that give no sign of life. Only right while the room starts none of these deployments: a process that is just being
    started holds no lock yet.
    """
    open_ones = FlowRunFilter(
        state=_in([*_OPEN, StateType.PAUSED]), deployment_id=FlowRunFilterDeploymentId(any_=list(deployment_ids))
    )
    with get_client(sync_client=True) as client:
        found = client.read_flow_runs(flow_run_filter=open_ones, limit=_BATCH)
        own = is_own(folder, get_current_settings().api.url)
        dead = [run for run in found if (free(run_lock(folder, run.id)) if own else died_here(folder, run.id))]
        ended = _end_with_all_below(client, dead)
    sweep_below(deployment_ids)
    _forget_old_locks(folder)
    return ended


def sweep_below(deployment_ids: Sequence[UUID]) -> None:
    """End what is still open below the latest runs that have ended badly: whoever saw them end does not look there."""
    badly = FlowRunFilter(state=_in(_ENDED_BADLY), deployment_id=FlowRunFilterDeploymentId(any_=list(deployment_ids)))
    with get_client(sync_client=True) as client:
        ended = client.read_flow_runs(flow_run_filter=badly, sort=FlowRunSort.END_TIME_DESC, limit=_RECENT)
        _end_below(client, [run.id for run in ended])


def _forget_old_locks(folder: Path) -> None:
    """A run's lock stays for a while when it has ended: another campaign's room may not have asked about it yet."""
    for file in (folder / "runs").glob("*.lock"):
        with suppress(FileNotFoundError):  # another room was faster
            if time.time() - file.stat().st_mtime > _STALE_S:
                discard(file)


def _end_with_all_below(client: SyncPrefectClient, runs: Sequence[FlowRun]) -> int:
    below = _end_below(client, [run.id for run in runs])
    _crash(client, runs)
    return len(runs) + below


def _end_below(client: SyncPrefectClient, parents: Sequence[UUID]) -> int:
    """End the open market flows below `parents`, and all open task runs there; returns how many market flows."""
    if not parents:
        return 0
    markets = client.read_flow_runs(
        flow_run_filter=FlowRunFilter(
            state=_in(_OPEN),
            parent_flow_run_id=FlowRunFilterParentFlowRunId(any_=list(parents)),
            deployment_id=FlowRunFilterDeploymentId(is_null_=True),  # workers elsewhere see to their own
        ),
        limit=_BATCH,
    )
    for _ in range(_ROUNDS):
        if not _crash_task_runs(client, [*parents, *(run.id for run in markets)]):
            break
    _crash(client, markets)
    return len(markets)


def _crash_task_runs(client: SyncPrefectClient, flow_run_ids: list[UUID]) -> int:
    runs = client.read_task_runs(
        flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=flow_run_ids)),
        task_run_filter=TaskRunFilter(state=TaskRunFilterState(type=TaskRunFilterStateType(any_=_OPEN))),
        limit=_BATCH,
    )
    for run in runs:
        client.set_task_run_state(run.id, _died(), force=True)
    return len(runs)


def _crash(client: SyncPrefectClient, runs: Iterable[FlowRun]) -> None:
    for run in runs:
        client.set_flow_run_state(run.id, _died(), force=True)


def _in(states: list[StateType]) -> FlowRunFilterState:
    return FlowRunFilterState(type=FlowRunFilterStateType(any_=states))


def _died() -> State[None]:
    return Crashed(message="Its process died. What was bought is kept in the ledger; a new run goes on from there.")
