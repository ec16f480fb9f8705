"""What every provider must hold, whoever it is: one suite over all of them."""

import asyncio
import hashlib
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pytest
from builders import a_job
from fakes.emulation import quick
from fakes.provider import FakeProvider
from fakes.shelf import MemoryShelf
from fakes.vendor import Vendor
from footage import SMALL, a_film
from orders import a_ray_job, a_segment, an_order

from campaign.errors import (
    ProviderBarred,
    ProviderBusy,
    ProviderError,
    ProviderRejected,
    ProviderThrottled,
    SetupError,
    SubmissionUnknown,
)
from campaign.media.engine import find_engine
from campaign.media.probe import probe
from campaign.model.edit import Segment, Shot
from campaign.providers import BUILT, open_provider
from campaign.providers.base import Generation, GenerationState, Order, Parcel, Provider, Recall
from campaign.providers.departure import SendBy
from campaign.providers.local import LocalProvider
from campaign.settings import Settings, read_settings
from campaign.store.files import Store
from emulator.books import Charge, Seen
from emulator.server import Emulator

T = TypeVar("T")
VENDORS = ("luma", "runware", "fal")
INTENT = "3f0c3c1e-0a3f-5d0e-9a53-0f4e1c0a7b11"


@dataclass(frozen=True)
class Bench:
    """A provider and something it can be asked for; its stand-in, where it is a vendor's, and how much that had seen before."""

    provider: Provider
    order: Order
    emulator: Emulator | None = None
    charges: int = 0
    seen: int = 0

    @property
    def stand_in(self) -> Emulator:
        assert self.emulator is not None
        return self.emulator

    def bill(self) -> list[Charge]:
        """What the vendor took."""
        return self.stand_in.books.bill()[self.charges :]

    def requests(self) -> list[Seen]:
        """What the vendor was asked."""
        return self.stand_in.books.requests()[self.seen :]

    def charged(self) -> int:
        """Jobs on the vendor's bill that were not refunded."""
        return sum(not charge.refunded for charge in self.bill())

    def posts(self) -> int:
        """Requests that ask for work."""
        wanted = {"/v1/generations", "/v1"}
        return sum(
            seen.method == "POST" and (seen.path in wanted or "/ray/" in seen.path) and _spends(seen.body)
            for seen in self.requests()
        )


def _spends(body: object) -> bool:
    tasks = body if isinstance(body, list) else [body]
    return any(isinstance(task, dict) and task.get("taskType", "videoInference") == "videoInference" for task in tasks)


def small(source: Path) -> Order:
    segment = Segment(Shot(id="hero", start_frame=0, end_frame=12), 0, 12)
    return Order(job=a_job(segment=segment, size=SMALL), intent_id=INTENT, source=source)


@contextmanager
def fake(recall: Recall, folder: Path) -> Iterator[Bench]:
    source = folder / "source.mp4"
    source.write_bytes(b"film")
    yield Bench(FakeProvider(Vendor(folder / "books", recall)), small(source))


@contextmanager
def local(folder: Path) -> Iterator[Bench]:
    source = a_film(folder / "source.mp4", frames=12, sound=None)
    yield Bench(LocalProvider(find_engine(), Store(folder / "store").temporary), small(source))


def vendor(name: str, folder: Path, emulator: Emulator) -> Bench:
    """A vendor's own adapter, opened as a run opens it, at its stand-in."""
    source = a_film(folder / "source.mp4", frames=24, sound=None)
    job = a_ray_job(segment=a_segment(frames=24), size=SMALL, resolution="540p")
    books = emulator.books
    return Bench(
        opened(name, emulator, folder),
        an_order(job, source=source, intent_id=str(uuid.uuid4())),  # its name at a vendor, used once
        emulator,
        charges=len(books.bill()),
        seen=len(books.requests()),
    )


def opened(name: str, emulator: Emulator, folder: Path, **environment: str) -> Provider:
    return open_provider(
        name,
        engine=find_engine(),
        temporary=Store(folder / "store").temporary,
        settings=read_settings(emulator.environment() | environment),
        shelf=MemoryShelf(),
    )


