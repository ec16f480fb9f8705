"""A buyer with an honest vendor and everything it keeps: what tests of buying start from."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from builders import a_planned_job
from fakes.provider import FakeProvider, look_at
from fakes.vendor import Vendor

from campaign.buying.bought import Bought
from campaign.buying.buyer import Buyer
from campaign.buying.gate import Gate
from campaign.buying.purse import Purse
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import JobRecord
from campaign.model.campaign import Budget
from campaign.model.jobs import PlannedJob
from campaign.providers.base import Recall
from campaign.store.files import Store

GONE_OWNER = "elsewhere/0/0:1:1:gone"
"""A run on another machine: nobody can prove that it is dead."""


async def hurried(seconds: float) -> None:
    """Sleep, but never long: pauses that only spare a vendor are not what a test waits for."""
    await asyncio.sleep(min(seconds, 0.02))


@dataclass
class Shop:
    """A buyer with its vendor, and everything it keeps."""

    ledger: Ledger
    store: Store
    vendor: Vendor
    provider: FakeProvider
    source: Path
    budget: Budget

    def buyer(self, **terms: Any) -> Buyer:
        usual: dict[str, Any] = {
            "ledger": self.ledger,
            "store": self.store,
            "providers": {self.provider.name: self.provider},
            "gate": Gate({(self.provider.name, "modify"): 4}, cores=2),
            "purse": Purse(campaign="fresh-days", run="run-1", budget=self.budget),
            "inspect": look_at,
            "watch_s": 0.02,
            "sleep": hurried,
        }
        return Buyer(**{**usual, **terms})

    async def obtain(self, planned: PlannedJob, buyer: Buyer | None = None) -> Bought:
        self.ledger.plan("fresh-days", [planned])
        return await (buyer or self.buyer()).obtain(planned, self.source)

    async def obtain_all(self, jobs: list[PlannedJob], buyer: Buyer | None = None) -> list[Bought]:
        self.ledger.plan("fresh-days", jobs)
        one = buyer or self.buyer()
        return await asyncio.gather(*(one.obtain(planned, self.source) for planned in jobs))

    def buy(self, planned: PlannedJob, **terms: Any) -> Bought:
        return asyncio.run(self.obtain(planned, self.buyer(**terms)))

    def billed(self) -> int:
        return len(self.vendor.bill())

    def record(self, planned: PlannedJob) -> JobRecord:
        record = self.ledger.record(planned.job.key)
        assert record is not None
        return record

    def notes(self, planned: PlannedJob) -> list[str]:
        return [event.note for event in self.ledger.history(planned.job.key)]


def open_shop(
    tmp_path: Path, ledger: Ledger, recall: Recall = Recall.CLIENT_ID, *, takes_s: float = 0.0, **traits: Any
) -> Shop:
    source = tmp_path / "source.mp4"
    source.write_bytes(b"film source")
    provider = FakeProvider(Vendor(tmp_path / "books", recall, takes_s), **traits)
    return Shop(ledger, Store(tmp_path / "store"), provider.vendor, provider, source, Budget())


def a_wanted_job(name: str = "job", price: str = "1", provider: str = "fake") -> PlannedJob:
    return a_planned_job(name, provider=provider, price=price)


def no_money_held(ledger: Ledger) -> bool:
    return ledger.money("fresh-days").reserved_usd == Decimal(0)
