"""fal over real sockets: what its queue, its results and its silence mean, and what goes into its storage."""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fakes.listener import Listener, Reply, listening, says, slams
from fakes.shelf import MemoryShelf
from fakes.small_fal import KEY, TOKEN, Fal, model_error, says_json
from footage import a_film, numbers
from orders import INTENT, a_ray_job, a_reframe_job, a_segment, an_order, pinned

from campaign.errors import (
    ProviderBarred,
    ProviderBusy,
    ProviderRejected,
    ProviderThrottled,
    SetupError,
    SubmissionUnknown,
)
from campaign.media.engine import find_engine
from campaign.model.jobs import Job
from campaign.net.addresses import Addresses
from campaign.providers.base import Generation, GenerationState, Order, Provider, Recall, Reminded
from campaign.providers.departure import SendBy
from campaign.providers.fal import FalProvider, fal_provider
from campaign.providers.fal_clips import FalClips
from campaign.providers.fal_places import FollowUps
from campaign.providers.fal_storage import FalStorage
from campaign.providers.wire import Wire
from campaign.secrets import Secret
from campaign.settings import Settings
from campaign.store.files import Store

T = TypeVar("T")

ID = "req-1"
AT = f"/luma/agent/requests/{ID}"
FILM = b"\x00\x00\x00\x18ftypisom" + bytes(12) + b"\x00\x00\x00\x08moov" + b"\x00\x00\x00\x10mdat" + bytes(range(8))
STILL = b"\x89PNG\r\n\x1a\n" + bytes(50)
FIVE_SECONDS = a_segment(frames=120)


@dataclass
class Bench:
    vendor: Fal
    listener: Listener
    provider: Provider
    shelf: MemoryShelf
    order: Order
    store: Store

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

    def poll(self, remote_id: str = ID) -> Generation:
        return self.run(lambda provider: provider.poll(remote_id))

    def paths(self) -> list[str]:
        return [heard.path for heard in self.listener.heard]

    def restart(self, key: str = KEY) -> None:
        self.provider = a_provider(self.listener, self.shelf, self.store, key)


def a_provider(listener: Listener, shelf: MemoryShelf, store: Store, key: str = KEY) -> Provider:
    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    addresses = Addresses((listener.host,))
    queue, rest = (Wire("fal", listener.url, "Key", Secret(key), addresses, sleep=at_once) for _ in range(2))
    clips = FalClips(find_engine(), store.temporary)
    return FalProvider(queue, FollowUps(listener.url), FalStorage(rest), clips, shelf, at_once)


def an_edit(source: Path, job: Job | None = None, **changes: Any) -> Order:
    """An edit of exactly 5 s at 24 fps: nothing is to be padded."""
    return an_order(job or a_ray_job(segment=FIVE_SECONDS), source=source, **changes)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    source = tmp_path / "clip.mp4"
    source.write_bytes(FILM)
    vendor, shelf, store = Fal(), MemoryShelf(), Store(tmp_path / "store")
    with listening(script=vendor.hear) as listener:
        vendor.home = listener.url
        yield Bench(vendor, listener, a_provider(listener, shelf, store), shelf, an_edit(source), store)


def test_a_request_is_queued_done_and_fetched(bench: Bench, tmp_path: Path) -> None:
    taken = bench.send()
    assert (taken.state, taken.remote_id) == (GenerationState.RUNNING, ID)
    bench.vendor.status = {"status": "IN_PROGRESS", "logs": None}
    assert (bench.poll().state, bench.poll().odd) == (GenerationState.RUNNING, "")
    bench.vendor.files["/film.mp4"] = FILM
    video = {"url": f"{bench.listener.url}/film.mp4?x=1", "content_type": "video/mp4"}
    bench.vendor.completes(
        says_json(200, {"video": video, "exr_file": {"url": "https://v3.fal.media/x.zip"}, "new": 1})
    )
    done = bench.poll()
    assert (done.state, done.price_usd) == (GenerationState.DONE, None)
    assert [(extra.kind, extra.url) for extra in done.extras] == [("exr", "https://v3.fal.media/x.zip")]
    assert '"new": 1' in done.answer and "x=1" not in done.answer
    bench.run(lambda provider: provider.fetch(done, tmp_path / "film.mp4"))
    assert (tmp_path / "film.mp4").read_bytes() == FILM
    assert "authorization" not in bench.listener.heard[-1].headers