OWN: dict[str, Callable[[Path], AbstractContextManager[Bench]]] = {
    "fake-C": lambda folder: fake(Recall.CLIENT_ID, folder),
    "fake-D": lambda folder: fake(Recall.HANDLE, folder),
    "fake-N": lambda folder: fake(Recall.NOTHING, folder),
    "local": local,
}
AT_STAND_INS = [pytest.param(name, marks=pytest.mark.ffmpeg) for name in VENDORS]


@pytest.fixture(scope="module")
def stand_in() -> Iterator[Emulator]:
    """One for all tests: each begins without faults and looks at what came since."""
    with quick() as emulator:
        yield emulator


@pytest.fixture
def peaceful(stand_in: Emulator) -> Iterator[Emulator]:
    yield stand_in
    stand_in.faults.clear()


@pytest.fixture(params=["fake-C", "fake-D", "fake-N", pytest.param("local", marks=pytest.mark.ffmpeg), *AT_STAND_INS])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param in VENDORS:
        yield vendor(request.param, tmp_path, request.getfixturevalue("peaceful"))
        return
    with OWN[request.param](tmp_path) as its_own:
        yield its_own


@pytest.fixture(params=AT_STAND_INS)
def paid(request: pytest.FixtureRequest, tmp_path: Path, peaceful: Emulator) -> Bench:
    return vendor(request.param, tmp_path, peaceful)


def run(bench: Bench, work: Awaitable[T]) -> T:
    async def go() -> T:
        try:
            return await work
        finally:
            await bench.provider.close()

    return asyncio.run(go())


async def ended(bench: Bench, generation: Generation) -> Generation:
    async with asyncio.timeout(60):
        while generation.state is GenerationState.RUNNING:
            await asyncio.sleep(min(bench.provider.traits.poll_s, 0.1))
            try:
                generation = await bench.provider.poll(generation.remote_id)
            except ProviderBusy:
                continue
    return generation


async def send(bench: Bench, seconds: float = 30) -> Generation:
    return await bench.provider.submit(await bench.provider.pack(bench.order), SendBy(seconds))


async def made(bench: Bench) -> Generation:
    return await ended(bench, await send(bench))


async def send_with(bench: Bench, **faults: float | str) -> Generation:
    """Everything is uploaded in peace; the one request meets the faults."""
    parcel = await bench.provider.pack(bench.order)
    bench.stand_in.faults.set(faults)
    return await bench.provider.submit(parcel, SendBy(30))


def test_work_is_taken_done_and_fetched(bench: Bench, tmp_path: Path) -> None:
    into = tmp_path / "result.mp4"

    async def work() -> Generation:
        generation = await made(bench)
        into.touch()
        await bench.provider.fetch(generation, into)
        return generation

    generation = run(bench, work())
    assert generation.state is GenerationState.DONE
    assert generation.remote_id
    assert into.stat().st_size > 0
    if bench.emulator is None:
        assert generation.price_usd == (0 if bench.provider.traits.free else 1)
    else:
        (charge,) = bench.bill()
        assert generation.price_usd in (None, charge.usd)
        assert probe(into).frames >= 24  # fal's is filled up to the length that it sells


def test_work_is_found_by_the_intents_id_where_the_provider_can_tell(bench: Bench) -> None:
    async def work() -> tuple[Generation | None, Generation | None]:
        before = await bench.provider.find(bench.order.intent_id)
        generation = await send(bench)
        found = await bench.provider.find(bench.order.intent_id)
        assert found is None or found.remote_id == generation.remote_id
        await bench.provider.abandon(generation.remote_id)
        return before, found

    before, found = run(bench, work())
    assert before is None
    assert (found is None) == (bench.provider.traits.recall is Recall.NOTHING)


def test_a_client_id_makes_one_work_however_often_it_is_sent(bench: Bench) -> None:
    async def work() -> list[str]:
        sent = [await send(bench) for _ in range(2)]
        await bench.provider.abandon(sent[0].remote_id)
        return [generation.remote_id for generation in sent]

    first, second = run(bench, work())
    assert (first == second) == (bench.provider.traits.recall is Recall.CLIENT_ID)
    if bench.emulator is not None:
        assert bench.charged() == len({first, second})


