"""Asks a provider something that costs nothing, on behalf of a person who looks or decides."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from campaign.errors import CampaignError
from campaign.settings import Settings

if TYPE_CHECKING:
    from campaign.providers.base import Provider

T = TypeVar("T")
PATIENCE_S = 5.0


async def ask(
    name: str, settings: Settings, question: "Callable[[Provider], Awaitable[T]]", patience_s: float = PATIENCE_S
) -> T | str:
    """What a provider says, or in a sentence why it says nothing: no key, refused, no answer within `patience_s`."""
    from campaign.providers.bare import bare_provider

    try:
        provider = bare_provider(name, settings)
        try:
            async with asyncio.timeout(patience_s):
                return await question(provider)
        finally:
            await provider.close()
    except TimeoutError:
        return f"{name} did not answer within {patience_s:.0f} s."
    except CampaignError as error:
        return str(error)