def test_the_request_says_what_fal_shall_not_do_by_itself(bench: Bench, tmp_path: Path) -> None:
    still = tmp_path / "still.png"
    still.write_bytes(STILL)
    job = a_ray_job(segment=FIVE_SECONDS, keyframes=pinned(121))
    bench.send(an_edit(bench.order.source, job, stills=(still,)))
    (body,) = bench.vendor.requests.values()
    assert body["endpoint"] == "/luma/agent/ray/v3.2/video-to-video"
    assert bench.vendor.files[body["video_url"].removeprefix(bench.listener.url)] == FILM
    assert bench.vendor.files[body["keyframes"][0].removeprefix(bench.listener.url)] == STILL
    assert (body["keyframe_indexes"], body["user"]) == ([24], INTENT)
    headers = bench.listener.heard[-1].headers
    assert (headers["authorization"], headers["x-fal-no-retry"]) == (f"Key {KEY}", "1")
    assert json.loads(headers["x-fal-object-lifecycle-preference"]) == {"expiration_duration_seconds": 604800}
    assert not [name for name in headers if "timeout" in name]


def test_storage_gets_a_token_of_its_own_and_names_that_tell_nothing(bench: Bench) -> None:
    bench.send()
    upload = next(heard for heard in bench.listener.heard if heard.path == "/cdn/files/upload")
    assert upload.headers["authorization"] == f"Bearer {TOKEN}"
    assert (upload.headers["content-type"], upload.headers["content-length"]) == ("video/mp4", str(len(FILM)))
    assert json.loads(upload.headers["x-fal-object-lifecycle"]) == {"expiration_duration_seconds": 604800}
    (name,) = bench.vendor.names.values()
    assert name.endswith(".mp4") and "clip" not in name


def test_a_clip_goes_out_once_however_many_start_from_it_and_in_however_many_runs(bench: Bench) -> None:
    orders = [
        an_edit(bench.order.source, a_ray_job(str(n), segment=FIVE_SECONDS), intent_id=str(uuid.uuid4()))
        for n in range(5)
    ]

    async def pack_all(provider: Provider) -> None:
        await asyncio.gather(*(provider.pack(order) for order in orders))

    bench.run(pack_all)
    bench.restart()
    bench.run(pack_all)
    assert bench.paths().count("/cdn/files/upload") == 1
    assert bench.vendor.tokens == 1


@pytest.mark.ffmpeg
@pytest.mark.parametrize(
    ("frames", "rate", "sent", "bucket"),
    [(84, "24", 120, "5s"), (132, "25", 250, "10s"), (30, "24000/1001", 119, "5s")],
)
def test_an_edits_clip_is_padded_to_its_bucket(
    bench: Bench, tmp_path: Path, frames: int, rate: str, sent: int, bucket: str
) -> None:
    source = a_film(tmp_path / "short.mp4", frames=frames, rate=Fraction(rate), sound=None)
    order = an_order(a_ray_job(segment=a_segment(frames)), source=source, rate=Fraction(rate))
    bench.send(order)
    (body,) = bench.vendor.requests.values()
    (film,) = bench.vendor.files.values()
    (tmp_path / "sent.mp4").write_bytes(film)
    assert numbers(tmp_path / "sent.mp4") == [*range(frames), *[frames - 1] * (sent - frames)]
    assert body["duration"] == bucket
    assert not [path for path in bench.store.temporary(".mp4").parent.iterdir() if path.stat().st_size]


@pytest.mark.ffmpeg
def test_many_who_pad_the_same_clip_pad_and_upload_it_once(bench: Bench, tmp_path: Path) -> None:
    source = a_film(tmp_path / "short.mp4", frames=24, sound=None)
    orders = [an_order(a_ray_job(str(n), segment=a_segment(24)), source=source) for n in range(4)]

    async def pack_all(provider: Provider) -> None:
        await asyncio.gather(*(provider.pack(order) for order in orders))

    bench.run(pack_all)
    assert bench.paths().count("/cdn/files/upload") == 1


def test_what_is_longer_than_ten_seconds_is_not_asked(bench: Bench) -> None:
    for job in (a_ray_job(segment=a_segment(241)), a_reframe_job(segment=a_segment(241))):
        with pytest.raises(ProviderRejected, match="10 s at most"):
            bench.run(lambda provider, job=job: provider.pack(an_order(job, source=bench.order.source)))
    assert not bench.listener.heard


