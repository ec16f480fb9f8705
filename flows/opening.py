"""Opens the workshop of a run: prepares the campaign, counts what is left, puts the hands to work."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from campaign.gathering.gather import begin
from campaign.model.orders import RunOrder
from campaign.preparing.prepare import prepare
from campaign.preparing.selecting import select
from campaign.settings import Settings
from tasks.hands import campaign_hands
from tasks.workshop import Workshop, set_up


@asynccontextmanager
async def opened(order: RunOrder, settings: Settings) -> AsyncIterator[Workshop]:
    """The workshop for `order` while the block lasts. Raises InputError, SetupError, LedgerError.

    In threads of their own: preparing blocks, and needs event loops itself.
    """
    preparing = prepare(order, settings)
    prepared = await asyncio.to_thread(preparing.__enter__)
    try:
        standing = await asyncio.to_thread(prepared.standing)
        films = tuple(chosen.film for chosen in select(standing, order))
        await asyncio.to_thread(begin, prepared)
        async with campaign_hands(prepared, order, settings, films) as hands:
            yield set_up(prepared.plan, films, standing, hands, hands.window)
    finally:
        await asyncio.to_thread(preparing.__exit__, *sys.exc_info())
