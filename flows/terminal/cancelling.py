"""Cancels runs through the server, as the Cancel button does: each run watches its own state and ends itself."""

import time
from contextlib import suppress
from pathlib import Path

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.states import Cancelling

from campaign.errors import InputError
from campaign.intake.campaign_file import campaign_name
from flows.hosting.connecting import connected, given_server, require_answer
from flows.hosting.server import Server, kept_server

UNDER_WAY = [StateType.RUNNING, StateType.PENDING, StateType.PAUSED]
"""Paused: it waits for a person's answer."""
PATIENCE_S = 60.0
POLL_S = 0.5


def cancel_runs(campaign_file: Path, home: Path) -> tuple[str, ...]:
    """Ask every run of the campaign that is under way to stop, wait until they have ended, return their names.

    Raises SetupError when the person's own server cannot be worked with.
    """
    given = given_server()
    if given is not None:
        require_answer(given, home)
        return _cancel_at(given, campaign_file, home)
    # Our seat keeps the server until the end of the runs is seen: the last of them would take it with it.
    with kept_server(home) as own:
        return _cancel_at(own, campaign_file, home) if own is not None else ()


def _cancel_at(server: Server, campaign_file: Path, home: Path) -> tuple[str, ...]:
    with connected(server, home), get_client(sync_client=True) as client:
        runs = [run for run in _under_way(client) if is_of(run, campaign_file)]
        for run in runs:
            client.set_flow_run_state(run.id, Cancelling(message="Cancelled by `fanout cancel`."))
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and any(_is_open(client, run) for run in runs):
            time.sleep(POLL_S)
    return tuple(run.name for run in runs)


def is_of(run: FlowRun, campaign_file: Path) -> bool:
    """Whether a run is of this campaign.toml: by its file, wherever links lead; and by its campaign's name, with which every
    deployment is tagged, where the file is told as its worker sees it."""
    said = Path(str(run.parameters.get("campaign_file", "")))
    if said.is_absolute():
        return _place(said) == _place(campaign_file)
    with suppress(InputError):
        return said.name == campaign_file.name and campaign_name(campaign_file) in run.tags
    return False


def _place(file: Path) -> Path:
    return file.parent.resolve() / file.name


def _under_way(client: SyncPrefectClient) -> list[FlowRun]:
    return client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=["fan-out", "regenerate"])),
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=UNDER_WAY))),
        limit=100,
    )


def _is_open(client: SyncPrefectClient, run: FlowRun) -> bool:
    state = client.read_flow_run(run.id).state
    return state is not None and not state.is_final()