def test_a_requests_hash_is_that_of_what_is_asked_for(bench: Bench) -> None:
    digest = bench.provider.request_sha256(bench.order)
    assert len(digest) == 64
    assert digest == bench.provider.request_sha256(replace(bench.order, intent_id="another"))
    job = bench.order.job
    others = [replace(job, key="f" * 64)] if bench.emulator is None else []
    others += [
        replace(job, resolution="1080p", key="e" * 64),
        replace(job, prompt=replace(job.prompt, text="x"), key="d" * 64),
    ]
    for other in others:
        assert digest != bench.provider.request_sha256(replace(bench.order, job=other))


def test_what_nobody_waits_for_may_be_abandoned_twice(bench: Bench) -> None:
    async def work() -> None:
        generation = await send(bench)
        await bench.provider.abandon(generation.remote_id)
        await bench.provider.abandon(generation.remote_id)
        await bench.provider.abandon("gen-999")

    run(bench, work())


def test_nothing_that_costs_money_leaves_after_its_last_moment(bench: Bench) -> None:
    if bench.provider.traits.free:
        pytest.skip("what is free may begin at any time")
    with pytest.raises(ProviderBusy, match="not sent"):
        run(bench, send(bench, -1))
    if bench.emulator is not None:
        assert bench.posts() == 0


def test_its_terms_can_be_kept(bench: Bench) -> None:
    traits = bench.provider.traits
    assert traits.settle_s >= 0
    assert traits.send_s > 0
    assert traits.attempts >= 1
    assert bench.provider.name == bench.provider.name.lower()
    assert traits.recall is not Recall.NOTHING or traits.unanswered is not None or bench.emulator is None


def test_calling_off_says_where_the_work_stands(bench: Bench) -> None:
    async def work() -> Generation:
        if bench.emulator is not None:
            bench.emulator.faults.set({"job_min": 30, "job_max": 30})
        generation = await send(bench)
        return await bench.provider.cancel(generation.remote_id)

    state = run(bench, work()).state
    if bench.emulator is not None and not bench.provider.traits.cancels:
        assert state is GenerationState.RUNNING  # it goes on, and is not called anything else
    elif not isinstance(bench.provider, FakeProvider):  # whose work is done at once
        assert state in {GenerationState.CANCELLED, GenerationState.RUNNING}


def test_the_account_is_asked_for_nothing(bench: Bench) -> None:
    assert run(bench, bench.provider.account()).told
    if bench.emulator is not None:
        assert bench.posts() == 0


def test_it_may_be_closed_twice(bench: Bench) -> None:
    async def twice() -> None:
        await bench.provider.close()
        await bench.provider.close()

    asyncio.run(twice())


@pytest.mark.parametrize(
    "fault", ["p_pre_drop", "p_post_drop", "p_close", "p_502_billed", "p_badjson", "p_redirect", "p_bomb"]
)
def test_a_lost_answer_is_unknown_and_the_request_went_out_once(paid: Bench, fault: str) -> None:
    async def work() -> Generation | None:
        with pytest.raises(SubmissionUnknown):
            await send_with(paid, **{fault: 1.0, "badjson": "html", "bomb_mb": 12})
        paid.stand_in.faults.clear()
        return await paid.provider.find(paid.order.intent_id)

    found = run(paid, work())
    assert paid.posts() <= 1
    accepted = fault not in {"p_pre_drop", "p_redirect"}
    assert paid.charged() == accepted
    assert (found is not None) == (accepted and paid.provider.traits.recall is Recall.CLIENT_ID)


