"""From a finished generation to bytes in the store, and back again when they are missing."""

import asyncio

from campaign.buying.counter import Counter
from campaign.buying.endings import gone
from campaign.buying.fetching import Fetching
from campaign.buying.holding import Holding
from campaign.buying.inspecting import expected_bytes
from campaign.buying.patience import growing
from campaign.errors import ProviderBarred, ProviderBusy, ProviderError
from campaign.ledger.records import JobRecord
from campaign.model.jobs import Job
from campaign.providers.base import Generation, GenerationState

TRIES = 5
"""Downloads that one run tries for a result, each with a fresh link; the next run tries again."""
_MOST_S = 30.0


async def collect(
    counter: Counter, holding: Holding, job: Job | None, record: JobRecord, known: Generation | None
) -> JobRecord:
    """Fetch the result of a READY job of ours, check it, keep it: STORED. `known` is the generation, if just polled;
    `job` is None when no plan has it any more.

    LOST when the provider no longer has it. Stays READY, and raises, when it cannot be fetched or kept now: ProviderBusy,
    ProviderBarred, StoreError (the disk is full).
    """
    provider = counter.provider(record.provider)
    fetching = Fetching(counter, provider, job, record)
    if await fetching.take_up():
        return await _keep(counter, holding, fetching, record)
    trouble: ProviderError = ProviderBusy(provider.name, "not tried yet")
    for times in range(TRIES):
        if times:
            await counter.sleep(growing(times - 1, provider.traits.poll_s, _MOST_S))
        try:
            if not provider.traits.free:
                await asyncio.to_thread(counter.store.require_room, expected_bytes(job, counter.rate))
            generation, known = known or await provider.poll(record.remote_id or record.intent_id), None
            if generation.state is GenerationState.GONE and fetching.film is None:
                return await gone(counter, holding, record, generation)
            if generation.state is GenerationState.GONE:
                fetching.findings += (f"{provider.name} had its other files no more when they were fetched.",)
                return await _keep(counter, holding, fetching, record)
            if generation.state is not GenerationState.DONE:
                detail = f"{record.remote_id} was done and is {generation.state} now. Try again later."
                raise ProviderBusy(provider.name, detail)
            await fetching.fetch(generation, first=not times)
        except (ProviderBusy, ProviderBarred) as error:
            trouble = error
        else:
            return await _keep(counter, holding, fetching, record)
    await holding.write(counter.ledger.purchases.noted, record.lease, _left(record, trouble))
    raise type(trouble)(provider.name, _left(record, trouble)) from trouble


async def restore(counter: Counter, holding: Holding, record: JobRecord) -> JobRecord:
    """Bring back a job of ours that is STORED although its file is gone: made again if free, else fetched again, else LOST."""
    if not record.price_usd:
        return await holding.write(counter.ledger.purchases.remake, record.lease, "Its file is no longer in the store.")
    answer = await counter.provider(record.provider).poll(record.remote_id or record.intent_id)
    if answer.state is GenerationState.GONE:
        return await gone(counter, holding, record, answer)
    return await holding.write(
        counter.ledger.purchases.ready, record.lease, url_expires_at=answer.url_expires_at, answer=answer.answer
    )


async def _keep(counter: Counter, holding: Holding, fetching: Fetching, record: JobRecord) -> JobRecord:
    purchases, film = counter.ledger.purchases, fetching.film
    assert film is not None
    if fetching.findings:
        record = await holding.write(purchases.noted, record.lease, " ".join(fetching.findings))
    return await holding.write(
        purchases.stored, record.lease, sha256=film.sha256, size=film.bytes, extras=tuple(fetching.extras)
    )


def _left(record: JobRecord, trouble: ProviderError) -> str:
    return (
        f"the result of job {record.key[:12]} ({record.remote_id}) could not be fetched in {TRIES} tries: {trouble.detail} "
        "It is paid and stays there: run again, nothing is bought twice."
    )
