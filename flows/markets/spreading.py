"""Spreads the pages of a run over the workers of a pool: each is a flow run of its own, followed until its films have ended.

What a worker did is read from the ledger and the store, never from its answer; what it left undone another takes up.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import arun_deployment
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.logging import get_run_logger

from campaign.errors import SetupError
from campaign.model.outcomes import Reason
from campaign.preparing.billing import whole
from flows.control.stopping import own_flow_run_id
from flows.markets.following import LOST_S, POLL_S, call_off, followed
from flows.markets.page_order import PageOrder
from flows.markets.pages import Page, pages
from flows.markets.pool import Pool
from flows.markets.progress_elsewhere import give_up, look, watched
from flows.markets.pulse import alive
from tasks.workshop import Spread, Workshop

AHEAD = 3
"""Pages that wait for a worker at most: more would only stand in the server's queue, where a Cancel has to find them."""
TAKES = 3
"""How often a page is handed over. Thrice dead is no accident of a machine."""


async def spread_pages(shop: Workshop, spread: Spread) -> None:
    """Have all that is left made elsewhere. Returns when every film has ended, made or not. Cancelled, it calls them off.

    Raises SetupError when the server does not know the campaign's market deployment.
    """
    crew = await _crew(f"market/{shop.plan.campaign}")
    ahead = asyncio.Semaphore(AHEAD)
    async with watched(shop), alive(crew.asker, spread.run_id), asyncio.TaskGroup() as running:
        for page in pages(shop.left.works.values()):
            await ahead.acquire()
            handed = _Handed(shop, spread, page, crew)
            running.create_task(handed.to_its_end(ahead.release))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Crew:
    """Who makes the pages: reached by which deployment, in which pool, asked by which flow run."""

    deployment: UUID
    pool: Pool
    asker: UUID


async def _crew(name: str) -> _Crew:
    async with get_client() as client:
        try:
            found = await client.read_deployment_by_name(name)
        except ObjectNotFound:
            raise SetupError(
                f"campaign.toml hands markets to a work pool, but the server has no deployment {name}. Start `fanout serve` "
                "(or `prefect deploy --all`) with it, or take [machines] out of campaign.toml."
            ) from None
    return _Crew(deployment=found.id, pool=Pool(found.work_pool_name), asker=own_flow_run_id())


@dataclass(frozen=True, slots=True)
class _Left:
    """Why films of a page may be missing when it has ended."""

    sentence: str
    reason: Reason | None = None


class _Handed:
    """One page in the hands of workers, one after the other."""

    def __init__(self, shop: Workshop, spread: Spread, page: Page, crew: _Crew) -> None:
        self._shop = shop
        self._spread = spread
        self._page = page
        self._crew = crew
        self._films = [film.film for work in page.works for film in work.films]

    async def to_its_end(self, begun: Callable[[], None]) -> None:
        """Follow the page until its films have ended; `begun` is called once, when a worker has it or nobody will."""
        waiting = [begun]

        def taken() -> None:
            if waiting:
                waiting.pop()()

        try:
            left = await self._takes(taken)
        except Exception as error:
            left = _Left(f"its page could not be followed: {type(error).__name__}: {error}")
        finally:
            taken()
        give_up(self._shop, self._films, await look(self._shop), left.sentence, left.reason)

    async def _takes(self, taken: Callable[[], None]) -> _Left:
        sentence = ""
        for take in range(1, TAKES + 1):
            if self._crew.pool.given_up:
                return _Left(self._crew.pool.given_up, Reason.CANCELLED)
            flow_run = await self._handed_over(take)
            try:
                ended = await followed(flow_run.id, self._page.title, self._crew.pool, taken)
            except asyncio.CancelledError:
                await asyncio.shield(call_off(flow_run.id))
                raise
            if ended is None:
                await call_off(flow_run.id)
                return _Left(self._crew.pool.given_up, Reason.CANCELLED)
            sentence = (ended.state.message if ended.state else None) or "its market flow broke"
            if ended.state is None or not ended.state.is_crashed():
                return _Left(sentence)
            get_run_logger().warning("%s lost its worker (%s): taken up again", self._page.title, sentence)
        return _Left(f"{sentence} It was handed over {TAKES} times. Run again: it makes only what is missing.")

    async def _handed_over(self, take: int) -> FlowRun:
        """The page's flow run. Asked for again under one key while the server is silent, it is made once."""
        asked = time.monotonic()
        while True:
            try:
                return await self._hand_over(take)
            except Exception as error:
                refused = isinstance(error, PrefectHTTPStatusError) and error.response.status_code < 500
                if refused or time.monotonic() - asked > LOST_S:
                    raise
                get_run_logger().warning("%s: the server does not answer: %s", self._page.title, error)
                await asyncio.sleep(POLL_S)

    async def _hand_over(self, take: int) -> FlowRun:
        return await arun_deployment(
            self._crew.deployment,
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
            asked_by=self._crew.asker,
            plan_sha256=whole(self._shop.plan, self._films).plan_sha256,
        )
