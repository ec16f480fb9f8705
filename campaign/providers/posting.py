"""The paid request in two halves, made by one process."""

from campaign.errors import ProviderError
from campaign.providers.base import Generation, Parcel, Posts
from campaign.providers.departure import SendBy


async def submit(provider: Posts, parcel: Parcel, send_by: SendBy) -> Generation:
    """`provider.submit`, where nobody else posts for this process."""
    try:
        told: Generation | ProviderError = await provider.post(parcel, send_by)
    except ProviderError as error:
        told = error
    return heeded(await provider.heed(parcel, told))


def heeded(told: Generation | ProviderError) -> Generation:
    """The answer. Raises it, when it is an error."""
    if isinstance(told, ProviderError):
        raise told
    return told