def a_reframe(source: Path, parent: str | None, frames: int, ratio: str = "9:16") -> Order:
    job = a_reframe_job(ratio, segment=a_segment(frames))
    return an_order(job, source=source, intent_id=str(uuid.uuid4()), parent_remote_id=parent)


@pytest.mark.ffmpeg
def test_reframes_start_from_their_parents_film_without_an_upload(bench: Bench, tmp_path: Path) -> None:
    film = a_film(tmp_path / "film.mp4", frames=120, sound=None)
    bench.send()
    bench.listener.heard.clear()
    bench.vendor.completes(says_json(200, {"video": {"url": "https://v3.fal.media/film.mp4"}}))
    orders = [a_reframe(film, ID, 120, ratio) for ratio in ("9:16", "1:1", "4:3")]

    async def send_all(provider: Provider) -> None:
        parcels = await asyncio.gather(*(provider.pack(order) for order in orders))
        await asyncio.gather(*(provider.submit(parcel, SendBy(30)) for parcel in parcels))

    bench.run(send_all)
    reframes = [body for body in bench.vendor.requests.values() if body["endpoint"].endswith("/reframe")]
    assert [body["video_url"] for body in reframes] == ["https://v3.fal.media/film.mp4"] * 3
    assert bench.paths().count(AT) == 1 and "/cdn/files/upload" not in bench.paths()


@pytest.mark.ffmpeg
def test_a_reframe_pays_for_no_padding(bench: Bench, tmp_path: Path) -> None:
    """The parent's film lasts 5 s since it was padded; the job lasts 3.5 s, for which four seconds are reserved."""
    film = a_film(tmp_path / "film.mp4", frames=120, sound=None)
    bench.send()
    bench.vendor.files.clear()
    bench.send(a_reframe(film, ID, 84))
    (uploaded,) = bench.vendor.files.values()
    (tmp_path / "sent.mp4").write_bytes(uploaded)
    assert numbers(tmp_path / "sent.mp4") == list(range(84))


@pytest.mark.ffmpeg
def test_a_parent_that_is_gone_is_uploaded(bench: Bench, tmp_path: Path) -> None:
    film = a_film(tmp_path / "film.mp4", frames=84, sound=None)
    for reply in (says_json(404, {"detail": "Request not found"}), says(502, "bad gateway")):
        bench.shelf.refs.clear()
        bench.vendor.replies["/luma/agent/requests/gone"] = [reply] * 3
        bench.send(a_reframe(film, "gone", 84))
        assert list(bench.vendor.files.values())[-1] == film.read_bytes()


def test_the_addresses_of_the_answer_are_asked_where_they_lie_on_the_queue(bench: Bench) -> None:
    bench.vendor.given = f"{bench.listener.url}/elsewhere"
    taken = bench.send()
    bench.vendor.replies[f"/elsewhere{AT}/status"] = [says_json(202, {"status": "IN_QUEUE"})] * 2
    bench.poll()
    assert bench.paths()[-1] == f"/elsewhere{AT}/status"
    bench.restart()
    bench.poll()
    assert bench.paths()[-1] == f"{AT}/status"
    assert isinstance(bench.provider, Reminded)
    bench.provider.remind(ID, taken.answer)
    bench.poll()
    assert bench.paths()[-1] == f"/elsewhere{AT}/status"


def test_an_address_that_the_answer_leaves_out_follows_from_the_id(bench: Bench) -> None:
    at = f"{bench.listener.url}/elsewhere"
    bench.vendor.replies["/luma/agent/ray/v3.2/video-to-video"] = [
        says_json(200, {"request_id": ID, "status_url": f"{at}/status", "cancel_url": 7})
    ]
    bench.send()
    bench.vendor.replies["/elsewhere/status"] = [says_json(202, {"status": "COMPLETED"})]
    bench.vendor.replies[AT] = [says_json(200, {"video": {"url": f"{bench.listener.url}/film"}})]
    assert bench.poll().state is GenerationState.DONE


def test_our_key_goes_to_no_other_host(bench: Bench) -> None:
    with listening(says_json(200, {"status": "COMPLETED"})) as thief:
        bench.vendor.given = thief.url
        bench.send()
        assert bench.poll().state is GenerationState.RUNNING
        assert not thief.heard


