"""Sees to it that everything a run has told Prefect is recorded before its server may stop."""

import time
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.events.worker import EventsWorker
from prefect.logging.handlers import APILogWorker

SENT_S = 20.0
RECORDED_S = 30.0
QUIET_S = 3.0
POLL_S = 0.2
_TERMINAL = ["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]


def drain(flow_run_id: UUID, task_runs: int) -> None:
    """Wait until the server has recorded the end of `task_runs` task runs below a flow run, for RECORDED_S at most.

    A task run that was stopped before it began is never recorded, so a count that stands still for a while will do.
    Call it where no event loop runs.
    """
    EventsWorker.drain_all(timeout=SENT_S)
    APILogWorker.drain_all(timeout=SENT_S)
    began = last_change = time.monotonic()
    seen: tuple[int, int] | None = None
    with get_client(sync_client=True) as client:
        while time.monotonic() - began < RECORDED_S:
            ended, open_ = _count(client, flow_run_id, _TERMINAL), _count(client, flow_run_id, ["RUNNING", "PENDING"])
            if (ended, open_) != seen:
                seen, last_change = (ended, open_), time.monotonic()
            if not open_ and (ended >= task_runs or time.monotonic() - last_change > QUIET_S):
                return
            time.sleep(POLL_S)


def _count(client: SyncPrefectClient, flow_run_id: UUID, states: list[str]) -> int:
    """Task runs of the market flows below a campaign's flow run; its own are the market flows themselves."""
    body = {
        "flow_runs": {"parent_flow_run_id": {"any_": [str(flow_run_id)]}},
        "task_runs": {"state": {"type": {"any_": states}}},
    }
    answer = client.request("POST", "/task_runs/count", json=body)
    answer.raise_for_status()
    return int(answer.json())
