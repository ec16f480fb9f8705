"""A vendor that says it does not know a job is asked again before it is believed: what was paid is not given up lightly."""

import asyncio
from collections.abc import Awaitable, Callable

from campaign.providers.base import Generation, GenerationState

PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""A new job may not be seen everywhere at once, and one server of several may be wrong."""


async def for_certain(
    ask: Callable[[], Awaitable[Generation]], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
) -> Generation:
    """What `ask` tells; GONE only when it has told that, and nothing else, for a quarter of a minute."""
    found = await ask()
    for pause in PAUSES_S:
        if found.state is not GenerationState.GONE:
            return found
        await sleep(pause)
        found = await ask()
    return found
