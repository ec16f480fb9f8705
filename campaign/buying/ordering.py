"""What a job is made from: its source, its guide pictures, and its parent at the provider."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from campaign.buying.counter import Counter
from campaign.errors import StoreError
from campaign.ledger.records import JobRecord
from campaign.model.jobs import Job, PlannedJob
from campaign.preparing.stills import still_of
from campaign.providers.base import Order


@dataclass(frozen=True, slots=True)
class Want:
    """A job that is wanted, the master's own clip of its frames, and its parent as the ledger knows it."""

    planned: PlannedJob
    source: Path | None
    parent: JobRecord | None


async def order_of(counter: Counter, want: Want, provider: str, intent_id: str) -> Order:
    """The order of a job at a provider, under an intent's id.

    Raises StoreError when there is nothing to start from, or when a guide picture is not the planned one any more.
    """
    job, parent = want.planned.job, want.parent
    source, remote_id = want.source, None
    if parent is not None and parent.artifact_sha256 is not None:
        source = await asyncio.to_thread(counter.store.local, parent.artifact_sha256)
        remote_id = parent.remote_id if parent.provider == provider else None
    if source is None:
        raise StoreError(f"job {job.short} has nothing to start from: its parent {job.parent} has no result yet.")
    return Order(
        job=job,
        intent_id=intent_id,
        source=source,
        parent_remote_id=remote_id,
        guide=want.source,
        stills=await asyncio.to_thread(_stills, job) if job.keyframes else (),
        rate=counter.rate,
    )


def _stills(job: Job) -> tuple[Path, ...]:
    try:
        return tuple(still_of(keyframe) for keyframe in job.keyframes)
    except StoreError as error:
        raise StoreError(f"job {job.short}: {error}") from None
