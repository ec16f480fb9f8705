"""The full path in one process: flow, tasks, ledger, postman, buyer. No film is finished: that has a figure of its own.

`python -m bench.room.full CAMPAIGN`; prints what the buying took, and how long after it the server knew of its end.
"""

import json
import resource
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from bench.measuring import INSIDE
from campaign.ledger.records import Money
from campaign.model.finished import Finished
from campaign.model.jobs import PlannedJob
from campaign.model.orders import CapUse, RunOrder
from campaign.model.plan import Film
from campaign.model.standing import Standing
from campaign.settings import Settings, read_settings
from flows.terminal.launch import launch
from tasks.workshop import Hands, Made, Workshop


@dataclass(slots=True)
class Buying:
    """Hands that buy, and look at the clock when they do."""

    hands: Hands
    began: float = 0.0
    ended: float = 0.0
    made: int = 0

    async def make(self, planned: PlannedJob) -> Made:
        self.began = self.began or time.monotonic()
        made = await self.hands.make(planned)
        self.ended = time.monotonic()
        self.made += 1
        return made

    async def finish(self, film: Film) -> tuple[Finished, ...]:
        return ()

    def waiting(self) -> int:
        return self.hands.waiting()

    def money(self) -> Money:
        return self.hands.money()

    def limits(self) -> tuple[CapUse, ...]:
        return self.hands.limits()

    def spent_usd(self) -> Decimal:
        return self.hands.spent_usd()

    def gather(self) -> tuple[str, ...]:
        return ()

    def standing(self) -> Standing:
        return self.hands.standing()

    def conclude(self, outcome: str) -> None:
        self.hands.conclude(outcome)


def main() -> None:
    from flows.control.opening import opened

    hands: list[Buying] = []

    @asynccontextmanager
    async def buying(order: RunOrder, settings: Settings) -> AsyncIterator[Workshop]:
        async with opened(order, settings) as shop:
            hands.append(Buying(shop.hands))
            yield replace(shop, hands=hands[0])

    file = Path(sys.argv[1])
    order = RunOrder(campaign_file=file, draft=True)
    result = launch(
        order, read_settings(beside=file.parent), on_progress=lambda _: None, say=lambda _: None, opening=buying
    )
    over, did = time.monotonic(), hands[0]
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    cpu = sum(usage.ru_utime + usage.ru_stime for usage in usages)
    print(f"{result.state}: {did.made} made; the server knew {over - did.ended:.1f} s after the last")
    print(INSIDE + json.dumps([did.ended - did.began, cpu]))


if __name__ == "__main__":
    main()
