"""What every provider must hold, whoever it is: one suite over all of them."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pytest
from builders import a_job
from fakes.provider import FakeProvider
from fakes.vendor import Vendor
from footage import SMALL, a_film

from campaign.errors import ProviderBusy, SetupError
from campaign.media.engine import find_engine
from campaign.model.edit import Segment, Shot
from campaign.providers import open_provider
from campaign.providers.base import Generation, GenerationState, Order, Provider, Recall, SendBy
from campaign.providers.local import LocalProvider
from campaign.store.files import Store

T = TypeVar("T")


@dataclass(frozen=True)
class Bench:
    """A provider and something it can be asked for."""

    provider: Provider
    order: Order


def fake(recall: Recall) -> Callable[[Path, Path], Provider]:
    return lambda folder, source: FakeProvider(Vendor(folder / "books", recall))


def local(folder: Path, source: Path) -> Provider:
    a_film(source, frames=12, sound=None)
    return LocalProvider(find_engine(), Store(folder / "store").temporary)


@pytest.fixture(
    params=[
        pytest.param(fake(Recall.CLIENT_ID), id="fake-C"),
        pytest.param(fake(Recall.HANDLE), id="fake-D"),
        pytest.param(fake(Recall.NOTHING), id="fake-N"),
        pytest.param(local, id="local", marks=pytest.mark.ffmpeg),
    ]
)
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    source = tmp_path / "source.mp4"
    source.write_bytes(b"film")
    provider = request.param(tmp_path, source)
    segment = Segment(Shot(id="hero", start_frame=0, end_frame=12), 0, 12)
    job = a_job(segment=segment, size=SMALL)
    return Bench(provider, Order(job=job, intent_id="3f0c3c1e-0a3f-5d0e-9a53-0f4e1c0a7b11", source=source))


async def ended(provider: Provider, generation: Generation) -> Generation:
    async with asyncio.timeout(60):
        while generation.state is GenerationState.RUNNING:
            await asyncio.sleep(provider.traits.poll_s)
            generation = await provider.poll(generation.remote_id)
    return generation


async def made(bench: Bench) -> Generation:
    return await ended(bench.provider, await bench.provider.submit(bench.order, SendBy(30)))


def test_work_is_taken_done_and_fetched(bench: Bench, tmp_path: Path) -> None:
    into = tmp_path / "result.mp4"

    async def run() -> Generation:
        generation = await made(bench)
        into.touch()
        await bench.provider.fetch(generation, into)
        return generation

    generation = asyncio.run(run())
    assert generation.state is GenerationState.DONE
    assert generation.remote_id
    assert generation.price_usd == (0 if bench.provider.traits.free else 1)
    assert into.stat().st_size > 0


def test_an_id_that_was_never_given_is_gone(bench: Bench) -> None:
    assert asyncio.run(bench.provider.poll("gen-999")).state is GenerationState.GONE


def test_work_is_found_by_the_intents_id_where_the_provider_can_tell(bench: Bench) -> None:
    async def run() -> tuple[Generation | None, Generation | None]:
        before = await bench.provider.find(bench.order.intent_id)
        generation = await bench.provider.submit(bench.order, SendBy(30))
        found = await bench.provider.find(bench.order.intent_id)
        assert found is None or found.remote_id == generation.remote_id
        await bench.provider.abandon(generation.remote_id)
        return before, found

    before, found = asyncio.run(run())
    assert before is None
    assert (found is None) == (bench.provider.traits.recall is Recall.NOTHING)


def test_a_client_id_makes_one_work_however_often_it_is_sent(bench: Bench) -> None:
    async def run() -> list[str]:
        sent = [await bench.provider.submit(bench.order, SendBy(30)) for _ in range(2)]
        await bench.provider.abandon(sent[0].remote_id)
        return [generation.remote_id for generation in sent]

    first, second = asyncio.run(run())
    assert (first == second) == (bench.provider.traits.recall is Recall.CLIENT_ID)


def test_a_requests_hash_is_that_of_what_is_asked_for(bench: Bench) -> None:
    digest = bench.provider.request_sha256(bench.order)
    assert len(digest) == 64
    assert digest == bench.provider.request_sha256(replace(bench.order, intent_id="another"))
    other = a_job("other", segment=bench.order.job.segment, size=bench.order.job.size)
    assert digest != bench.provider.request_sha256(replace(bench.order, job=other))


def test_what_nobody_waits_for_may_be_abandoned_twice(bench: Bench) -> None:
    async def run() -> None:
        generation = await bench.provider.submit(bench.order, SendBy(30))
        await bench.provider.abandon(generation.remote_id)
        await bench.provider.abandon(generation.remote_id)
        await bench.provider.abandon("gen-999")

    asyncio.run(run())


def test_nothing_that_costs_money_leaves_after_its_last_moment(bench: Bench) -> None:
    if bench.provider.traits.free:
        pytest.skip("what is free may begin at any time")
    with pytest.raises(ProviderBusy, match="not sent"):
        asyncio.run(bench.provider.submit(bench.order, SendBy(-1)))


def test_its_terms_can_be_kept(bench: Bench) -> None:
    traits = bench.provider.traits
    assert traits.settle_s >= 0
    assert traits.send_s > 0
    assert traits.attempts >= 1
    assert bench.provider.name == bench.provider.name.lower()


@pytest.mark.ffmpeg
def test_the_table_opens_what_is_built_and_names_what_is_not(tmp_path: Path) -> None:
    temporary = Store(tmp_path / "store").temporary
    assert open_provider("local", engine=find_engine(), temporary=temporary).name == "local"
    with pytest.raises(SetupError, match=r"'luma'.*--provider local"):
        open_provider("luma", engine=find_engine(), temporary=temporary)


def test_the_fake_bills_what_it_takes(tmp_path: Path) -> None:
    vendor = Vendor(tmp_path / "books", Recall.HANDLE)
    provider = FakeProvider(vendor, price="2.5")
    order = Order(job=a_job(), intent_id="one", source=tmp_path)
    asyncio.run(provider.submit(order, SendBy(30)))
    asyncio.run(provider.submit(order, SendBy(30)))
    assert [str(work.price) for work in vendor.bill()] == ["2.5", "2.5"]
    assert hashlib.sha256(order.job.key.encode()).hexdigest() == provider.request_sha256(order)
