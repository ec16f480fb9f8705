"""One job on its way from the plan to the store. The order of writes here is what money depends on."""

from dataclasses import dataclass
from pathlib import Path

from campaign.buying.bought import Bought, bought
from campaign.buying.collecting import collect, restore
from campaign.buying.counter import Counter
from campaign.buying.holding import Holding, to_the_end
from campaign.buying.sending import Sending
from campaign.errors import FenceLost, StoreError
from campaign.ledger.records import JobRecord
from campaign.model.jobs import PlannedJob
from campaign.model.outcomes import JobState
from campaign.providers.base import Generation, Order

_TO_BUY = frozenset({JobState.PLANNED, JobState.BUDGET, JobState.CANCELLED, JobState.REJECTED})
_ENDED = frozenset({JobState.DEAD, JobState.LOST, JobState.IN_DOUBT})


@dataclass(frozen=True, slots=True)
class Want:
    """A job that is wanted, the master's own clip of its frames, and its parent as the ledger knows it."""

    planned: PlannedJob
    source: Path | None
    parent: JobRecord | None


class Purchase:
    """Obtains one job. Whatever happens, its row stays in a state from which the next attempt continues."""

    def __init__(self, counter: Counter, want: Want, held: set[str]) -> None:
        self._counter = counter
        self._want = want
        self._holding = Holding(counter, want.planned.job.key, held)
        self._result: Generation | None = None

    async def run(self) -> Bought:
        """The job's end, as far as it can be reached now. Raises ProviderBusy, LedgerBusy (repeat), StoreError, SetupError."""
        try:
            return await self._drive()
        finally:
            await to_the_end(self._holding.let_go())

    async def _drive(self) -> Bought:
        record = await self._holding.read()
        while not self._is_over(record):
            try:
                after = await self._step(record)
            except FenceLost:  # our answer is dropped, the new owner's is awaited
                self._holding.lose()
                after = await self._holding.read()
            refused = after.state in _TO_BUY and (after.state, after.fence) == (record.state, record.fence)
            if refused or after.state is JobState.BUDGET:
                return bought(after, reused=False, note=await self._why_not(after))
            record = after
        return bought(record, reused=not self._holding.worked)

    async def _step(self, record: JobRecord) -> JobRecord:
        if record.state in _TO_BUY:
            return await self._buy(record)
        if not self._holding.is_ours(record):
            return await self._holding.take_over(record)
        match record.state:
            case JobState.STORED:
                return await restore(self._counter, self._holding, record)
            case JobState.READY:
                return await collect(self._counter, self._holding, record, self._result)
            case _:
                return await self._resume(record)

    def _is_over(self, record: JobRecord) -> bool:
        """Whether nothing is left to do: an end, or bytes that are here."""
        match record.state:
            case JobState.STORED:
                return record.artifact_sha256 is not None and self._counter.store.exists(record.artifact_sha256)
            case JobState.REJECTED:
                return self._holding.worked or record.provider == self._want.planned.provider
            case _:
                return record.state in _ENDED

    async def _buy(self, record: JobRecord) -> JobRecord:
        """Reserve, write the intent, send, wait for the end: all of it in one slot. Unchanged when it may not be bought."""
        planned, counter = self._want.planned, self._counter
        provider = counter.provider(planned.provider)
        async with counter.gate.slot(provider.name, planned.job.operation, priority=planned.priority):
            counter.store.require_room()
            sending = Sending(counter, self._holding, provider, planned.job, self._order)
            after = await sending.begin(planned, record.intent_id)
            self._result = sending.result
            return after

    async def _resume(self, record: JobRecord) -> JobRecord:
        """Go on with what was sent before. At a vendor it runs already: it counts as a slot, but waits for none."""
        counter = self._counter
        provider = counter.provider(record.provider)
        job = self._want.planned.job
        async with counter.gate.slot(provider.name, job.operation, at_once=not provider.traits.free):
            sending = Sending(counter, self._holding, provider, job, self._order)
            after = await sending.go_on(record)
            self._result = sending.result
            return after

    def _order(self, intent_id: str) -> Order:
        job, parent = self._want.planned.job, self._want.parent
        source, remote_id = self._want.source, None
        if parent is not None and parent.artifact_sha256 is not None:
            source = self._counter.store.local(parent.artifact_sha256)
            remote_id = parent.remote_id if parent.provider == self._want.planned.provider else None
        if source is None:
            raise StoreError(f"job {job.short} has nothing to start from: its parent {job.parent} has no result yet.")
        return Order(job=job, intent_id=intent_id, source=source, parent_remote_id=remote_id, guide=self._want.source)

    async def _why_not(self, record: JobRecord) -> str:
        if record.state is JobState.BUDGET:
            return record.note
        brakes = await self._counter.desk.ask(self._counter.ledger.brakes)
        return brakes.get(self._want.planned.provider, record.note)
