"""Attends a run from its start to its last record: workshop, server, flow, draining."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

from prefect import Flow, State
from prefect.client.orchestration import get_client
from prefect.exceptions import CancelledRun, CrashedRun, FailedRun
from prefect.states import Cancelled

from campaign.model.orders import Progress, RunOrder
from campaign.settings import Settings
from flows.connecting import connected, seated
from flows.draining import drain
from flows.fan_out import fan_out
from flows.launch import Opening
from flows.progress import LISTENER
from flows.results import RunResult, result_of
from flows.server import Server
from flows.stopping import STOP, Stop
from flows.sweeping import sweep
from tasks.workshop import Workshop, at_work


async def attend(
    order: RunOrder,
    settings: Settings,
    *,
    stop: Stop,
    listener: Callable[[Progress], None],
    say: Callable[[str], None],
    opening: Opening | None,
) -> RunResult:
    """Carry out `order`; see `flows.launch.launch`."""
    STOP.set(stop)
    LISTENER.set(listener)
    if opening is None:
        from flows.opening import opened

        opening = opened
    home = settings.home_of(order.campaign_file.absolute().parent)
    async with seated(home, _sparingly(say)) as seat, opening(order, settings) as shop:
        server = await seat
        with connected(server, home):
            # Told where results would lie, Prefect does not ask the server about it (and leave the socket open).
            flow = fan_out.with_options(result_storage=home / "prefect" / "storage")
            return await _run(flow, order, shop, server, stop, say)


async def _run(
    flow: Flow[..., Any], order: RunOrder, shop: Workshop, server: Server, stop: Stop, say: Callable[[str], None]
) -> RunResult:
    if server.started:
        await asyncio.to_thread(sweep)
    say(_way_to(server))
    with at_work(shop):
        state: State[Any] = await flow(**_parameters(order), return_state=True)  # type: ignore[misc] # Flow[..., Any] hides that it is async
    flow_run_id = state.state_details.flow_run_id
    assert flow_run_id is not None
    await asyncio.to_thread(drain, flow_run_id, shop.tally.task_runs)
    await _raise_fault(state, shop, flow_run_id)
    url = f"{server.url}/runs/flow-run/{flow_run_id}"
    interrupted = stop.reason is not None or state.is_cancelled() or state.is_cancelling()
    return await asyncio.to_thread(result_of, shop, interrupted=interrupted, state=state.name or "", flow_run_url=url)


def _parameters(order: RunOrder) -> dict[str, Any]:
    """The order as the flow takes it."""
    return {
        "campaign_file": order.campaign_file.absolute(),
        "provider": order.provider,
        "draft": order.draft,
        "only": list(order.only),
        "skip_bad": order.skip_bad,
        "max_usd": order.max_usd,
        "films": list(order.films) if order.films is not None else None,
    }


async def _raise_fault(state: State[Any], shop: Workshop, flow_run_id: UUID) -> None:
    """Raise what broke the run as a whole. Films that failed are no such fault: they are in the result."""
    if shop.tally.fault is not None:
        raise shop.tally.fault
    if not state.is_final():  # it broke while being cancelled: Prefect keeps neither the error nor a final state
        async with get_client() as client:
            await client.set_flow_run_state(flow_run_id, Cancelled(), force=True)
        return
    error = await state.aresult(raise_on_failure=False)
    if isinstance(error, BaseException) and not isinstance(error, FailedRun | CancelledRun | CrashedRun):
        raise error


def _way_to(server: Server) -> str:
    password = f" (user and password: {server.password_file})" if server.password_file else ""
    return f"operations room: {server.url}{password}"


def _sparingly(say: Callable[[str], None]) -> Callable[[str], None]:
    """Say the first of a series of notes that differ only in their seconds."""
    said: set[str] = set()

    def once(sentence: str) -> None:
        kind = sentence.split("(", maxsplit=1)[0]
        if kind not in said:
            said.add(kind)
            say(sentence)

    return once
