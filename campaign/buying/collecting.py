"""From a finished generation to bytes in the store, and back again when they are missing."""

import asyncio
from pathlib import Path

from campaign.buying.counter import Counter
from campaign.buying.holding import Holding
from campaign.buying.sending import gone
from campaign.errors import MediaError, ProviderBusy
from campaign.ledger.records import JobRecord
from campaign.providers.base import Generation, GenerationState, Provider
from campaign.store.files import Stored

_SUFFIX = ".mp4"


async def collect(counter: Counter, holding: Holding, record: JobRecord, known: Generation | None) -> JobRecord:
    """Fetch the result of a READY job of ours, check it, keep it: STORED. `known` is the generation, if just polled.

    Stays READY, and raises, when it cannot be fetched or kept now: ProviderBusy, StoreError.
    """
    provider = counter.provider(record.provider)
    generation = known or await provider.poll(record.remote_id or record.intent_id)
    match generation.state:
        case GenerationState.DONE:
            stored = await _fetch(counter, provider, generation)
            return await holding.write(
                counter.ledger.purchases.stored, record.lease, sha256=stored.sha256, size=stored.bytes
            )
        case GenerationState.GONE:
            return await gone(counter, holding, record, generation)
        case _:
            raise ProviderBusy(
                provider.name, f"{record.remote_id} was done and is {generation.state} now. Try again later."
            )


async def restore(counter: Counter, holding: Holding, record: JobRecord) -> JobRecord:
    """Bring back a job of ours that is STORED although its file is gone: made again if free, else fetched again, else LOST."""
    if not record.price_usd:
        return await holding.write(counter.ledger.purchases.remake, record.lease, "Its file is no longer in the store.")
    answer = await counter.provider(record.provider).poll(record.remote_id or record.intent_id)
    if answer.state is GenerationState.GONE:
        return await gone(counter, holding, record, answer)
    return await holding.write(counter.ledger.purchases.ready, record.lease, url_expires_at=answer.url_expires_at)


async def _fetch(counter: Counter, provider: Provider, generation: Generation) -> Stored:
    store = counter.store
    path = await asyncio.to_thread(store.temporary, _SUFFIX)
    try:
        await provider.fetch(generation, path)
        if not provider.traits.free:  # the local engine looks at its own work before it calls it done
            await _inspect(counter, provider, generation, path)
        return await asyncio.to_thread(store.put, path, _SUFFIX)
    finally:
        path.unlink(missing_ok=True)


async def _inspect(counter: Counter, provider: Provider, generation: Generation, path: Path) -> None:
    try:
        await asyncio.to_thread(counter.inspect, path)
    except MediaError as error:
        detail = f"what it sent for {generation.remote_id} is no film ({error.problem}); it is fetched again later."
        raise ProviderBusy(provider.name, detail) from error