@pytest.mark.parametrize("fault", ["p_half", "p_headers", "p_chunked", "p_wrong_type", "extra_fields"])
def test_an_answer_with_its_id_in_it_is_an_answer_whatever_else_is_wrong_with_it(paid: Bench, fault: str) -> None:
    async def work() -> Generation:
        try:
            generation = await send_with(paid, **{fault: 1.0})
        except SubmissionUnknown:
            assert fault == "p_half"
            assert paid.provider.traits.recall is Recall.CLIENT_ID  # it can be asked for
            found = await paid.provider.find(paid.order.intent_id)
            assert found is not None
            generation = found
        return await ended(paid, generation)

    assert run(paid, work()).state is GenerationState.DONE
    assert paid.charged() == 1


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        ({"p_429": 1.0, "retry_after": "3"}, ProviderThrottled),
        ({"reject": "market"}, ProviderRejected),
        ({"p_401": 1.0}, ProviderBarred),
        ({"credit": 0.01}, ProviderBarred),
    ],
    ids=["slow down", "bad request", "key refused", "no credit"],
)
def test_a_refusal_buys_nothing(paid: Bench, faults: dict[str, float | str], kind: type[ProviderError]) -> None:
    with pytest.raises(kind) as caught:
        run(paid, send_with(paid, **faults))
    assert paid.charged() == 0
    assert caught.value.provider == paid.provider.name
    assert len(caught.value.detail) > len("refused")


