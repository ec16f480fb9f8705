"""Follows a page that was handed over: taken by a worker, at work, ended; lost with its worker, taken by nobody."""

import asyncio
import time
from collections.abc import Callable
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.logging import get_run_logger
from prefect.states import Cancelling, Crashed

from flows.markets.pool import Pool
from flows.markets.pulse import SILENT_S, Pulse

POLL_S = 2.0
START_S = 300.0
"""A worker may take so long to bring a page to life: it may have to fetch an image first."""
LOST_S = 600.0
"""A server that does not answer for so long is gone: what workers did meanwhile is in the ledger all the same."""
FAREWELL_S = 40.0
"""Called off, a page may take so long to end in good order: a worker's own patience is 30 s."""


async def followed(flow_run_id: UUID, title: str, pool: Pool, taken: Callable[[], None]) -> FlowRun | None:
    """The page's flow run when it has ended, or was given up as dead; None when nobody takes it and `pool` is given up.

    `taken` is called whenever a worker is seen to have it. A server that is silent for a while proves nothing; raises what its
    silence is when it lasts.
    """
    pulse, heard = Pulse(time.monotonic), time.monotonic()
    while True:
        try:
            async with get_client() as client:
                while True:
                    flow_run = await client.read_flow_run(flow_run_id)
                    heard, state = time.monotonic(), flow_run.state
                    if state is not None and state.is_final():
                        return flow_run
                    if state is None or state.type is StateType.SCHEDULED:
                        await pool.look(client)
                        if pool.given_up:
                            return None
                    else:
                        taken()
                        pool.moves()
                        still_s = pulse.still_s((state.type, flow_run.updated))
                        if still_s > (START_S if state.type is StateType.PENDING else SILENT_S):
                            return await _bury(client, flow_run_id, still_s)
                    await asyncio.sleep(POLL_S)
        except Exception as error:
            if time.monotonic() - heard > LOST_S:
                raise
            get_run_logger().warning("%s: the server does not answer: %s", title, error)
            pulse.forget()
            await asyncio.sleep(POLL_S)


async def _bury(client: PrefectClient, flow_run_id: UUID, still_s: float) -> FlowRun:
    """Mark as crashed what gives no sign of life; should it live after all, it sees that and ends itself."""
    message = f"Its worker gave no sign of life for {still_s:.0f} s."
    await client.set_flow_run_state(flow_run_id, Crashed(message=message), force=True)
    return await client.read_flow_run(flow_run_id)


async def call_off(flow_run_id: UUID) -> None:
    """End a page with its run, and wait until it has let go of what it held."""
    deadline = time.monotonic() + FAREWELL_S
    async with get_client() as client:
        await client.set_flow_run_state(flow_run_id, Cancelling(message="Stopped with the run it belongs to."))
        while time.monotonic() < deadline:
            state = (await client.read_flow_run(flow_run_id)).state
            if state is None or state.is_final():
                return
            await asyncio.sleep(POLL_S)
