"""A job's lease in this run's hands: every change goes through it, and it is given back whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

from campaign.buying.counter import Counter
from campaign.errors import LedgerError
from campaign.ledger.owner import is_dead
from campaign.ledger.records import JobRecord
from campaign.model.outcomes import JobState
from campaign.providers.base import Reminded

T = TypeVar("T")


class Holding:
    """What this run holds of one job. `record` is the job under our lease as last written, None while it is not ours.

    `sent` tells that the current intent's request may have left; `silent` that whoever sent it is provably dead, so that no
    late answer of his can come any more.
    """

    def __init__(self, counter: Counter, key: str, held: set[str]) -> None:
        self.record: JobRecord | None = None
        self.sent = False
        self.silent = False
        self.worked = False
        self._counter = counter
        self._key = key
        self._held = held

    async def read(self) -> JobRecord:
        """The job as it is now, whoever has it. Raises LedgerError when it was never planned."""
        record = await self._counter.desk.ask(self._counter.ledger.record, self._key)
        if record is None:
            raise LedgerError(f"job {self._key[:12]} is not in the ledger: it must be planned before it is bought.")
        return record

    async def write(self, change: Callable[..., JobRecord], *arguments: Any, **options: Any) -> JobRecord:
        """Carry out a change of the job and know its outcome, even when this task is cancelled meanwhile."""
        return await to_the_end(self._written(change, *arguments, **options))

    def is_ours(self, record: JobRecord) -> bool:
        """Whether we hold the lease that this record was read under."""
        return self.record is not None and self.record.fence == record.fence

    def keep(self, record: JobRecord) -> JobRecord:
        """Take note of a job as it is under our lease, or that the lease has ended with it."""
        mine = self._counter.is_ours(record.lease_owner)
        self.record = record if mine else None
        self.worked = self.worked or mine
        if mine:
            self._held.add(self._key)
        else:
            self._held.discard(self._key)
        return record

    def lose(self) -> None:
        """Another owner has taken the job over."""
        self.record = None
        self._held.discard(self._key)

    async def take_over(self, record: JobRecord) -> JobRecord:
        """Wait until the job that another has begun is ours, or has got to where nobody holds it."""
        pause, begun = self._counter.watch_s, record.state
        while record.state is begun:
            record = await self.claim(record)
            if self.record is not None:
                return record
            await self._counter.sleep(pause)
            pause = min(pause * 1.5, 4 * self._counter.watch_s)
            record = await self.read()
        return record

    async def claim(self, record: JobRecord) -> JobRecord:
        """Take the job over if nobody who may be alive holds it: ours then, else as it is."""
        if not self._is_free(record):
            return record
        after = await self.write(
            self._counter.ledger.purchases.claim,
            self._key,
            state=record.state,
            owner=self._counter.owner,
            lease_s=self._counter.lease_s,
        )
        if self.record is not None:
            self.sent = True  # by whoever had it before
            self.silent = record.lease_owner is not None and is_dead(record.lease_owner)
            await self._remind(after)
        return after

    async def let_go(self) -> None:
        """Stop what runs on this machine for the job and give the lease back; what was not sent gives its money back too."""
        record, self.record = self.record, None
        self._held.discard(self._key)
        if record is None:
            return
        provider = self._counter.providers.get(record.provider)
        if provider is not None:
            await provider.abandon(record.remote_id or record.intent_id)
        purchases, ask = self._counter.ledger.purchases, self._counter.desk.ask
        with suppress(LedgerError):  # the lease ends by itself
            if record.state is JobState.INTENT and not self.sent:
                await ask(purchases.unsent, record.lease, "Stopped before it was sent.")
            else:
                await ask(purchases.release, record.lease)

    async def _remind(self, record: JobRecord) -> None:
        """Tell the provider what it answered when it took the job: another process may have heard it."""
        provider = self._counter.providers.get(record.provider)
        if record.remote_id is None or not isinstance(provider, Reminded):
            return
        history = await self._counter.desk.ask(self._counter.ledger.history, self._key)
        for event in history:
            if event.to_state is JobState.SUBMITTED and event.attempt == record.attempt and event.answer:
                provider.remind(record.remote_id, event.answer)

    async def _written(self, change: Callable[..., JobRecord], *arguments: Any, **options: Any) -> JobRecord:
        return self.keep(await self._counter.desk.ask(change, *arguments, **options))

    def _is_free(self, record: JobRecord) -> bool:
        if record.lease_owner is None or record.lease_owner == self._counter.owner or record.lease_until is None:
            return True
        return record.lease_until <= datetime.now(UTC) or is_dead(record.lease_owner)


async def to_the_end(work: Awaitable[T]) -> T:
    """Await `work` to its end even when this task is cancelled; only then is the cancellation passed on.

    A second cancellation no longer waits; the work still goes on.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled():
            task.exception()  # seen: it must not be reported as forgotten
        raise
