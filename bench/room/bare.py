"""The same jobs by a plain asyncio script with the same client: no flow, no task, no ledger; a crash would buy them again.

`python -m bench.room.bare CAMPAIGN`; with a file after it, writes the requests there for other engines and buys nothing.
"""

import asyncio
import json
import resource
import sys
import time
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

from bench.measuring import INSIDE
from campaign.buying.gate import Gate
from campaign.buying.pace import Pace
from campaign.media.film.cutting import cut_segment
from campaign.model.jobs import Operation, PlannedJob
from campaign.model.orders import RunOrder
from campaign.preparing.prepare import Prepared, prepare
from campaign.providers import open_provider
from campaign.providers.base import Generation, GenerationState, Order, Provider
from campaign.providers.departure import SendBy
from campaign.settings import read_settings


async def _bought(order: Order, provider: Provider, gate: Gate, pace: Pace, into: Path) -> Generation:
    operation = order.job.operation.value
    parcel = await provider.pack(order)
    async with gate.slot(provider.name, operation):
        async with gate.answering(provider.name, operation, provider.traits.unanswered):
            found = await provider.submit(parcel, SendBy(30))
        began = time.monotonic()
        while found.state is GenerationState.RUNNING:
            waited = time.monotonic() - began
            await asyncio.sleep(pace.pause(provider.name, operation, provider.traits.poll_s, waited))
            found = await provider.poll(found.remote_id)
        pace.learn(provider.name, operation, time.monotonic() - began)
    assert found.state is GenerationState.DONE, found.detail
    await provider.fetch(found, into)
    return found


async def _variant(modify: PlannedJob, reframes: list[PlannedJob], clip: Path, shop: "_Shop") -> None:
    look = shop.folder / f"{modify.job.short}.mp4"
    source = Order(job=modify.job, intent_id=str(uuid4()), source=clip, rate=Fraction(24))
    parent = await _bought(source, shop.provider, shop.gate, shop.pace, look)

    async def reframed(planned: PlannedJob) -> None:
        order = Order(
            job=planned.job,
            intent_id=str(uuid4()),
            source=look,
            parent_remote_id=parent.remote_id,
            guide=clip,
            rate=Fraction(24),
        )
        await _bought(order, shop.provider, shop.gate, shop.pace, shop.folder / f"{planned.job.short}.mp4")

    await asyncio.gather(*map(reframed, reframes))


class _Shop:
    def __init__(self, prepared: Prepared, provider: Provider) -> None:
        self.provider, self.pace = provider, Pace()
        self.gate = Gate(prepared.brief.campaign.slots, 2)
        self.folder = prepared.home / "bare"
        self.folder.mkdir()


async def _families(prepared: Prepared) -> tuple[Path, list[tuple[PlannedJob, list[PlannedJob]]]]:
    """The clip that all start from, and each look with the reframes that hang on it."""
    plan = prepared.plan
    children: dict[str, list[PlannedJob]] = {}
    for planned in plan.jobs.values():
        if planned.job.parent is not None:
            children.setdefault(planned.job.parent, []).append(planned)
    looks = [planned for planned in plan.jobs.values() if planned.job.operation is Operation.MODIFY]
    first = looks[0].job
    clip = await cut_segment(plan.master, first.segment, first.size, prepared.home / "cuts", prepared.engine)
    return clip, [(planned, children[planned.job.key]) for planned in looks]


async def _all(prepared: Prepared, provider: Provider) -> float:
    clip, families = await _families(prepared)
    shop = _Shop(prepared, provider)
    began = time.monotonic()
    await asyncio.gather(*(_variant(look, reframes, clip, shop) for look, reframes in families))
    took = time.monotonic() - began
    await provider.close()
    return took


async def _written(prepared: Prepared, provider: Provider, into: Path) -> None:
    """Each look's request with those of its reframes, as JSON; what they start from is uploaded."""
    clip, families = await _families(prepared)
    lines = []
    for modify, reframes in families:
        look = await provider.pack(Order(job=modify.job, intent_id=str(uuid4()), source=clip))
        hang = [
            await provider.pack(
                Order(job=one.job, intent_id=str(uuid4()), source=clip, parent_remote_id="parent", guide=clip)
            )
            for one in reframes
        ]
        lines.append([json.loads(look.body), [json.loads(parcel.body) for parcel in hang]])
    into.write_text(json.dumps(lines), encoding="utf-8")
    await provider.close()


def main() -> None:
    file = Path(sys.argv[1])
    settings = read_settings(beside=file.parent)
    with prepare(RunOrder(campaign_file=file, draft=True), settings) as prepared:
        provider = open_provider(
            prepared.plan.provider,
            engine=prepared.engine,
            temporary=prepared.store.temporary,
            settings=settings,
            shelf=prepared.ledger.shelf,
        )
        if len(sys.argv) > 2:
            asyncio.run(_written(prepared, provider, Path(sys.argv[2])))
            return
        took = asyncio.run(_all(prepared, provider))
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print(INSIDE + json.dumps([took, sum(usage.ru_utime + usage.ru_stime for usage in usages)]))


if __name__ == "__main__":
    main()
