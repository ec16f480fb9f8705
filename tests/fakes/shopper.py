"""A process that buys jobs from a vendor whose books outlive it: made to be killed.

Run as `python -m fakes.shopper JSON`, the JSON holding the fields of `Trip`; prints "begun", then the states that the jobs
ended in.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Self

from builders import a_planned_job
from fakes.provider import FakeProvider, look_at
from fakes.vendor import Vendor
from shops import hurried

from campaign.buying.buyer import Buyer
from campaign.buying.gate import Gate
from campaign.buying.purse import Purse
from campaign.errors import ProviderBusy
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Cap
from campaign.model.campaign import Budget
from campaign.model.jobs import PlannedJob
from campaign.providers.base import Recall
from campaign.store.files import Store

TESTS = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """What is bought, where, on what terms. With a `seed` the vendor is in all kinds of moods."""

    url: str
    folder: str
    recall: str = "C"
    jobs: int = 16
    price: str = "1"
    cap: str | None = None
    slots: int = 6
    takes_s: float = 0.05
    latency_s: float = 0.03
    send_s: float = 1.0
    settle_s: float = 0.1
    seed: int | None = None
    weight: int = 0
    stops_every: int | None = None

    @classmethod
    def from_argv(cls) -> Self:
        return cls(**json.loads(sys.argv[1]))

    @property
    def argv(self) -> list[str]:
        return [sys.executable, "-m", "fakes.shopper", json.dumps(asdict(self))]

    def vendor(self) -> Vendor:
        return Vendor(Path(self.folder) / "books", Recall(self.recall), takes_s=self.takes_s)

    def planned(self) -> list[PlannedJob]:
        return [a_planned_job(f"job {n}", provider="fake", price=self.price) for n in range(self.jobs)]


def start(trip: Trip) -> "subprocess.Popen[str]":
    """Begin a trip in a process of its own; returns when it is about to buy."""
    environ = {"PYTHONPATH": f"{TESTS}:{TESTS.parent}"}
    process = subprocess.Popen(trip.argv, env=environ, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def kill_at_random(trip: Trip, chance: random.Random, kills: int) -> None:
    """Begin a trip again and again, and kill it each time."""
    for _ in range(kills):
        process = start(trip)
        time.sleep(chance.uniform(0.15, 0.6))
        process.send_signal(signal.SIGKILL)
        process.communicate()


def stops_again(process: "subprocess.Popen[str]") -> bool:
    """Wait until a trip stops itself, or is over."""
    found = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    return found is not None and found.si_code == os.CLD_STOPPED


def finish(trip: Trip) -> dict[str, int]:
    """Make a trip to its end; returns how many jobs ended in which state."""
    return ended(start(trip))


def ended(process: "subprocess.Popen[str]") -> dict[str, int]:
    """How a trip that was begun ends."""
    said, _ = process.communicate(timeout=180)
    assert process.returncode == 0
    states: dict[str, int] = json.loads(said)
    return states


async def shop(trip: Trip) -> Counter[str]:
    """Obtain all jobs, each tried again for as long as the vendor is only busy."""
    folder, vendor = Path(trip.folder), trip.vendor()
    source = folder / "source.mp4"
    source.write_bytes(b"film source")
    if trip.seed is not None:
        vendor.storm(trip.seed)
    provider = FakeProvider(
        vendor, settle_s=trip.settle_s, send_s=trip.send_s, latency_s=trip.latency_s, price=trip.price, unanswered=4
    )
    provider.weight = trip.weight
    provider.stops_every = trip.stops_every
    budget = Budget(campaign_usd=None if trip.cap is None else Decimal(trip.cap))
    with Ledger.open(trip.url) as ledger:
        ledger.plan("fresh-days", trip.planned())
        ledger.set_caps([Cap("campaign:fresh-days", budget.campaign_usd)])
        buyer = Buyer(
            ledger=ledger,
            store=Store(folder / "store"),
            providers={"fake": provider},
            gate=Gate({("fake", "modify"): trip.slots}, cores=2),
            purse=Purse(campaign="fresh-days", run="run-1", budget=budget),
            inspect=look_at,
            watch_s=0.02,
            sleep=hurried,
        )
        return Counter(await asyncio.gather(*(obtain(buyer, planned, source) for planned in trip.planned())))


async def obtain(buyer: Buyer, planned: PlannedJob, source: Path) -> str:
    while True:
        try:
            return (await buyer.obtain(planned, source)).state.value
        except ProviderBusy:
            await asyncio.sleep(0.05)


if __name__ == "__main__":
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    sys.stdout.write(f"{json.dumps(asyncio.run(shop(Trip.from_argv())), sort_keys=True)}\n")
