"""Attends a run from its start to its last record: workshop, server, flow, draining."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from prefect import Flow, State
from prefect.client.orchestration import get_client
from prefect.exceptions import CancelledRun, CrashedRun, FailedRun

from campaign.errors import CampaignError
from campaign.model import money
from campaign.model.orders import Progress, RunOrder
from campaign.preparing.billing import Spend
from campaign.settings import Settings
from flows.control.saying import SAY, sparingly
from flows.control.stopping import STOP, Stop
from flows.fan_out import fan_out
from flows.hosting.connecting import connected, seated, why_silent
from flows.hosting.draining import drain
from flows.hosting.server import Server
from flows.hosting.sweeping import sweep
from flows.showing.progress import LISTENER
from flows.showing.results import RunResult, result_of
from flows.showing.verdict import verdict
from tasks.workshop import Opening, Workshop, at_work

LOST_SERVER = "Lost its server"


async def attend(
    order: RunOrder,
    settings: Settings,
    *,
    stop: Stop,
    listener: Callable[[Progress], None],
    say: Callable[[str], None],
    opening: Opening | None,
    bound: Spend | None,
) -> RunResult:
    """Carry out `order`; see `flows.terminal.launch.launch`."""
    STOP.set(stop)
    LISTENER.set(listener)
    SAY.set(say)
    if opening is None:
        from flows.control.opening import opened

        opening = partial(opened, bound=bound)
    home = settings.home_of(order.campaign_file.absolute().parent)
    async with seated(home, sparingly(say)) as seat, opening(order, settings) as shop:
        server = await seat
        with connected(server, home):
            # Told where results would lie, Prefect does not ask the server about it (and leave the socket open).
            flow = fan_out.with_options(result_storage=home / "prefect" / "storage")
            return await _run(flow, order, shop, server, stop, say)


async def _run(
    flow: Flow[..., Any], order: RunOrder, shop: Workshop, server: Server, stop: Stop, say: Callable[[str], None]
) -> RunResult:
    say(_way_to(server))
    try:
        if server.started:
            await asyncio.to_thread(sweep)
        with at_work(shop):
            state: State[Any] = await flow(**_parameters(order), return_state=True)  # type: ignore[misc] # Flow[..., Any] hides that it is async
        flow_run_id = state.state_details.flow_run_id
        assert flow_run_id is not None
        await asyncio.to_thread(drain, flow_run_id, shop.tally.task_runs)
        state = await _settled(state, shop, flow_run_id)
    except CampaignError:
        raise
    except Exception:
        trouble = await why_silent()
        if trouble is None:
            raise
        return await without_server(shop, server, trouble, interrupted=stop.reason is not None)
    url = f"{server.url}/runs/flow-run/{flow_run_id}"
    interrupted = stop.reason is not None or state.is_cancelled()
    return await asyncio.to_thread(result_of, shop, interrupted=interrupted, state=state.name or "", flow_run_url=url)


async def without_server(shop: Workshop, server: Server, trouble: str, *, interrupted: bool) -> RunResult:
    """The end of a run whose server went away under it: what is made is gathered, the rest is left to the next run."""
    await asyncio.to_thread(shop.hands.gather)
    await asyncio.to_thread(shop.hands.conclude, LOST_SERVER)
    result = await asyncio.to_thread(result_of, shop, interrupted=interrupted, state=LOST_SERVER, flow_run_url="")
    sentence = (
        f"the Prefect server at {server.url} {trouble}: it went away while the run was under way, and its pages of this "
        f"run are incomplete. Nothing paid is lost: the ledger has it, and what is made is gathered. "
    )
    rest = "" if result.delivered == result.selected else "Run again: it makes only what is missing."
    return replace(result, troubles=((sentence + rest).strip(), *result.troubles))


def _parameters(order: RunOrder) -> dict[str, Any]:
    """The order as the flow takes it."""
    return {
        "campaign_file": order.campaign_file.absolute(),
        "provider": order.provider,
        "draft": order.draft,
        "only": list(order.only),
        "skip_bad": order.skip_bad,
        "max_usd": "" if order.max_usd is None else money.text(order.max_usd),
        "films": list(order.films) if order.films is not None else None,
    }


async def _settled(state: State[Any], shop: Workshop, flow_run_id: UUID) -> State[Any]:
    """The final state of the run. Raises what broke it as a whole; films that failed are no such fault."""
    if not state.is_final():  # cancelled while it ended or broke: Prefect keeps neither its last state nor the error
        state = verdict(list(shop.tally.ends.values()), shop.tally.films, stopped=True)
        async with get_client() as client:
            await client.set_flow_run_state(flow_run_id, state, force=True)
    if shop.tally.fault is not None:
        raise shop.tally.fault
    if state.is_cancelled():
        return state
    error = await state.aresult(raise_on_failure=False)
    if isinstance(error, BaseException) and not isinstance(error, FailedRun | CancelledRun | CrashedRun):
        raise error
    return state


def _way_to(server: Server) -> str:
    login = f' (log in with the text after "auth" in {server.password_file})' if server.password_file else ""
    return f"operations room: {server.url}{login}"
