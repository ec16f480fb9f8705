"""Spreads the pages of a run over the workers of a pool: each is a flow run of its own, followed until its films have ended.

What a worker did is read from the ledger and the store, never from its answer; what it left undone another takes up.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound
from prefect.logging import get_run_logger
from prefect.states import Cancelling, Crashed

from campaign.errors import SetupError
from campaign.preparing.billing import whole
from flows.markets.page_order import PageOrder
from flows.markets.pages import Page, pages
from flows.markets.progress_elsewhere import give_up, look, watched
from flows.markets.pulse import Pulse
from tasks.workshop import Spread, Workshop

AHEAD = 3
"""Pages that wait for a worker at most: more would only stand in the server's queue, where a Cancel has to find them."""
TAKES = 3
"""How often a page is handed over. Thrice dead is no accident of a machine."""
POLL_S = 2.0
SILENT_S = 20.0
"""A page that gave no sign of life for so long (five beats) has lost its worker."""
START_S = 300.0
"""A worker may take so long to bring a page to life: it may have to fetch an image first."""
LOST_S = 600.0
"""A server that does not answer for so long is gone: what workers did meanwhile is in the ledger all the same."""
FAREWELL_S = 40.0
"""Called off, a page may take so long to end in good order: a worker's own patience is 30 s."""


async def spread_pages(shop: Workshop, spread: Spread) -> None:
    """Have all that is left made elsewhere. Returns when every film has ended, made or not. Cancelled, it calls them off.

    Raises SetupError when the server does not know the campaign's market deployment.
    """
    name = f"market/{shop.plan.campaign}"
    deployment = await _deployment(name)
    ahead = asyncio.Semaphore(AHEAD)
    async with watched(shop), asyncio.TaskGroup() as running:
        for page in pages(shop.left.works.values()):
            await ahead.acquire()
            handed = _Handed(shop, spread, page, deployment)
            running.create_task(handed.to_its_end(ahead.release))


async def _deployment(name: str) -> UUID:
    async with get_client() as client:
        try:
            return (await client.read_deployment_by_name(name)).id
        except ObjectNotFound:
            raise SetupError(
                f"campaign.toml hands markets to a work pool, but the server has no deployment {name}. Start `fanout serve` "
                "(or `prefect deploy --all`) with it, or take [machines] out of campaign.toml."
            ) from None


class _Handed:
    """One page in the hands of workers, one after the other."""

    def __init__(self, shop: Workshop, spread: Spread, page: Page, deployment: UUID) -> None:
        self._shop = shop
        self._spread = spread
        self._page = page
        self._deployment = deployment
        self._films = [film.film for work in page.works for film in work.films]

    async def to_its_end(self, begun: Callable[[], None]) -> None:
        """Follow the page until its films have ended; `begun` is called once, when a worker has it or nobody will."""
        waiting = [begun]

        def taken() -> None:
            if waiting:
                waiting.pop()()

        try:
            trouble = await self._takes(taken)
        except Exception as error:
            trouble = f"its page could not be followed: {type(error).__name__}: {error}"
        finally:
            taken()
        give_up(self._shop, self._films, await look(self._shop), trouble)

    async def _takes(self, taken: Callable[[], None]) -> str:
        """Why films may still be missing."""
        sentence = ""
        for take in range(1, TAKES + 1):
            flow_run = await self._hand_over(take)
            try:
                ended = await self._followed(flow_run.id, taken)
            except asyncio.CancelledError:
                await asyncio.shield(_call_off(flow_run.id))
                raise
            sentence = (ended.state.message if ended.state else None) or "its market flow broke"
            if ended.state is None or not ended.state.is_crashed():
                return sentence
            get_run_logger().warning("%s lost its worker (%s): taken up again", self._page.title, sentence)
        return f"{sentence} It was handed over {TAKES} times. Run again: it makes only what is missing."

    async def _hand_over(self, take: int) -> FlowRun:
        return await arun_deployment(
            self._deployment,
            parameters={
                "title": f"{self._page.title} of {self._shop.plan.campaign}",
                "variants": [work.variant.key for work in self._page.works],
                "page": self._order(),
            },
            idempotency_key=f"{self._spread.run_id} {self._page.title} {take}",  # drafts and finals may be one flow run's
            timeout=0,
        )

    def _order(self) -> PageOrder:
        asked = self._spread.order
        return PageOrder(
            order=replace(
                asked,
                campaign_file=asked.campaign_file.absolute(),
                only=(),
                films=tuple(film.id for film in self._films),
            ),
            run_id=self._spread.run_id,
            plan_sha256=whole(self._shop.plan, self._films).plan_sha256,
        )

    async def _followed(self, flow_run_id: UUID, taken: Callable[[], None]) -> FlowRun:
        """The flow run when it has ended, or was given up as dead. A server that is silent for a while proves nothing.

        Raises what its silence is when it lasts.
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
                        if state is not None and state.type is not StateType.SCHEDULED:
                            taken()
                            still_s = pulse.still_s((state.type, flow_run.updated))
                            if still_s > (START_S if state.type is StateType.PENDING else SILENT_S):
                                return await _bury(client, flow_run_id, still_s)
                        await asyncio.sleep(POLL_S)
            except Exception as error:
                if time.monotonic() - heard > LOST_S:
                    raise
                get_run_logger().warning("%s: the server does not answer: %s", self._page.title, error)
                pulse.forget()
                await asyncio.sleep(POLL_S)


async def _bury(client: PrefectClient, flow_run_id: UUID, still_s: float) -> FlowRun:
    """Mark as crashed what gives no sign of life; should it live after all, it sees that and ends itself."""
    message = f"Its worker gave no sign of life for {still_s:.0f} s."
    await client.set_flow_run_state(flow_run_id, Crashed(message=message), force=True)
    return await client.read_flow_run(flow_run_id)


async def _call_off(flow_run_id: UUID) -> None:
    """End a page with its run, and wait until it has let go of what it held."""
    deadline = time.monotonic() + FAREWELL_S
    async with get_client() as client:
        await client.set_flow_run_state(flow_run_id, Cancelling(message="Stopped with the run it belongs to."))
        while time.monotonic() < deadline:
            state = (await client.read_flow_run(flow_run_id)).state
            if state is None or state.is_final():
                return
            await asyncio.sleep(POLL_S)
