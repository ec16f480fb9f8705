"""Luma bought from, over sockets: a stand-in that keeps its rules, and a listener that keeps none."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fakes.emulation import quick
from fakes.listener import Heard, Listener, Reply, listening, says
from fakes.shelf import MemoryShelf
from footage import SMALL, a_film
from orders import a_ray_job, a_reframe_job, a_segment, an_order, pinned
from PIL import Image

from campaign.errors import (
    ProviderBarred,
    ProviderBusy,
    ProviderRejected,
    ProviderThrottled,
    SetupError,
    SubmissionUnknown,
)
from campaign.media.probe import probe
from campaign.net.addresses import Addresses
from campaign.providers.base import Extra, Generation, GenerationState, Order
from campaign.providers.departure import SendBy
from campaign.providers.limits import Limits
from campaign.providers.luma import LumaProvider, luma_provider
from campaign.providers.wire import Wire
from campaign.secrets import Secret
from campaign.settings import Settings, Vendors, read_settings
from emulator.server import Emulator

T = TypeVar("T")
KEY = "luma-api-CANARY-90ac2f"


async def at_once(_: float) -> None:
    await asyncio.sleep(0)


def at(emulator: Emulator, shelf: MemoryShelf) -> LumaProvider:
    """A provider as a run opens it."""
    provider = luma_provider(read_settings(emulator.environment()), shelf)
    assert isinstance(provider, LumaProvider)
    return provider


def used(provider: LumaProvider, work: Callable[[LumaProvider], Awaitable[T]]) -> T:
    async def go() -> T:
        try:
            return await work(provider)
        finally:
            await provider.close()

    return asyncio.run(go())


async def send(provider: LumaProvider, order: Order) -> Generation:
    return await provider.submit(await provider.pack(order), SendBy(30))


async def ended(provider: LumaProvider, generation: Generation) -> Generation:
    async with asyncio.timeout(60):
        while generation.state is GenerationState.RUNNING:
            await asyncio.sleep(0.05)
            generation = await provider.poll(generation.remote_id)
    return generation


async def made(provider: LumaProvider, order: Order) -> Generation:
    return await ended(provider, await send(provider, order))


def requests(emulator: Emulator, method: str, path: str) -> list[Any]:
    return [seen for seen in emulator.books.requests() if seen.method == method and seen.path.startswith(path)]


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return a_film(tmp_path / "clip.mp4", frames=24, sound=None)


def an_edit_of(clip: Path, **changes: Any) -> Order:
    return an_order(a_ray_job(segment=a_segment(frames=24), size=SMALL, resolution="360p", **changes), source=clip)


def test_a_modify_is_bought_once_and_fetched(
    emulator: Emulator, shelf: MemoryShelf, clip: Path, tmp_path: Path
) -> None:
    into = tmp_path / "result.mp4"

    async def work(provider: LumaProvider) -> Generation:
        generation = await made(provider, an_edit_of(clip))
        await provider.fetch(generation, into)
        return generation

    generation = used(at(emulator, shelf), work)
    assert generation.state is GenerationState.DONE
    assert probe(into).frames == 24
    (charge,) = emulator.books.bill()
    assert (charge.vendor, charge.job, charge.operation) == ("luma", generation.remote_id, "modify")
    assert charge.client_id == an_order().intent_id


def test_reframes_hang_on_their_parent_without_another_upload(
    emulator: Emulator, shelf: MemoryShelf, clip: Path, tmp_path: Path
) -> None:
    async def work(provider: LumaProvider) -> Generation:
        parent = await made(provider, an_edit_of(clip))
        job = a_reframe_job("9:16", resolution="360p", segment=a_segment(frames=24))
        order = an_order(job, source=tmp_path / "not needed.mp4", parent_remote_id=parent.remote_id)
        child = await made(provider, order)
        await provider.fetch(child, tmp_path / "vertical.mp4")
        return parent

    parent = used(at(emulator, shelf), work)
    assert len(requests(emulator, "PUT", "/media/upload")) == 1
    assert requests(emulator, "POST", "/v1/generations")[1].body["source"] == {"generation_id": parent.remote_id}
    size = probe(tmp_path / "vertical.mp4").size
    assert size.height > size.width


def test_a_parent_that_luma_no_longer_knows_is_uploaded_instead(
    emulator: Emulator, shelf: MemoryShelf, clip: Path
) -> None:
    job = a_reframe_job("1:1", resolution="360p", segment=a_segment(frames=24))
    order = an_order(job, source=clip, parent_remote_id="0c9f8f3e-0000-4000-8000-000000000000")

    async def work(provider: LumaProvider) -> Generation:
        before = provider.request_sha256(order)
        with pytest.raises(ProviderBusy, match="uploaded again"):
            await send(provider, order)
        assert provider.request_sha256(order) != before
        return await made(provider, order)

    assert used(at(emulator, shelf), work).state is GenerationState.DONE
    assert len(emulator.books.bill()) == 1


def test_a_focus_beside_the_centre_places_the_picture(emulator: Emulator, shelf: MemoryShelf, clip: Path) -> None:
    job = a_reframe_job("9:16", (0.5, 0.2), resolution="360p", segment=a_segment(frames=24))
    used(at(emulator, shelf), lambda provider: made(provider, an_order(job, source=clip)))
    (seen,) = requests(emulator, "POST", "/v1/generations")
    place = seen.body["video"]["source_position"]
    assert place["y_norm"] < (1 - place["h_norm"]) / 2
    assert (place["x_norm"], place["w_norm"]) == (0.0, 1.0)


def test_one_clip_goes_out_once_for_orders_side_by_side_and_for_the_next_run(
    emulator: Emulator, shelf: MemoryShelf, clip: Path
) -> None:
    async def fan_out(provider: LumaProvider) -> None:
        await asyncio.gather(*(send(provider, replace(an_edit_of(clip), intent_id=f"intent-{n}")) for n in range(4)))

    for _ in range(2):
        used(at(emulator, shelf), fan_out)
    assert len(requests(emulator, "PUT", "/media/upload")) == 1
    assert len(emulator.books.bill()) == 8


def test_storage_gets_the_bytes_whole_and_not_our_key(emulator: Emulator, shelf: MemoryShelf, clip: Path) -> None:
    used(at(emulator, shelf), lambda provider: provider.pack(an_edit_of(clip)))
    (seen,) = requests(emulator, "PUT", "/media/upload")
    assert not seen.keyed
    assert (seen.status, seen.headers["content-length"]) == (200, str(clip.stat().st_size))
    (created,) = [each for each in requests(emulator, "POST", "/v1/files") if not each.path.endswith("complete")]
    assert created.keyed
    assert created.body["mime_type"] == "video/mp4"
    assert created.body["size_bytes"] == clip.stat().st_size
    assert created.body["purpose"] == "input"
    assert clip.stem not in created.body["filename"]


def test_stills_go_the_same_way(emulator: Emulator, shelf: MemoryShelf, clip: Path, tmp_path: Path) -> None:
    stills = (tmp_path / "a.png", tmp_path / "b.jpg")
    for path, colour in zip(stills, ("red", "blue"), strict=True):
        Image.new("RGB", (160, 90), colour).save(path)
    order = replace(an_edit_of(clip, keyframes=pinned(97, 120)), stills=stills)
    assert used(at(emulator, shelf), lambda provider: made(provider, order)).state is GenerationState.DONE
    (seen,) = requests(emulator, "POST", "/v1/generations")
    assert seen.body["video"]["edit"]["keyframe_indexes"] == [0, 23]
    kinds = [each.body["mime_type"] for each in requests(emulator, "POST", "/v1/files") if each.body]
    assert sorted(kinds) == ["image/jpeg", "image/png", "video/mp4"]


def test_an_upload_that_luma_forgot_is_made_again(shelf: MemoryShelf, clip: Path) -> None:
    with quick() as emulator:

        async def work(provider: LumaProvider) -> None:
            await provider.pack(an_edit_of(clip))  # a run of yesterday

        used(at(emulator, shelf), work)
        emulator.faults.set({"forget_files_s": 0.001})

        async def later(provider: LumaProvider) -> Generation:
            with pytest.raises(ProviderBusy, match="uploaded again"):
                await send(provider, an_edit_of(clip))
            emulator.faults.clear()
            return await made(provider, an_edit_of(clip))

        assert used(at(emulator, shelf), later).state is GenerationState.DONE
        assert len(requests(emulator, "PUT", "/media/upload")) == 2
        assert len(emulator.books.bill()) == 1


def test_uploads_are_another_accounts_business(emulator: Emulator, shelf: MemoryShelf, clip: Path) -> None:
    used(at(emulator, shelf), lambda provider: provider.pack(an_edit_of(clip)))
    with quick() as elsewhere:
        used(at(elsewhere, shelf), lambda provider: made(provider, an_edit_of(clip)))
        assert len(requests(elsewhere, "PUT", "/media/upload")) == 1


@pytest.mark.parametrize("fault", ["p_up_half", "p_up_pre_drop", "p_up_500", "p_up_badjson", "p_up_post_drop"])
def test_uploads_survive_a_bad_line(fault: str, shelf: MemoryShelf, clip: Path) -> None:
    with quick(faults={fault: 0.3}, seed=5) as emulator:

        async def work(provider: LumaProvider) -> Generation:
            for _ in range(5):
                try:
                    return await made(provider, an_edit_of(clip))
                except ProviderBusy:
                    continue
            raise AssertionError("five times in a row")

        assert used(at(emulator, shelf), work).state is GenerationState.DONE
        assert len(emulator.books.bill()) == 1


@pytest.mark.parametrize(
    ("faults", "word"), [({"p_mod": 1.0, "mod_when": "ingest"}, "moderation"), ({"p_up_failed": 1.0}, "could not")]
)
def test_a_clip_that_luma_will_not_have_is_refused_for_good(
    faults: dict[str, Any], word: str, shelf: MemoryShelf, clip: Path
) -> None:
    with quick(faults=faults) as emulator:
        with pytest.raises(ProviderRejected, match=word):
            used(at(emulator, shelf), lambda provider: provider.pack(an_edit_of(clip)))
        assert emulator.books.bill() == []


def test_what_is_neither_film_nor_picture_is_not_uploaded(
    emulator: Emulator, shelf: MemoryShelf, tmp_path: Path
) -> None:
    text = tmp_path / "clip.mp4"
    text.write_text("#EXTM3U\n/etc/passwd\n")
    with pytest.raises(ProviderRejected, match="neither a film nor"):
        used(at(emulator, shelf), lambda provider: provider.pack(an_edit_of(text)))
    assert emulator.books.requests() == []


FATES: dict[str, tuple[dict[str, Any], GenerationState, bool]] = {
    "failed, refunded": ({"p_fail": 1.0}, GenerationState.FAILED, False),
    "failed, billed": ({"p_fail_billed": 1.0}, GenerationState.FAILED, True),
    "moderated afterwards": ({"p_mod": 1.0}, GenerationState.MODERATED, False),
    "moderated at once": ({"p_mod": 1.0, "mod_when": "sync"}, GenerationState.MODERATED, False),
    "an unknown state on the way": ({"p_odd_state": 1.0}, GenerationState.DONE, False),
    "back in the queue": ({"p_back": 1.0}, GenerationState.DONE, False),
    "done before its output is there": ({"p_no_output": 1.0, "no_output_s": 0.4}, GenerationState.DONE, False),
    "not seen everywhere at once": ({"visible_s": 0.8}, GenerationState.DONE, False),
    "unknown fields": ({"extra_fields": 1.0}, GenerationState.DONE, False),
    "polls lost": ({"p_poll_pre_drop": 0.4, "p_poll_500": 0.3}, GenerationState.DONE, False),
    "polls garbled": ({"p_poll_badjson": 0.4, "p_poll_half": 0.3}, GenerationState.DONE, False),
    "polls that do not know it": ({"p_poll_404": 0.5}, GenerationState.DONE, False),
    "odd headers, chunks, no type": (
        {"p_headers": 1.0, "p_poll_chunked": 1.0, "p_poll_wrong_type": 1.0},
        GenerationState.DONE,
        False,
    ),
    "long ids": ({"odd_id": "long"}, GenerationState.DONE, False),
    "odd ids": ({"odd_id": "odd"}, GenerationState.DONE, False),
}


@pytest.mark.parametrize("fate", FATES)
def test_a_job_comes_to_its_end(fate: str, shelf: MemoryShelf, clip: Path) -> None:
    faults, state, billed = FATES[fate]
    with quick(faults=faults, seed=3) as emulator:

        async def work(provider: LumaProvider) -> Generation:
            generation = await send(provider, an_edit_of(clip))
            async with asyncio.timeout(60):
                while generation.state is GenerationState.RUNNING:
                    await asyncio.sleep(0.05)
                    try:
                        generation = await provider.poll(generation.remote_id)
                    except ProviderBusy:
                        continue
            return generation

        generation = used(at(emulator, shelf), work)
    assert (generation.state, generation.billed) == (state, billed)


def test_a_job_that_luma_no_longer_has_is_gone_after_a_while(shelf: MemoryShelf, clip: Path) -> None:
    slept: list[float] = []

    async def note(seconds: float) -> None:
        slept.append(seconds)

    with quick() as emulator:
        settings = read_settings(emulator.environment())
        key, host = settings.vendors.luma_key, Addresses(settings.allow_hosts)
        assert key is not None
        wire = Wire("luma", settings.vendors.luma_url, "Bearer", key, host)
        found = used(
            LumaProvider(wire, shelf, sleep=note),
            lambda provider: provider.poll("0c9f8f3e-0000-4000-8000-000000000000"),
        )
    assert found.state is GenerationState.GONE
    assert sum(slept) >= 15


def test_a_wrong_address_loses_no_job(emulator: Emulator, shelf: MemoryShelf) -> None:
    environment = emulator.environment() | {"LUMA_BASE_URL": emulator.url}
    provider = luma_provider(read_settings(environment), shelf)
    assert isinstance(provider, LumaProvider)
    provider._sleep = at_once
    with pytest.raises((ProviderBarred, ProviderBusy)):
        used(provider, lambda each: each.poll("0c9f8f3e-0000-4000-8000-000000000000"))
    with pytest.raises(ProviderBarred, match="LUMA_BASE_URL"):
        used(luma_provider(read_settings(environment), shelf), lambda each: each.account())


UNKNOWN = ["p_pre_drop", "p_post_drop", "p_badjson", "p_502_billed", "p_close", "p_redirect", "p_bomb"]


@pytest.mark.parametrize("fault", UNKNOWN)
def test_an_answer_that_got_lost_is_unknown_and_nothing_is_asked_twice(
    fault: str, shelf: MemoryShelf, clip: Path
) -> None:
    with quick(faults={fault: 1.0, "badjson": "html", "bomb_mb": 12}) as emulator:
        with pytest.raises(SubmissionUnknown):
            used(at(emulator, shelf), lambda provider: send(provider, an_edit_of(clip)))
        assert len(requests(emulator, "POST", "/v1/generations")) <= 1
        assert len(emulator.books.bill()) == (fault not in {"p_pre_drop", "p_redirect"})


def test_half_an_answer_with_an_id_in_it_is_enough(shelf: MemoryShelf, clip: Path) -> None:
    with quick(faults={"p_half": 1.0}) as emulator:
        generation = used(at(emulator, shelf), lambda provider: made(provider, an_edit_of(clip)))
        assert generation.state is GenerationState.DONE
        assert [charge.job for charge in emulator.books.bill()] == [generation.remote_id]


REFUSALS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "too many requests": ({"p_429": 1.0, "retry_after": "7"}, ProviderThrottled, "Rate limit exceeded"),
    "too many jobs": ({"p_429": 1.0, "throttle": "slots"}, ProviderThrottled, "concurrent"),
    "not accepted": ({"p_500": 1.0}, ProviderBusy, "not accepted"),
    "a bad request": ({"reject": "market"}, ProviderRejected, "HTTP 400"),
    "bad media": ({"reject_422": "market"}, ProviderRejected, "HTTP 422"),
    "no credit": ({"credit": 0.01}, ProviderBarred, r"\[provider\.credit\]"),
    "a refused key": ({"p_401": 1.0}, ProviderBarred, r"\[auth\]"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_a_refusal_buys_nothing_and_says_what_to_do(case: str, shelf: MemoryShelf, clip: Path) -> None:
    faults, kind, word = REFUSALS[case]
    with quick() as emulator:
        provider = at(emulator, shelf)

        async def work(_: LumaProvider) -> Generation:
            parcel = await provider.pack(an_edit_of(clip))
            emulator.faults.set(faults)
            return await provider.submit(parcel, SendBy(30))

        with pytest.raises(kind, match=word) as caught:
            used(provider, work)
        assert emulator.books.bill() == []
        if case == "too many requests":
            assert isinstance(caught.value, ProviderThrottled)
            assert caught.value.retry_after_s == 7


@pytest.mark.parametrize(
    "fault",
    [
        {"url_ttl": 0.001},
        {"p_dl_403": 0.5},
        {"p_dl_page": 0.5},
        {"p_dl_trunc": 0.5},
        {"p_dl_noise": 0.5},
        {"p_dl_half": 0.5},
    ],
)
def test_a_dead_link_or_a_bad_file_is_fetched_anew_and_never_bought_anew(
    fault: dict[str, Any], shelf: MemoryShelf, clip: Path, tmp_path: Path
) -> None:
    into = tmp_path / "result.mp4"
    with quick(seed=2) as emulator:

        async def work(provider: LumaProvider) -> None:
            generation = await made(provider, an_edit_of(clip))
            emulator.faults.set(fault)
            for _ in range(20):
                try:
                    return await provider.fetch(generation, into)
                except ProviderBusy as busy:
                    assert "nothing is lost" in busy.detail
                    emulator.faults.set({"url_ttl": None})
            raise AssertionError("twenty times in a row")

        used(at(emulator, shelf), work)
        assert len(emulator.books.bill()) == 1
    assert probe(into).frames == 24


@pytest.mark.parametrize(
    "where", ["metadata", "file", "private", "http", "userinfo", "relative", "redirect_private", "redirect_loop"]
)
def test_a_result_that_lies_where_no_client_should_go_is_not_fetched(
    where: str, shelf: MemoryShelf, clip: Path, tmp_path: Path
) -> None:
    with quick(faults={"evil_url": where}) as emulator:

        async def work(provider: LumaProvider) -> None:
            await provider.fetch(await made(provider, an_edit_of(clip)), tmp_path / "result.mp4")

        with pytest.raises(ProviderBusy, match="nothing is lost"):
            used(at(emulator, shelf), work)


@pytest.mark.parametrize("kind", ["zip", "exr"])
def test_an_exr_is_fetched_beside_the_film(kind: str, shelf: MemoryShelf, clip: Path, tmp_path: Path) -> None:
    with quick(faults={"exr": kind}) as emulator:
        order = replace(
            an_edit_of(clip, hdr=True, exr=True),
            job=replace(an_edit_of(clip).job, hdr=True, exr=True, resolution="720p"),
        )

        async def work(provider: LumaProvider) -> Generation:
            generation = await made(provider, order)
            (extra,) = generation.extras
            await provider.fetch(generation, tmp_path / "extra", Extra(extra.kind, "https://expired.invalid/a"))
            return generation

        generation = used(at(emulator, shelf), work)
    assert [extra.kind for extra in generation.extras] == ["exr"]
    assert (tmp_path / "extra").read_bytes()[:4] in (b"PK\x03\x04", b"\x76\x2f\x31\x01")


def test_the_account_is_asked_for_free(emulator: Emulator, shelf: MemoryShelf) -> None:
    account = used(at(emulator, shelf), lambda provider: provider.account())
    assert account.balance_usd is None
    assert "key" in account.told
    environment = emulator.environment() | {"LUMA_AGENTS_API_KEY": "luma-api-not-this-one"}
    provider = luma_provider(read_settings(environment), shelf)
    assert isinstance(provider, LumaProvider)
    with pytest.raises(ProviderBarred, match=r"LUMA_AGENTS_API_KEY.*\[auth\]"):
        used(provider, lambda each: each.account())
    assert emulator.books.bill() == []


def test_no_key_and_a_key_of_the_older_api_are_refused_by_name(shelf: MemoryShelf) -> None:
    with pytest.raises(SetupError, match="LUMA_AGENTS_API_KEY"):
        luma_provider(Settings(), shelf)
    old = Secret("luma-0c9f8f3e-1111-4222-8333-444455556666-0c9f8f3e-1111-4222-8333-444455556666")
    with pytest.raises(SetupError, match="Dream Machine") as caught:
        luma_provider(Settings(vendors=Vendors(luma_key=old)), shelf)
    assert old.reveal() not in str(caught.value)


def test_a_request_hash_holds_contents_and_no_names(
    emulator: Emulator, shelf: MemoryShelf, clip: Path, tmp_path: Path
) -> None:
    twin = tmp_path / "moved" / "other name.mp4"
    twin.parent.mkdir()
    twin.write_bytes(clip.read_bytes())
    provider, order = at(emulator, shelf), an_edit_of(clip)
    digest = provider.request_sha256(order)
    assert provider.request_sha256(replace(order, source=twin, intent_id="another")) == digest
    twin.write_bytes(clip.read_bytes() + b"\0")
    assert provider.request_sha256(replace(order, source=twin)) != digest
    dearer = replace(order, job=replace(order.job, resolution="540p"))
    assert provider.request_sha256(dearer) != digest
    assert emulator.books.requests() == []


@contextmanager
def scripted(script: Callable[[Heard], Reply], shelf: MemoryShelf) -> Iterator[tuple[LumaProvider, Listener]]:
    """Luma, as a listener that says what it is told to."""
    limits = Limits(connect_s=0.5, try_s=1.0, ask_s=5.0, answer_s=0.5, send_s=1.0)
    with listening(script=script) as listener:
        wire = Wire(
            "luma",
            f"{listener.url}/v1",
            "Bearer",
            Secret(KEY),
            Addresses((listener.host,)),
            limits=limits,
            sleep=at_once,
        )
        yield LumaProvider(wire, shelf, sleep=at_once), listener


def test_an_answer_about_another_generation_is_not_believed(shelf: MemoryShelf) -> None:
    other = says(200, json.dumps({"id": "gen-2", "state": "failed", "failure_code": "generation_failed"}))
    with (
        scripted(lambda _: other, shelf) as (provider, listener),
        pytest.raises(ProviderBusy, match="another generation"),
    ):
        used(provider, lambda each: each.poll("gen-1"))
    assert listener.heard[0].path == "/v1/generations/gen-1"


def test_an_id_stays_one_part_of_the_path(shelf: MemoryShelf) -> None:
    unknown = says(404, '{"detail": "Generation not found"}')
    with scripted(lambda _: unknown, shelf) as (provider, listener), pytest.raises(ProviderBarred):
        used(provider, lambda each: each.poll("../files?x=1#y"))
    assert listener.heard[0].path == "/v1/generations/..%2Ffiles%3Fx%3D1%23y"


def test_a_key_that_an_error_repeats_is_hidden_before_anybody_sees_it(shelf: MemoryShelf) -> None:
    echo = json.dumps({"detail": f"Invalid header 'Authorization: Bearer {KEY}'", "seen": KEY})
    with scripted(lambda _: says(401, echo), shelf) as (provider, _), pytest.raises(ProviderBarred) as caught:
        used(provider, lambda each: each.account())
    assert KEY not in f"{caught.value!r} {caught.value.answer} {caught.value.__context__!r} {caught.value.__cause__!r}"


def test_an_upload_goes_nowhere_but_to_a_public_or_a_named_address(shelf: MemoryShelf, clip: Path) -> None:
    with listening(says(200)) as inner:

        def script(heard: Heard) -> Reply:
            upload = {
                "url": f"{inner.url}/bucket?X-Amz-Signature=abc",
                "method": "PUT",
                "headers": {"Content-Type": "video/mp4"},
            }
            return says(201, json.dumps({"id": "file-1", "state": "pending", "upload": upload}))

        with (
            scripted(script, shelf) as (provider, _),
            pytest.raises(ProviderBarred, match="FANOUT_ALLOW_HOSTS") as caught,
        ):
            used(provider, lambda each: each.pack(an_edit_of(clip)))
    assert inner.connections == 0
    assert "X-Amz" not in str(caught.value)
