"""Runware over real sockets: one task a UUID, and what its silence, its errors and its repeats mean."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fakes.listener import Listener, Reply, listening, says, slams
from fakes.shelf import MemoryShelf
from fakes.small_runware import FILM, KEY, UUID, Members, Runware, answers, fails
from orders import INTENT, a_ray_job, a_reframe_job, an_order, pinned

from campaign.errors import (
    ProviderBarred,
    ProviderBusy,
    ProviderRejected,
    ProviderThrottled,
    SetupError,
    SubmissionUnknown,
)
from campaign.net.addresses import Addresses
from campaign.providers.base import Generation, GenerationState, Order, Provider, Recall
from campaign.providers.departure import SendBy
from campaign.providers.runware import RunwareProvider, runware_provider, task_uuid_of
from campaign.providers.runware_media import RunwareMedia
from campaign.providers.wire import Wire
from campaign.secrets import Secret
from campaign.settings import Settings

T = TypeVar("T")

STILL = b"\x89PNG\r\n\x1a\n" + bytes(50)


@dataclass
class Bench:
    vendor: Runware
    listener: Listener
    provider: Provider
    shelf: MemoryShelf
    order: Order

    def run(self, act: Callable[[Provider], Awaitable[T]]) -> T:
        async def go() -> T:
            try:
                return await act(self.provider)
            finally:
                await self.provider.close()

        return asyncio.run(go())

    def send(self, order: Order | None = None) -> Generation:
        async def act(provider: Provider) -> Generation:
            return await provider.submit(await provider.pack(order or self.order), SendBy(30))

        return self.run(act)

    def poll(self, remote_id: str = UUID) -> Generation:
        return self.run(lambda provider: provider.poll(remote_id))

    def find(self) -> Generation | None:
        return self.run(lambda provider: provider.find(INTENT))


def a_provider(listener: Listener, shelf: MemoryShelf, key: str = KEY) -> Provider:
    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    addresses = Addresses((listener.host,))
    wires = [Wire("runware", f"{listener.url}/v1", "Bearer", Secret(key), addresses, sleep=at_once) for _ in range(2)]
    return RunwareProvider(wires[0], RunwareMedia(wires[1]), shelf, at_once)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    source = tmp_path / "clip.mp4"
    source.write_bytes(FILM)
    vendor, shelf = Runware(), MemoryShelf()
    with listening(script=vendor.hear) as listener:
        yield Bench(vendor, listener, a_provider(listener, shelf), shelf, an_order(source=source))


def test_the_intents_bytes_become_a_uuid_of_version_4() -> None:
    found = uuid.UUID(task_uuid_of(INTENT))
    assert (str(found), found.version, found.variant) == (UUID, 4, uuid.RFC_4122)
    assert bin(found.int ^ uuid.UUID(INTENT).int).count("1") <= 4 + 2  # all but version and variant


def test_a_task_is_taken_done_and_fetched(bench: Bench, tmp_path: Path) -> None:
    vendor = bench.vendor
    taken = bench.send()
    assert (taken.state, taken.remote_id) == (GenerationState.RUNNING, UUID)
    vendor.results[UUID] = {"status": "processing", "progress": 40}
    assert bench.poll().state is GenerationState.RUNNING
    vendor.films["/film.mp4?ttl=7"] = FILM
    film = {"videoUUID": "film-1", "videoURL": f"{bench.listener.url}/film.mp4?ttl=7"}
    vendor.results[UUID] = {"status": "success", "cost": 1.08, **film}
    done = bench.poll()
    assert (done.state, done.price_usd, done.billed) == (GenerationState.DONE, Decimal("1.08"), False)
    bench.run(lambda provider: provider.fetch(done, tmp_path / "film.mp4"))
    assert (tmp_path / "film.mp4").read_bytes() == FILM
    assert "authorization" not in bench.listener.heard[-1].headers
    assert "ttl=7" not in done.answer and "film-1" in done.answer


def test_the_request_is_one_task_that_starts_from_the_uploaded_bytes(bench: Bench, tmp_path: Path) -> None:
    still = tmp_path / "still.png"
    still.write_bytes(STILL)
    order = an_order(a_ray_job(keyframes=pinned(121)), source=bench.order.source, stills=(still,))
    bench.send(order)
    (task,) = bench.vendor.tasks.values()
    assert task["taskUUID"] == UUID
    assert bench.vendor.media[task["inputs"]["video"]] == FILM
    (picture,) = task["inputs"]["frameImages"]
    assert (bench.vendor.media[picture["image"]], picture["frame"]) == (STILL, 24)
    uploads = [each for each in bench.vendor.asked if each["taskType"] == "mediaStorage"]
    assert {each["media"].partition(",")[0] for each in uploads} == {"data:video/mp4;base64", "data:image/png;base64"}


def test_a_clip_goes_out_once_however_many_start_from_it_and_in_however_many_runs(bench: Bench) -> None:
    orders = [an_order(a_ray_job(str(n)), intent_id=str(uuid.uuid4()), source=bench.order.source) for n in range(5)]

    async def pack_all(provider: Provider) -> None:
        await asyncio.gather(*(provider.pack(order) for order in orders))

    bench.run(pack_all)
    assert bench.vendor.kinds() == ["mediaStorage"]
    bench.provider = a_provider(bench.listener, bench.shelf)
    bench.run(pack_all)
    assert bench.vendor.kinds() == ["mediaStorage"]


def test_another_key_uploads_for_itself(bench: Bench) -> None:
    bench.run(lambda provider: provider.pack(bench.order))
    bench.provider = a_provider(bench.listener, bench.shelf, key="runware-CANARY-another")
    with pytest.raises(ProviderBarred, match="RUNWARE_API_KEY"):
        bench.run(lambda provider: provider.pack(bench.order))


def test_an_upload_whose_id_is_taken_goes_out_under_another(bench: Bench) -> None:
    refused = answers([], [{"code": "conflictTaskUUID", "message": "taken"}], 400)
    bench.vendor.replies["mediaStorage"] = [refused]
    bench.run(lambda provider: provider.pack(bench.order))
    first, second = (task["taskUUID"] for task in bench.vendor.asked)
    assert first != second


def test_a_file_that_is_neither_film_nor_picture_is_not_sent(bench: Bench) -> None:
    bench.order.source.write_text("#EXTM3U\n")
    with pytest.raises(ProviderRejected, match="neither a film nor"):
        bench.run(lambda provider: provider.pack(bench.order))
    assert not bench.vendor.asked


def a_reframe(bench: Bench, parent: str, **changes: Any) -> Order:
    return an_order(
        a_reframe_job(**changes), intent_id=str(uuid.uuid4()), source=bench.order.source, parent_remote_id=parent
    )


def test_reframes_start_from_their_parents_film_without_an_upload(bench: Bench) -> None:
    bench.vendor.results[UUID] = {"status": "success", "videoUUID": "film-1", "videoURL": "https://vm.test/film.mp4"}
    orders = [a_reframe(bench, UUID, ratio=ratio) for ratio in ("9:16", "1:1", "4:3")]

    async def send_all(provider: Provider) -> None:
        parcels = await asyncio.gather(*(provider.pack(order) for order in orders))
        await asyncio.gather(*(provider.submit(parcel, SendBy(30)) for parcel in parcels))

    bench.run(send_all)
    assert [task["inputs"] for task in bench.vendor.tasks.values()] == [{"video": "film-1"}] * 3
    assert bench.vendor.kinds().count("getResponse") == 1
    assert "mediaStorage" not in bench.vendor.kinds()


def test_a_parent_that_is_gone_is_uploaded(bench: Bench) -> None:
    bench.send(a_reframe(bench, UUID))
    (task,) = bench.vendor.tasks.values()
    assert bench.vendor.media[task["inputs"]["video"]] == FILM


def test_a_film_that_is_refused_as_a_source_is_uploaded_next_time(bench: Bench) -> None:
    vendor = bench.vendor
    vendor.results[UUID] = {"status": "success", "videoUUID": "film-1", "videoURL": "https://vm.test/film.mp4"}
    order = a_reframe(bench, UUID)
    refusal = {"code": "invalidVideo", "message": "no such media", "parameter": "inputs.video"}
    vendor.replies["videoInference"] = [answers([], [refusal], 400) for _ in range(2)]

    async def act(provider: Provider) -> None:
        with pytest.raises(ProviderBusy, match="uploaded again"):
            await provider.submit(await provider.pack(order), SendBy(30))
        with pytest.raises(ProviderRejected, match=r"inputs\.video"):  # freshly uploaded: another time would not help
            await provider.submit(await provider.pack(order), SendBy(30))
        await provider.submit(await provider.pack(order), SendBy(30))

    bench.run(act)
    (task,) = vendor.tasks.values()
    assert vendor.media[task["inputs"]["video"]] == FILM


def test_a_shelf_that_is_out_of_date_is_mended(bench: Bench) -> None:
    bench.run(lambda provider: provider.pack(bench.order))
    bench.provider = a_provider(bench.listener, bench.shelf)
    refusal = {"code": "mediaNotFound", "message": "no such media", "parameter": ["inputs.video"], "taskUUID": UUID}
    bench.vendor.replies["videoInference"] = [answers([], [refusal], 404)]
    with pytest.raises(ProviderBusy, match="uploaded again"):
        bench.send()
    assert not bench.shelf.refs
    assert bench.send().state is GenerationState.RUNNING


def test_a_second_request_counts_as_taken_when_it_is_refused_for_its_id(bench: Bench) -> None:
    first, second = bench.send(), bench.send()
    assert (first.state, first.remote_id) == (second.state, second.remote_id) == (GenerationState.RUNNING, UUID)
    assert len(bench.vendor.tasks) == 1
    assert "conflictTaskUUID" in second.answer


def test_an_answer_that_repeats_the_first_counts_as_taken(bench: Bench) -> None:
    bench.vendor.replies["videoInference"] = [answers([{"taskType": "videoInference", "taskUUID": UUID}])]
    assert bench.send().state is GenerationState.RUNNING


def test_an_error_of_another_task_is_not_ours(bench: Bench) -> None:
    other = {"code": "invalidModel", "message": "nope", "taskUUID": str(uuid.uuid4())}
    mine = {"taskType": "videoInference", "taskUUID": UUID.upper()}
    bench.vendor.replies["videoInference"] = [answers([mine], [other], 400)]
    assert bench.send().state is GenerationState.RUNNING


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (fails("invalidPositivePrompt", parameter="positivePrompt"), ProviderRejected, "positivePrompt"),
        (fails("unsupportedDuration", 200), ProviderRejected, "unsupportedDuration"),
        (fails("modelNotFound", 404), ProviderRejected, "modelNotFound"),
        (fails("weirdCode", 422), ProviderRejected, "weirdCode"),
        (answers(None, [{"code": "invalidApiKey", "message": "no"}], 401), ProviderBarred, r"RUNWARE_API_KEY.*\[auth\]"),
        (answers(None, None, 403), ProviderBarred, r"\[auth\]"),
        (fails("insufficientCredits", 402), ProviderBarred, r"provider\.credit"),
        (fails("insufficientCreditsForTask", 400), ProviderBarred, "Top up"),
        (fails("rateLimitExceeded", 429), ProviderThrottled, "slow down"),
        (fails("rateLimitExceeded", 503), ProviderThrottled, "slow down"),
        (fails("timeoutProvider", 504), SubmissionUnknown, "settles nothing"),
        (fails("timeoutProvider", 400), SubmissionUnknown, "timeoutProvider"),
        (fails("serviceUnavailable", 503), SubmissionUnknown, "settles nothing"),
        (fails("weirdCode", 200), SubmissionUnknown, "weirdCode"),
        (answers([]), SubmissionUnknown, "does not mention the task"),
        (says(400, "<html>nginx</html>"), SubmissionUnknown, "settles nothing"),
        (says(200, ""), SubmissionUnknown, "settles nothing"),
        (says(307, "", Location="https://elsewhere.test/"), SubmissionUnknown, "settles nothing"),
        (slams(), SubmissionUnknown, "the request left"),
    ],
)  # fmt: skip
def test_a_refusal_is_read_for_what_it_proves(bench: Bench, reply: Reply, error: type[Exception], words: str) -> None:
    bench.vendor.replies["videoInference"] = [reply]
    with pytest.raises(error, match=words):
        bench.send()
    assert bench.vendor.kinds().count("videoInference") == 1
    assert KEY not in bench.listener.heard[-1].path


@pytest.mark.parametrize("code", ["contentPolicyViolation", "providerContentPolicyViolation"])
def test_moderation_is_told_apart_at_once_and_later(bench: Bench, code: str) -> None:
    bench.vendor.replies["videoInference"] = [fails(code)]
    at_once = bench.send()
    bench.vendor.replies["getResponse"] = [fails(code, 200)]
    later = bench.poll()
    assert at_once.state is later.state is GenerationState.MODERATED
    assert code in at_once.detail and not later.billed


@pytest.mark.parametrize(
    ("code", "more", "billed", "hopeless"),
    [
        ("timeoutProvider", {}, False, False),
        ("providerError", {"cost": 0}, False, False),
        ("providerError", {"cost": 0.54}, True, False),
        ("invalidVideoLength", {}, False, True),
        ("insufficientCredits", {}, False, True),
        ("processingFailed", {}, True, False),
        ("unheardOf", {}, True, True),
    ],
)
def test_a_failure_is_billed_unless_it_is_known_not_to_be(
    bench: Bench, code: str, more: Members, billed: bool, hopeless: bool
) -> None:
    told = {"taskUUID": UUID, "status": "error", "error": {"code": code, "message": "sorry", **more}}
    for reply in (fails(code, 200, **more), answers([told])):
        bench.vendor.replies["getResponse"] = [reply]
        found = bench.poll()
        assert (found.state, found.billed, found.hopeless) == (GenerationState.FAILED, billed, hopeless)
        assert found.price_usd == (Decimal("0.54") if more.get("cost") else None)


def test_a_result_counts_more_than_an_error_beside_it(bench: Bench) -> None:
    film = {"taskUUID": UUID, "status": "success", "videoURL": "https://vm.test/film.mp4", "cost": 0}
    bench.vendor.replies["getResponse"] = [answers([film], [{"code": "timeoutProvider", "taskUUID": UUID}])]
    found = bench.poll()
    assert (found.state, found.price_usd) == (GenerationState.DONE, None)  # a cost of 0 is not believed


def test_further_files_of_a_result_are_kept(bench: Bench) -> None:
    film = {"status": "success", "videoURL": "https://vm.test/film.mp4", "exrURL": "https://vm.test/film.zip", "new": 1}
    bench.vendor.results[UUID] = film
    found = bench.poll()
    assert [(extra.kind, extra.url) for extra in found.extras] == [("exr", "https://vm.test/film.zip")]
    assert '"new": 1' in found.answer


def test_a_state_that_no_document_knows_is_running_and_named(bench: Bench) -> None:
    for told, odd in (({"status": "dreaming"}, "dreaming"), ({"status": "success"}, "success without videoURL")):
        bench.vendor.results[UUID] = told
        found = bench.poll()
        assert (found.state, found.odd) == (GenerationState.RUNNING, odd)


def test_silence_about_a_task_that_was_taken_is_not_its_end(bench: Bench) -> None:
    bench.vendor.knows_details = False
    bench.send()
    assert bench.poll().state is GenerationState.RUNNING
    assert bench.vendor.kinds()[-2:] == ["getResponse", "getTaskDetails"]


def test_an_error_that_may_be_the_questions_own_does_not_end_a_task(bench: Bench) -> None:
    bench.send()
    for reply in (fails("internalServerError", 200), fails("rateLimitExceeded", 400)):
        bench.vendor.replies["getResponse"] = [reply]
        assert bench.poll().state is GenerationState.RUNNING


def test_what_getresponse_has_forgotten_is_asked_of_the_tasks_details(bench: Bench) -> None:
    film = {"taskUUID": UUID, "videoURL": "https://vm.test/film.mp4", "cost": 1.08}
    details = {"taskUUID": UUID, "request": [{}], "response": {"data": [film]}}
    bench.vendor.replies["getTaskDetails"] = [answers([details])]
    found = bench.poll()
    assert (found.state, found.url) == (GenerationState.DONE, "https://vm.test/film.mp4")
    details["response"] = {"errors": [{"code": "internalServerError", "message": "sorry", "taskUUID": UUID}]}
    bench.vendor.replies["getTaskDetails"] = [answers([details])]
    assert bench.poll().state is GenerationState.FAILED


def test_a_lost_request_is_found_while_anything_knows_of_it(bench: Bench) -> None:
    assert bench.find() is None
    bench.send()
    found = bench.find()
    assert found is not None and (found.state, found.remote_id) == (GenerationState.RUNNING, UUID)
    bench.vendor.knows_details = False
    assert bench.find() is None  # running, or never come: it is sent again, which is refused if it runs
    assert bench.send().state is GenerationState.RUNNING
    assert len(bench.vendor.tasks) == 1
    bench.vendor.results[UUID] = {"status": "success", "videoURL": "https://vm.test/film.mp4"}
    found = bench.find()
    assert found is not None and found.state is GenerationState.DONE


def test_our_own_second_request_that_was_refused_is_no_failure(bench: Bench) -> None:
    refused = {"errors": [{"code": "conflictTaskUUID", "message": "taken", "taskUUID": UUID}]}
    bench.vendor.replies["getTaskDetails"] = [answers([{"taskUUID": UUID, "request": [{}], "response": refused}])]
    found = bench.find()
    assert found is not None and found.state is GenerationState.RUNNING


def test_a_task_that_it_no_longer_knows_is_gone(bench: Bench) -> None:
    bench.vendor.replies["getResponse"] = [fails("taskFailedOrNotFound", 404)]
    assert bench.poll().state is GenerationState.RUNNING  # it was not seen everywhere yet
    bench.vendor.replies["getResponse"] = [fails("taskFailedOrNotFound", 404)] * 6
    assert bench.poll().state is GenerationState.GONE
    assert bench.poll("gen-999").state is GenerationState.GONE


def test_a_refused_key_is_named_by_whatever_is_asked(bench: Bench) -> None:
    bench.provider = a_provider(bench.listener, bench.shelf, key="runware-CANARY-another")
    for act in (lambda p: p.poll(UUID), lambda p: p.find(INTENT), lambda p: p.account(), lambda p: p.cancel(UUID)):
        with pytest.raises(ProviderBarred, match=r"RUNWARE_API_KEY.*\[auth\]"):
            bench.run(act)


def test_an_account_tells_its_balance(bench: Bench) -> None:
    account = bench.run(lambda provider: provider.account())
    assert (account.told, account.balance_usd) == ("takes the key of Acme", Decimal("2450.75"))
    bench.vendor.replies["accountManagement"] = [answers(None, [{"code": "unsupportedTaskType", "message": "no"}], 400)]
    assert bench.run(lambda provider: provider.account()).balance_usd is None


def test_a_key_that_is_echoed_is_hidden(bench: Bench) -> None:
    bench.vendor.replies["videoInference"] = [fails("invalidModel", message=f"no model for {KEY}")]
    with pytest.raises(ProviderRejected) as refused:
        bench.send()
    assert KEY not in str(refused.value) and KEY not in refused.value.answer


def test_the_requests_hash_is_of_contents_and_not_of_names(bench: Bench, tmp_path: Path) -> None:
    digest = bench.provider.request_sha256
    twin = tmp_path / "twin.mp4"
    twin.write_bytes(FILM)
    assert digest(bench.order) == digest(an_order(source=twin, intent_id="another", rate=Fraction(25)))
    twin.write_bytes(FILM + b"!")
    assert digest(bench.order) != digest(an_order(source=twin))
    assert digest(bench.order) != digest(an_order(a_ray_job(resolution="1080p"), source=bench.order.source))


def test_its_class_is_the_one_whose_repeats_are_refused(bench: Bench) -> None:
    traits = bench.provider.traits
    assert (bench.provider.name, traits.recall, traits.cancels) == ("runware", Recall.CLIENT_ID, False)


def test_without_a_key_it_is_not_opened() -> None:
    with pytest.raises(SetupError, match="RUNWARE_API_KEY"):
        runware_provider(Settings(), MemoryShelf())
