"""A page that a worker of a pool makes, on whatever machine it is: all it needs comes by campaign folder, ledger and store."""

import asyncio
import time

from prefect import State
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelled, Crashed, Failed

from campaign.errors import CampaignError
from campaign.secrets import guard_logs, guarded
from campaign.settings import read_settings
from flows.control.stopping import own_flow_run_id
from flows.control.working import in_good_order
from flows.markets.market import ADMISSION, STEPS, Admission, Steps, make_page
from flows.markets.page_order import PageOrder
from flows.markets.pulse import BEAT, SILENT_S, alive
from tasks.workshop import at_work

LOOK_S = 1.0
AGAIN = "Nothing of it was made. Start the run again: it makes only what is missing."
ENDED = f"The run that it belongs to has ended. {AGAIN}"


async def make_away(page: PageOrder, variants: list[str]) -> State[None]:
    """Make a page of a run that has planned it elsewhere, from nothing but the campaign's folder, the ledger and the store.

    Nothing is made for a run that has ended or died. Ends Failed with the sentence where the files here are faulty or ask for
    anything but `page.plan_sha256`.
    """
    from flows.control.opening import PartOf, opened

    guard_logs()
    order, part = page.order, PartOf(run_id=page.run_id, plan_sha256=page.plan_sha256)
    settings = read_settings(beside=order.campaign_file.parent)

    async def work() -> State[None]:
        try:
            async with alive(own_flow_run_id(), page.run_id):
                if (ended := await orphaned(page)) is not None:
                    return ended
                async with opened(order, settings, part_of=part) as shop:
                    ADMISSION.set(Admission(shop.window))
                    STEPS.set(Steps(begun=asyncio.Event(), all_admitted=asyncio.Event()))
                    with at_work(shop):
                        return await make_page(shop, variants)
        except CampaignError as error:
            return Failed(message=str(error))

    with guarded():
        return await in_good_order(settings.home_of(order.campaign_file.absolute().parent), work)


async def orphaned(page: PageOrder) -> State[None] | None:
    """How a page ends that nobody waits for: a run that died leaves what it handed over in the pool's queue. None: it lives.

    A run that is only slow hands over anew what has crashed.
    """
    seen: str | None = None
    deadline = time.monotonic() + SILENT_S
    async with get_client() as client:
        while time.monotonic() < deadline:
            try:
                run = await client.read_flow_run(page.asked_by)
            except ObjectNotFound:
                return Cancelled(message=ENDED)
            if run.state is not None and (run.state.is_final() or run.state.is_cancelling()):
                return Cancelled(message=ENDED)
            beat = str(run.labels.get(BEAT, ""))
            if beat.startswith(f"{page.run_id} ") and seen not in (None, beat):
                return None
            seen = beat
            await asyncio.sleep(LOOK_S)
    return Crashed(message=f"The run that it belongs to gave no sign of life for {SILENT_S:.0f} s. {AGAIN}")
