"""The buyer: obtains jobs, each once however many ask, and keeps hold of what is under way."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from campaign.buying.bought import Bought
from campaign.buying.counter import Counter, Inspect
from campaign.buying.gate import Gate
from campaign.buying.purchase import Purchase, Want
from campaign.buying.purse import Purse
from campaign.errors import LedgerError
from campaign.ledger.ledger import Ledger
from campaign.ledger.owner import new_owner
from campaign.ledger.records import JobRecord
from campaign.media.probe import probe
from campaign.model.jobs import PlannedJob
from campaign.providers.base import Provider
from campaign.store.files import Store


@dataclass(slots=True)
class _Shared:
    """One purchase and how many callers wait for it."""

    task: asyncio.Task[Bought]
    callers: int = 0
    ending: bool = False


class Buyer:
    """Obtains the jobs of one run, on one event loop. The gate is shared with whatever else runs on this machine."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        store: Store,
        providers: Mapping[str, Provider],
        gate: Gate,
        purse: Purse,
        inspect: Inspect = probe,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        lease_s: float = 60.0,
        watch_s: float = 0.5,
    ) -> None:
        self._counter = Counter(
            ledger=ledger,
            store=store,
            providers=providers,
            gate=gate,
            purse=purse,
            owner=new_owner(),
            inspect=inspect,
            sleep=sleep,
            lease_s=lease_s,
            watch_s=watch_s,
        )
        self._shared: dict[str, _Shared] = {}
        self._held: set[str] = set()
        self._keeper: asyncio.Task[None] | None = None

    async def obtain(self, planned: PlannedJob, source: Path | None, parent: JobRecord | None = None) -> Bought:
        """The result of a planned job: from the store, from whoever is making it, or bought now.

        `source` is the clip of the job's frames in the master. A job with a `parent` starts from the parent's result; the
        clip then guides a tracked reframe. Refusals and failures are results. Raises ProviderBusy and LedgerBusy (repeat
        it later), StoreError (disk, a parent without a result), SetupError, LedgerError. Cancelled,
        it leaves the job so that it can be continued; local work is killed when nobody else waits for it.
        """
        shared = await self._join(planned, source, parent)
        shared.callers += 1
        try:
            return await asyncio.shield(shared.task)
        except asyncio.CancelledError:
            if shared.callers == 1 and not shared.task.done():
                shared.ending = True
                shared.task.cancel()
                await asyncio.wait({shared.task})
            raise
        finally:
            shared.callers -= 1

    def close(self) -> None:
        """Let go of the threads that spoke to the ledger; the ledger itself stays open."""
        if self._keeper is not None:
            self._keeper.cancel()
        self._counter.desk.close()

    async def _join(self, planned: PlannedJob, source: Path | None, parent: JobRecord | None) -> _Shared:
        """The purchase of this job that is under way, or a new one. One that is being given up is awaited first."""
        key = planned.job.key
        while key in self._shared and self._shared[key].ending:
            await asyncio.wait({self._shared[key].task})
        if key not in self._shared:
            purchase = Purchase(self._counter, Want(planned, source, parent), self._held)
            shared = _Shared(asyncio.create_task(purchase.run(), name=f"job-{planned.job.short}"))
            self._shared[key] = shared
            shared.task.add_done_callback(lambda task: self._end(key, task))
            self._keep()
        return self._shared[key]

    def _end(self, key: str, task: asyncio.Task[Bought]) -> None:
        self._shared.pop(key)
        if not task.cancelled():
            task.exception()  # seen: whoever waited has it, and if nobody did it must not be reported as forgotten

    def _keep(self) -> None:
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._renew(), name="leases")

    async def _renew(self) -> None:
        """Renew the leases of what is under way, until nothing is. A beat that fails is made up for by the next."""
        while self._shared:
            await asyncio.sleep(self._counter.lease_s / 3)
            with suppress(LedgerError):
                await self._counter.desk.ask(
                    self._counter.ledger.purchases.renew,
                    self._counter.owner,
                    tuple(self._held),
                    lease_s=self._counter.lease_s,
                )