@pytest.mark.parametrize(
    ("reply", "error", "words"),
    [
        (says_json(422, model_error("missing", "body", "prompt")), ProviderRejected, r"says missing \(missing\)"),
        (says_json(400, {"detail": "bad duration"}), ProviderRejected, "bad duration"),
        (says(413, "too large"), ProviderRejected, "too large"),
        (says_json(401, {"detail": "no key"}), ProviderBarred, r"FAL_KEY.*\[auth\]"),
        (says_json(402, {"detail": "pay first"}), ProviderBarred, r"provider\.credit"),
        (says_json(403, {"detail": "User is locked. Reason: Exhausted balance."}), ProviderBarred, r"provider\.credit"),
        (says_json(403, {"detail": "Not yours"}), ProviderBarred, r"\[auth\]"),
        (says_json(404, {"detail": "Application not found"}), ProviderBarred, "FAL_QUEUE_URL"),
        (says_json(429, {"detail": "slow"}, Retry_After="7"), ProviderThrottled, "slow down"),
        (says_json(500, {"detail": "oops", "error_type": "internal_error"}), SubmissionUnknown, "settles nothing"),
        (says_json(503, {"detail": "busy"}), SubmissionUnknown, "settles nothing"),
        (says_json(504, {"detail": "late"}), SubmissionUnknown, "settles nothing"),
        (says_json(409, {"detail": "conflict"}), SubmissionUnknown, "settles nothing"),
        (says_json(408, {"detail": "late"}), SubmissionUnknown, "settles nothing"),
        (says_json(307, {}, Location="https://elsewhere.test/"), SubmissionUnknown, "settles nothing"),
        (says(200, "<html>"), SubmissionUnknown, "no JSON"),
        (says_json(200, {"status": "IN_QUEUE"}), SubmissionUnknown, "request_id"),
        (slams(), SubmissionUnknown, "the request left"),
    ],
)
def test_a_refusal_is_read_for_what_it_proves(bench: Bench, reply: Reply, error: type[Exception], words: str) -> None:
    bench.vendor.replies["/luma/agent/ray/v3.2/video-to-video"] = [reply]
    with pytest.raises(error, match=words):
        bench.send()
    assert bench.paths().count("/luma/agent/ray/v3.2/video-to-video") == 1


@pytest.mark.parametrize(
    "reply",
    [
        says(200, '{"request_id": "req-half", "status": "IN_', length=500),
        says(200, '{"request_id": "req-half", "status": IN_QUEUE}'),
        says(200, b'{"request_id": "req-half", "note": "caf\xe9"}'),
    ],
    ids=["half", "broken", "of another alphabet"],
)
def test_an_id_in_a_bad_answer_is_not_lost(bench: Bench, reply: Reply) -> None:
    bench.vendor.replies["/luma/agent/ray/v3.2/video-to-video"] = [reply]
    taken = bench.send()
    assert (taken.state, taken.remote_id) == (GenerationState.RUNNING, "req-half")


def test_moderation_is_told_apart_at_once_and_later(bench: Bench) -> None:
    refused = says_json(422, model_error("content_policy_violation"))
    bench.vendor.replies["/luma/agent/ray/v3.2/video-to-video"] = [refused]
    at_once = bench.send()
    bench.send()
    bench.vendor.completes(refused)
    later = bench.poll()
    assert at_once.state is later.state is GenerationState.MODERATED
    assert (at_once.billed, later.billed) == (False, True)
    assert "content_policy_violation" in later.detail


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (says_json(422, model_error("file_download_error", "body", "video_url")), "file_download_error"),
        (says_json(400, {"detail": "odd input", "error_type": "bad_request"}), r"odd input \(bad_request\)"),
    ],
)
def test_a_refused_result_counts_as_billed_and_is_not_bought_again(bench: Bench, reply: Reply, words: str) -> None:
    bench.send()
    bench.vendor.completes(reply)
    found = bench.poll()
    assert (found.state, found.billed, found.hopeless) == (GenerationState.FAILED, True, True)
    assert words.replace("\\", "") in found.detail


def test_a_server_error_in_place_of_a_result_is_transient(bench: Bench) -> None:
    bench.send()
    film = says_json(200, {"video": {"url": "https://v3.fal.media/film.mp4"}})
    bench.vendor.completes(film)
    bench.vendor.replies[AT] = [says(504, "nginx"), says_json(500, {"detail": "oops"})]
    assert bench.poll().state is GenerationState.DONE
    bench.vendor.replies[AT] = [says(504, "nginx")] * 3
    with pytest.raises(ProviderBusy, match="504"):
        bench.poll()