@pytest.mark.ffmpeg
@pytest.mark.parametrize("name", VENDORS)
def test_a_server_that_is_not_there_gets_nothing_and_is_asked_again_later(name: str, tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        parcel = await bench.provider.pack(bench.order)
        await asyncio.to_thread(bench.stand_in.stop)
        with pytest.raises(ProviderBusy, match="not sent"):
            await bench.provider.submit(parcel, SendBy(30))
        with pytest.raises(ProviderBusy):
            await bench.provider.poll(INTENT)

    with quick() as emulator:
        bench = vendor(name, tmp_path, emulator)
        run(bench, work(bench))


@pytest.mark.parametrize(
    ("faults", "state", "billed"),
    [
        ({"p_fail": 1.0}, GenerationState.FAILED, False),
        ({"p_fail_billed": 1.0}, GenerationState.FAILED, True),
        ({"p_mod": 1.0}, GenerationState.MODERATED, None),
        ({"p_odd_state": 1.0}, GenerationState.DONE, False),
        ({"p_poll_pre_drop": 0.3, "p_poll_500": 0.3, "p_poll_half": 0.2}, GenerationState.DONE, False),
        ({"visible_s": 0.7}, GenerationState.DONE, False),
    ],
    ids=["failed", "failed and billed", "moderated", "an odd state", "a bad line", "seen late"],
)
def test_work_comes_to_its_end(
    paid: Bench, faults: dict[str, float | str], state: GenerationState, billed: bool | None
) -> None:
    async def work() -> Generation:
        return await ended(paid, await send_with(paid, **faults))

    generation = run(paid, work())
    assert generation.state is state
    if billed:
        assert generation.billed or generation.hopeless  # what was paid for is not bought again unasked
    elif billed is not None:
        assert not generation.billed
    if state is not GenerationState.DONE:
        assert generation.detail


def test_an_odd_state_is_named_and_runs(paid: Bench) -> None:
    async def work() -> Generation:
        generation = await send_with(paid, p_odd_state=1.0, odd_state="awaiting_capacity", job_min=20, job_max=20)
        for _ in range(30):
            generation = await paid.provider.poll(generation.remote_id)
            if generation.odd:
                break
            await asyncio.sleep(0.05)
        return generation

    generation = run(paid, work())
    assert generation.state is GenerationState.RUNNING
    assert "awaiting_capacity" in generation.odd


def test_one_clip_is_uploaded_once_for_orders_side_by_side(paid: Bench) -> None:
    async def work() -> list[Parcel]:
        orders = [replace(paid.order, intent_id=str(uuid.uuid4())) for _ in range(4)]
        return await asyncio.gather(*(paid.provider.pack(order) for order in orders))

    run(paid, work())
    size = paid.order.source.stat().st_size
    carried = [
        seen
        for seen in paid.requests()
        if int(seen.headers.get("content-length", 0)) >= size and seen.method in {"PUT", "POST"}
    ]
    assert len(carried) == 1


@pytest.mark.parametrize(
    "fault",
    ["p_dl_403", "p_dl_page", "p_dl_trunc", "p_dl_half", "p_dl_noise", "p_dl_redirect"],
    ids=lambda name: name[5:],
)
def test_a_bad_download_is_made_again_and_nothing_is_bought_again(paid: Bench, fault: str, tmp_path: Path) -> None:
    into = tmp_path / "result.mp4"

    async def work() -> None:
        generation = await made(paid)
        paid.stand_in.faults.set({fault: 1.0})
        with pytest.raises(ProviderBusy):
            await paid.provider.fetch(generation, into)
        paid.stand_in.faults.clear()
        await paid.provider.fetch(generation, into)

    run(paid, work())
    assert probe(into).frames >= 24
    assert paid.charged() == 1


def test_a_key_that_is_not_taken_is_named_with_its_variable(paid: Bench, tmp_path: Path) -> None:
    name = paid.provider.name
    variable = {"luma": "LUMA_AGENTS_API_KEY", "runware": "RUNWARE_API_KEY", "fal": "FAL_KEY"}[name]
    canary = "sk-CANARY-7f3e55:aa41c7" if name == "fal" else "sk-CANARY-7f3e55aa41c7"
    paid.stand_in.faults.set({"echo_auth": 1.0})
    other = replace(paid, provider=opened(name, paid.stand_in, tmp_path, **{variable: canary}))
    with pytest.raises(ProviderBarred, match=variable) as caught:
        run(other, other.provider.account())
    assert "CANARY" not in f"{caught.value!r} {caught.value} {caught.value.answer}"


@pytest.mark.parametrize("name", VENDORS)
def test_a_vendor_without_a_key_is_refused_with_the_cure(name: str, tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"(?i)set \w+_KEY in the environment"):
        open_provider(
            name,
            engine=find_engine(),
            temporary=Store(tmp_path / "store").temporary,
            settings=Settings(),
            shelf=MemoryShelf(),
        )


def test_the_table_names_what_it_has(tmp_path: Path) -> None:
    assert ("local", *VENDORS) == BUILT
    with pytest.raises(SetupError, match=r"'sora'.*local, luma, runware, fal"):
        open_provider(
            "sora",
            engine=find_engine(),
            temporary=Store(tmp_path / "store").temporary,
            settings=Settings(),
            shelf=MemoryShelf(),
        )


def test_a_name_without_an_address_is_told_at_once(tmp_path: Path) -> None:
    environment = {"LUMA_AGENTS_API_KEY": "luma-api-x1y2z3", "LUMA_BASE_URL": "http://nx.invalid/v1"}
    environment["FANOUT_ALLOW_HOSTS"] = "nx.invalid:80"
    source = a_film(tmp_path / "source.mp4", frames=12, sound=None)
    provider = open_provider(
        "luma",
        engine=find_engine(),
        temporary=Store(tmp_path / "store").temporary,
        settings=read_settings(environment),
        shelf=MemoryShelf(),
    )
    with pytest.raises(ProviderBarred, match=r"\[net\.dns\]"):
        asyncio.run(provider.pack(small(source)))


def test_an_id_that_was_never_given_is_gone(tmp_path: Path) -> None:
    for name, its_own in OWN.items():
        folder = tmp_path / name
        folder.mkdir()
        with its_own(folder) as each:
            assert asyncio.run(each.provider.poll("gen-999")).state is GenerationState.GONE


def test_the_fake_bills_what_it_takes(tmp_path: Path) -> None:
    books = Vendor(tmp_path / "books", Recall.HANDLE)
    provider = FakeProvider(books, price="2.5")
    order = Order(job=a_job(), intent_id="one", source=tmp_path)
    asyncio.run(provider.submit(Parcel(order), SendBy(30)))
    asyncio.run(provider.submit(Parcel(order), SendBy(30)))
    assert [str(work.price) for work in books.bill()] == ["2.5", "2.5"]
    assert hashlib.sha256(order.job.key.encode()).hexdigest() == provider.request_sha256(order)
