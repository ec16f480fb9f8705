"""One job at one provider: what every step of buying it there needs."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from campaign.buying.counter import Counter
from campaign.buying.holding import Holding
from campaign.ledger.records import Outcome
from campaign.model.jobs import Job, PlannedJob
from campaign.providers.base import Order, Provider

MakeOrder = Callable[[str], Awaitable[Order]]
"""The order of a job, to be sent under the intent id given."""


@dataclass(frozen=True, slots=True)
class Deal:
    """`planned` is the job at this provider's price; `make_order` raises StoreError."""

    counter: Counter
    holding: Holding
    provider: Provider
    planned: PlannedJob
    make_order: MakeOrder

    @property
    def job(self) -> Job:
        """What is asked for."""
        return self.planned.job

    async def hear(self, outcome: Outcome, note: str = "", retry_after_s: float | None = None) -> None:
        """Tell all runs how this step went."""
        await self.counter.hear(self.provider, self.job.operation, outcome, note, retry_after_s)

    async def bar(self, why: str) -> None:
        """Nothing more can be bought here until a person acts."""
        await self.counter.bar(self.provider, self.job.operation, why)
