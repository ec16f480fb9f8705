"""A process that buys jobs from a vendor whose books outlive it: made to be killed.

Run as `python -m fakes.shopper LEDGER_URL FOLDER RECALL JOBS PRICE`; prints the states that the jobs ended in.
"""

import asyncio
import sys
from collections import Counter
from pathlib import Path

from builders import a_planned_job
from fakes.provider import FakeProvider, look_at
from fakes.vendor import Vendor

from campaign.buying.buyer import Buyer
from campaign.buying.gate import Gate
from campaign.buying.purse import Purse
from campaign.errors import ProviderBusy
from campaign.ledger.ledger import Ledger
from campaign.model.jobs import PlannedJob
from campaign.providers.base import Recall
from campaign.store.files import Store


async def shop(url: str, folder: Path, recall: Recall, count: int, price: str) -> Counter[str]:
    """Obtain `count` jobs, each tried again for as long as the vendor is only busy."""
    source = folder / "source.mp4"
    source.write_bytes(b"film source")
    provider = FakeProvider(Vendor(folder / "books", recall, takes_s=0.05), settle_s=0.1, latency_s=0.03, price=price)
    jobs = [a_planned_job(f"job {n}", provider="fake", price=price) for n in range(count)]
    with Ledger.open(url) as ledger:
        ledger.plan("fresh-days", jobs)
        buyer = Buyer(
            ledger=ledger,
            store=Store(folder / "store"),
            providers={"fake": provider},
            gate=Gate({("fake", "modify"): 6}, cores=2),
            purse=Purse(campaign="fresh-days", run="run-1"),
            inspect=look_at,
            watch_s=0.02,
        )
        return Counter(await asyncio.gather(*(obtain(buyer, planned, source) for planned in jobs)))


async def obtain(buyer: Buyer, planned: PlannedJob, source: Path) -> str:
    while True:
        try:
            return (await buyer.obtain(planned, source)).state.value
        except ProviderBusy:
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    url, folder, recall, count, price = sys.argv[1:]
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    sys.stdout.write(f"{dict(asyncio.run(shop(url, Path(folder), Recall(recall), int(count), price)))}\n")
