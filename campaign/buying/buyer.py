"""The buyer: obtains jobs, each once however many ask, and keeps hold of what is under way."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from campaign.buying.bought import Bought
from campaign.buying.choosing import Failover
from campaign.buying.counter import Counter
from campaign.buying.desk import Desk
from campaign.buying.gate import Gate
from campaign.buying.hints import Hints
from campaign.buying.inspecting import Inspect, inspect_film
from campaign.buying.leftovers import collect_leftovers
from campaign.buying.ordering import Want
from campaign.buying.patience import PATIENCE_S, Patience
from campaign.buying.postman import Postman
from campaign.buying.purchase import Purchase
from campaign.buying.purse import Purse
from campaign.errors import LedgerError
from campaign.ledger.ledger import Ledger
from campaign.ledger.owner import new_owner
from campaign.ledger.records import JobRecord
from campaign.model.jobs import PlannedJob
from campaign.providers.base import Provider
from campaign.store.files import Store

_NOBODY = Failover()


@dataclass(slots=True)
class _Shared:
    """One purchase and how many callers wait for it."""

    task: asyncio.Task[Bought]
    callers: int = 0
    ending: bool = False


class Buyer:
    """Obtains the jobs of one run, on one event loop. The gate is shared with whatever else runs on this machine.

    `rate` is the master's, in frames a second; `failover` says who else may be bought from; `patience_s` is how long a provider
    may take nothing before its jobs are left to the next run. `postman` makes the requests that nobody could ask about, where
    there is one; he goes with the buyer. `hooked` are the providers that tell us of their work unasked.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        store: Store,
        providers: Mapping[str, Provider],
        gate: Gate,
        purse: Purse,
        rate: Fraction = Fraction(24),
        failover: Failover = _NOBODY,
        moderation_retries: int = 0,
        patience_s: float = PATIENCE_S,
        inspect: Inspect = inspect_film,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        lease_s: float = 60.0,
        watch_s: float = 0.5,
        postman: Postman | None = None,
        hooked: Collection[str] = (),
    ) -> None:
        desk = Desk()
        self._counter = Counter(
            ledger=ledger,
            store=store,
            providers=providers,
            gate=gate,
            purse=purse,
            owner=new_owner(),
            desk=desk,
            hints=Hints(ledger, desk, sleep, hooked),
            rate=rate,
            failover=failover,
            moderation_retries=moderation_retries,
            patience=Patience(patience_s),
            inspect=inspect,
            sleep=sleep,
            lease_s=lease_s,
            watch_s=watch_s,
            postman=postman,
        )
        self._shared: dict[str, _Shared] = {}
        self._held: set[str] = set()
        self._collecting = False
        self._keeper: asyncio.Task[None] | None = None

    async def obtain(self, planned: PlannedJob, source: Path | None, parent: JobRecord | None = None) -> Bought:
        """The result of a planned job: from the store, from whoever is making it, or bought now.

        `source` is the clip of the job's frames in the master. A job with a `parent` starts from the parent's result; the
        clip then guides a tracked reframe. Refusals and failures are results. Raises ProviderBusy and LedgerBusy (repeat
        it later), ProviderBarred (it lies at a provider that refuses our key), StoreError (disk, a parent without a result),
        SetupError, LedgerError. Cancelled, it leaves the job so that it can be continued; local work is killed when nobody
        else waits for it.
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

    async def collect_leftovers(self, campaign: str, wanted: Collection[str]) -> None:
        """Bring paid jobs of a campaign that are under way from before and not `wanted` (by key) to their ends; buys nothing.

        What cannot be brought now, and what a living run holds, stays as it is. Cancelled, it leaves them to the next run.
        """
        self._collecting = True
        self._keep()
        try:
            await collect_leftovers(self._counter, campaign, wanted, self._held)
        finally:
            self._collecting = False

    def close(self) -> None:
        """Let go of the threads that spoke to the ledger; the ledger itself stays open."""
        if self._keeper is not None:
            self._keeper.cancel()
        if self._counter.postman is not None:
            self._counter.postman.close()
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
        while self._shared or self._collecting:
            await asyncio.sleep(self._counter.lease_s / 3)
            with suppress(LedgerError):
                await self._counter.desk.ask(
                    self._counter.ledger.purchases.renew,
                    self._counter.owner,
                    tuple(self._held),
                    lease_s=self._counter.lease_s,
                )