def test_a_server_error_that_the_status_confirms_is_a_failure_that_costs_nothing(bench: Bench) -> None:
    bench.send()
    bench.vendor.completes(says_json(503, {"detail": "gone"}), error="Runner died", error_type="runner_disconnected")
    found = bench.poll()
    assert (found.state, found.billed, found.hopeless) == (GenerationState.FAILED, False, False)
    assert "Runner died (runner_disconnected)" in found.detail
    bench.vendor.result = slams()  # no answer confirms nothing
    with pytest.raises(ProviderBusy):
        bench.poll()
    bench.vendor.result = says_json(200, {"video": {"url": "https://v3.fal.media/film.mp4"}})
    assert bench.poll().state is GenerationState.DONE  # a film counts more than an error beside it


def test_only_fals_own_word_ends_a_request(bench: Bench) -> None:
    bench.send()
    bench.vendor.replies[f"{AT}/status"] = [says(404, "<html>not here</html>")] * 3
    with pytest.raises(ProviderBusy, match="makes no sense"):
        bench.poll()
    assert bench.poll("gen-999").state is GenerationState.GONE
    unknown = says_json(404, {"detail": "Request not found"})
    bench.vendor.replies |= {f"{AT}/status": [unknown] * 2, AT: [unknown] * 2}
    assert bench.poll().state is GenerationState.RUNNING  # it was not seen everywhere yet
    bench.vendor.replies[f"{AT}/status"] = [unknown]
    with pytest.raises(ProviderBusy, match="both knows req-1 and does not"):
        bench.poll()
    bench.vendor.completes(says_json(200, {"video": {"url": "https://v3.fal.media/film.mp4"}}))
    bench.vendor.replies |= {f"{AT}/status": [unknown]}
    assert bench.poll().state is GenerationState.DONE
    bench.vendor.replies |= {AT: [unknown]}
    assert bench.poll().state is GenerationState.DONE
    bench.vendor.completes(says_json(404, {"detail": "Request not found"}))
    assert bench.poll().state is GenerationState.GONE


def test_a_state_that_no_document_knows_is_running_and_named(bench: Bench) -> None:
    bench.send()
    for status, odd in (({"status": "DREAMING"}, "DREAMING"), ({"status": None}, "no status")):
        bench.vendor.status = status
        found = bench.poll()
        assert (found.state, found.odd) == (GenerationState.RUNNING, odd)
    bench.vendor.completes(says_json(200, {"images": []}))
    assert (bench.poll().state, bench.poll().odd) == (GenerationState.RUNNING, "COMPLETED without a video")


def test_a_cancel_is_confirmed_by_what_comes_of_it(bench: Bench) -> None:
    def cancel() -> Generation:
        return bench.run(lambda provider: provider.cancel(ID))

    bench.send()
    assert cancel().state is GenerationState.RUNNING  # asked for, not done yet
    off = says_json(499, {"detail": "Request was cancelled", "error_type": "request_cancelled"})
    bench.vendor.completes(off, error_type="request_cancelled", metrics={"inference_time": 3.1})
    found = bench.poll()
    assert (found.state, found.billed) == (GenerationState.CANCELLED, True)  # a runner had begun
    bench.vendor.replies[f"{AT}/status"] = [says_json(404, {"detail": "Request not found"})]
    found = bench.poll()
    assert (found.state, found.billed) == (GenerationState.CANCELLED, False)  # it was taken out of the queue
    bench.vendor.completes(says_json(200, {"video": {"url": "https://v3.fal.media/film.mp4"}}))
    bench.vendor.replies[f"{AT}/cancel"] = [says_json(400, {"status": "ALREADY_COMPLETED"})]
    assert cancel().state is GenerationState.DONE


def test_what_was_never_asked_for_cannot_be_called_off(bench: Bench) -> None:
    bench.vendor.replies["/luma/agent/requests/gen-999/cancel"] = [says_json(404, {"status": "NOT_FOUND"})]
    found = bench.run(lambda provider: provider.cancel("gen-999"))
    assert found.state is GenerationState.GONE


