"""A page that a worker of a pool makes, on whatever machine it is: all it needs comes by campaign folder, ledger and store."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from prefect import State
from prefect.client.orchestration import get_client
from prefect.states import Failed

from campaign.errors import CampaignError
from campaign.secrets import guard_logs, guarded
from campaign.settings import read_settings
from flows.control.stopping import own_flow_run_id
from flows.control.working import in_good_order
from flows.markets.market import ADMISSION, STEPS, Admission, Steps, make_page
from flows.markets.page_order import PageOrder
from tasks.workshop import at_work

BEAT_S = 4.0
"""Seconds between signs of life; who handed the page over takes it up again when they stay away (`spreading.SILENT_S`)."""
BEAT = "fanout.alive"


async def make_away(page: PageOrder, variants: list[str]) -> State[None]:
    """Make a page of a run that has planned it elsewhere, from nothing but the campaign's folder, the ledger and the store.

    Ends Failed with the sentence where the files here are faulty or ask for anything but `page.plan_sha256`.
    """
    from flows.control.opening import PartOf, opened

    guard_logs()
    order, part = page.order, PartOf(run_id=page.run_id, plan_sha256=page.plan_sha256)
    settings = read_settings(beside=order.campaign_file.parent)

    async def work() -> State[None]:
        try:
            async with _alive(own_flow_run_id()), opened(order, settings, part_of=part) as shop:
                ADMISSION.set(Admission(shop.window))
                STEPS.set(Steps(begun=asyncio.Event(), all_admitted=asyncio.Event()))
                with at_work(shop):
                    return await make_page(shop, variants)
        except CampaignError as error:
            return Failed(message=str(error))

    with guarded():
        return await in_good_order(settings.home_of(order.campaign_file.absolute().parent), work)


@asynccontextmanager
async def _alive(flow_run_id: UUID) -> AsyncIterator[None]:
    """Give signs of life while the block runs."""
    beating = asyncio.create_task(_beat(flow_run_id))
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.wait({beating})


async def _beat(flow_run_id: UUID) -> None:
    while True:
        with suppress(Exception):  # a server that does not answer hears the next one
            async with get_client() as client:
                while True:
                    await client.update_flow_run_labels(flow_run_id, {BEAT: int(time.time())})
                    await asyncio.sleep(BEAT_S)
        await asyncio.sleep(BEAT_S)