def test_an_account_proves_the_key_at_no_cost(bench: Bench) -> None:
    account = bench.run(lambda provider: provider.account())
    assert account.told.startswith("takes the key") and account.balance_usd is None
    bench.restart(key="another:key-altogether")
    acts: tuple[Callable[[Provider], Awaitable[object]], ...] = (
        lambda p: p.account(), lambda p: p.poll(ID), lambda p: p.cancel(ID), lambda p: p.pack(bench.order)
    )  # fmt: skip
    for act in acts:
        with pytest.raises(ProviderBarred, match=r"FAL_KEY.*\[auth\]"):
            bench.run(act)


def test_a_token_that_storage_refuses_is_replaced(bench: Bench) -> None:
    bench.vendor.replies["/cdn/files/upload"] = [says_json(401, {"detail": "expired"})]
    bench.send()
    assert bench.vendor.tokens == 2


def test_a_token_that_is_not_given_is_no_fault_of_the_jobs(bench: Bench) -> None:
    bench.vendor.replies["/storage/auth/token"] = [says_json(400, {"detail": "odd"})] * 3
    with pytest.raises(ProviderBusy, match="no leave to upload"):
        bench.send()
    bench.vendor.replies["/storage/auth/token"] = [says_json(404, {"detail": "Not Found"})]
    with pytest.raises(ProviderBarred, match="FAL_REST_URL"):
        bench.send()


def test_storage_that_leads_into_the_machine_is_not_reached(bench: Bench) -> None:
    with listening(says_json(200, {"access_url": "https://v3.fal.media/x"})) as inside:
        told = {"token": TOKEN, "token_type": "Bearer", "expires_at": "2099-01-01T00:00:00+00:00"}
        bench.vendor.replies["/storage/auth/token"] = [says_json(200, told | {"base_url": inside.url})]
        with pytest.raises(ProviderBarred, match="FANOUT_ALLOW_HOSTS"):
            bench.send()
        assert not inside.heard


def test_large_files_go_out_in_parts(bench: Bench, tmp_path: Path) -> None:
    large = tmp_path / "large.mp4"
    large.write_bytes(FILM + bytes(range(256)) * 10)
    wire = Wire("fal", bench.listener.url, "Key", Secret(KEY), Addresses((bench.listener.host,)))
    storage = FalStorage(wire, in_parts_above=1000, part=1000)

    async def go() -> str:
        try:
            return (await storage.send(large, "large")).ref
        finally:
            await storage.close()

    assert asyncio.run(go()) == f"{bench.listener.url}/cdn/file"
    assert bench.vendor.files["/cdn/file"] == large.read_bytes()
    assert [len(part) for part in bench.vendor.parts.values()] == [1000, 1000, len(large.read_bytes()) - 2000]
    assert {heard.headers["authorization"] for heard in bench.listener.heard[1:]} == {f"Bearer {TOKEN}"}


def test_secrets_that_are_echoed_are_hidden(bench: Bench) -> None:
    bench.vendor.replies["/luma/agent/ray/v3.2/video-to-video"] = [says_json(422, {"detail": f"no: Key {KEY} {TOKEN}"})]
    with pytest.raises(ProviderRejected) as refused:
        bench.send()
    for secret in (KEY, TOKEN):
        assert secret not in str(refused.value) and secret not in refused.value.answer


def test_the_requests_hash_is_of_contents_and_not_of_addresses(bench: Bench, tmp_path: Path) -> None:
    digest = bench.provider.request_sha256
    twin = tmp_path / "twin.mp4"
    twin.write_bytes(FILM)
    assert digest(bench.order) == digest(an_edit(twin, intent_id="another"))
    twin.write_bytes(FILM + b"!")
    assert digest(bench.order) != digest(an_edit(twin))
    assert digest(bench.order) != digest(an_order(a_ray_job(segment=a_segment(119)), source=bench.order.source))


def test_its_class_is_the_one_that_nobody_can_be_asked_about(bench: Bench) -> None:
    traits = bench.provider.traits
    assert (bench.provider.name, traits.recall, traits.cancels, traits.unanswered) == ("fal", Recall.NOTHING, True, 4)
    assert asyncio.run(bench.provider.find(INTENT)) is None


def test_without_a_key_it_is_not_opened(bench: Bench) -> None:
    with pytest.raises(SetupError, match="FAL_KEY"):
        fal_provider(Settings(), MemoryShelf(), find_engine(), bench.store.temporary)
