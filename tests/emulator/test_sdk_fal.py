"""fal's own client, unchanged, against the emulator: its default host names, over TLS, through its own settings only."""

import asyncio
import gc
import hashlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fal_client
import httpx
import pytest
from detour import Detour, certificate_for
from fal_client.client import FalClientHTTPError

from emulator.options import Options
from emulator.server import Emulator

# The client leaves sockets open that it made for itself; they are collected in the fixture, so that no other test sees them.
pytestmark = [
    pytest.mark.ffmpeg,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

HOSTS = ("queue.fal.run", "rest.fal.ai", "v3.fal.media")
EDIT, REFRAME = "luma/agent/ray/v3.2/video-to-video", "luma/agent/ray/v3.2/reframe"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Emulator, Detour, Path]]:
    certificate, key, authority = certificate_for(HOSTS, tmp_path_factory.mktemp("certificate"))
    options = Options(takes_s=(0.1, 0.2), fast=True, tls=(certificate, key))
    with Emulator(options) as emulator, Detour(HOSTS, emulator.port) as detour:
        yield emulator, detour, authority
        gc.collect()  # what the client left open is found here; after each test it took longer than the tests


@pytest.fixture
def fal(served: tuple[Emulator, Detour, Path], monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator behind fal's names. The client is led there by what it reads from the environment, and by no patch."""
    emulator, detour, authority = served
    for name in ("NO_PROXY", "no_proxy", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", detour.url)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    monkeypatch.setenv("FAL_KEY", emulator.options.keys.fal)
    emulator.faults.clear()
    return emulator


@pytest.fixture
def client(fal: Emulator) -> Iterator[fal_client.SyncClient]:
    client = fal_client.SyncClient()
    yield client
    client._client.close()


@pytest.fixture
def bought(fal: Emulator) -> Callable[[], list[str]]:
    """What was bought in this test: operations and prices."""
    before = len(fal.books.bill())

    def told() -> list[str]:
        return [f"{charge.operation} {charge.usd}" for charge in fal.books.bill()[before:] if not charge.refunded]

    return told


def an_edit(url: str, **more: Any) -> dict[str, Any]:
    return {"prompt": "the street in winter", "video_url": url, "resolution": "540p", **more}


def fetched(url: str) -> bytes:
    return httpx.get(url).raise_for_status().content


def test_upload_edit_reframe_and_download(
    client: fal_client.SyncClient, clip: Path, bought: Callable[[], list[str]]
) -> None:
    source = client.upload_file(clip)
    assert fetched(source) == clip.read_bytes()
    handle = client.submit(EDIT, an_edit(source, edit_strength="flex_1"))
    assert isinstance(handle.status(with_logs=True), fal_client.Queued | fal_client.InProgress)
    edited = handle.get()
    assert len(fetched(edited["video"]["url"])) == edited["video"]["file_size"]
    framed = client.subscribe(REFRAME, {"prompt": "x", "video_url": edited["video"]["url"], "aspect_ratio": "9:16"})
    assert framed["video"]["content_type"] == "video/mp4"
    assert bought() == ["modify 0.72", "reframe 0.06"]


def test_updates_with_logs_end_in_completed(client: fal_client.SyncClient, clip: Path) -> None:
    seen: list[fal_client.Status] = []
    body = an_edit(client.upload_file(clip))
    client.subscribe(EDIT, body, with_logs=True, on_queue_update=seen.append)
    assert isinstance(seen[-1], fal_client.Completed)
    assert seen[-1].error is None and seen[-1].logs


def test_the_asynchronous_client_too(fal: Emulator, clip: Path, bought: Callable[[], list[str]]) -> None:
    async def go() -> dict[str, Any]:
        client = fal_client.AsyncClient()
        source = await client.upload(clip.read_bytes(), "video/mp4", "clip.mp4")
        result: dict[str, Any] = await client.subscribe(EDIT, an_edit(source, controls={"face": {"enabled": True}}))
        await (await client._client).aclose()
        return result

    result = asyncio.run(go())
    assert result["video"]["file_size"] > 1000 and bought() == ["modify 0.72"]


def test_a_file_above_100_mb_goes_up_in_parts(fal: Emulator, client: fal_client.SyncClient) -> None:
    content = bytes(100 * 2**20 + 5)
    assert client.upload(content, "video/mp4", "long.mp4").endswith("/long.mp4")
    assert fal.world.blobs.place(hashlib.sha256(content).hexdigest()).exists()
    assert [seen.status for seen in fal.books.requests() if "/multipart/" in seen.path] == [200] * 12


def test_the_fallback_of_an_upload(client: fal_client.SyncClient, clip: Path) -> None:
    url = client.upload(clip.read_bytes(), "video/mp4", "clip.mp4", repository="fal", fallback_repository=[])
    assert fetched(url) == clip.read_bytes()


def test_an_upload_that_expires(fal: Emulator, client: fal_client.SyncClient, clip: Path) -> None:
    url = client.upload_file(clip, lifecycle=fal_client.StorageSettings(expires_in="1h"))
    fal.world.clock.advance(3700)
    assert httpx.get(url).status_code == 404


@pytest.mark.parametrize(
    ("body", "kind", "place"),
    [
        (an_edit("https://v3.fal.media/files/b/none/none.mp4"), "file_download_error", "video_url"),
        ({"prompt": "x"}, "missing", "video_url"),
        ({"prompt": "x", "video_url": "https://x/y", "resolution": "360p"}, "literal_error", "resolution"),
    ],
)
def test_a_refused_body_is_told_field_by_field(
    fal: Emulator,
    client: fal_client.SyncClient,
    bought: Callable[[], list[str]],
    body: dict[str, Any],
    kind: str,
    place: str,
) -> None:
    for checked in ("submit", "result"):
        fal.faults.set({"fal_checks": checked})
        with pytest.raises(FalClientHTTPError) as caught:
            client.subscribe(EDIT, body)
        assert caught.value.status_code == 422
        assert [(each["type"], each["loc"]) for each in caught.value.message] == [(kind, ["body", place])]
    assert bought() == []


def test_moderation_speaks_when_the_result_is_read(fal: Emulator, client: fal_client.SyncClient, clip: Path) -> None:
    fal.faults.set({"mod": "winter"})
    handle = client.submit(EDIT, an_edit(client.upload_file(clip)))
    with pytest.raises(FalClientHTTPError) as caught:
        handle.get()
    assert caught.value.status_code == 422 and caught.value.error_type == "content_policy_violation"
    status = handle.status()
    assert isinstance(status, fal_client.Completed) and status.error_type == "content_policy_violation"


def test_a_gateway_that_times_out_on_the_result(fal: Emulator, client: fal_client.SyncClient, clip: Path) -> None:
    fal.faults.set({"p_result_504": 1})
    handle = client.submit(EDIT, an_edit(client.upload_file(clip)))
    with pytest.raises(FalClientHTTPError) as caught:
        handle.get()
    assert caught.value.status_code == 504
    fal.faults.clear()
    assert handle.get()["video"]["url"]


@pytest.mark.parametrize(
    ("faults", "status"),
    [
        ({"credit": 0}, 403),
        ({"p_500": 1}, 503),
        ({"p_401": 1}, 401),
        ({"fail": "winter"}, 500),
    ],
)
def test_an_error_of_each_class(
    fal: Emulator,
    client: fal_client.SyncClient,
    clip: Path,
    bought: Callable[[], list[str]],
    faults: dict[str, float | str],
    status: int,
) -> None:
    source = client.upload_file(clip)
    fal.faults.set(faults)
    with pytest.raises(FalClientHTTPError) as caught:
        client.subscribe(EDIT, an_edit(source))
    assert caught.value.status_code == status
    deadline = time.monotonic() + 5
    while bought() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert bought() == []


def test_no_key(fal: Emulator) -> None:
    client = fal_client.SyncClient(key="some:other")
    with pytest.raises(FalClientHTTPError) as caught:
        client.submit(EDIT, {})
    assert caught.value.status_code == 401
    client._client.close()


def test_cancelling_what_waits_what_is_over_and_what_never_was(
    fal: Emulator, client: fal_client.SyncClient, clip: Path, bought: Callable[[], list[str]]
) -> None:
    fal.faults.set({"job_min": 5, "job_max": 5})
    body = an_edit(client.upload_file(clip))
    waits = client.submit(EDIT, body)
    waits.cancel()
    assert waits.status() == fal_client.Completed(None, {}, "Request was cancelled", "client_cancelled")
    for handle, status in ((waits, 400), (client.get_handle(EDIT, "none"), 404)):
        with pytest.raises(FalClientHTTPError) as caught:
            handle.cancel()
        assert caught.value.status_code == status
    assert bought() == []


def test_a_lost_answer_makes_this_client_buy_again(
    fal: Emulator, client: fal_client.SyncClient, clip: Path, bought: Callable[[], list[str]]
) -> None:
    """Why the product does not submit through it."""
    body = an_edit(client.upload_file(clip))
    fal.faults.set({"p_post_drop": 0.5})
    for _ in range(4):
        client.submit(EDIT, body)
    assert len(bought()) > 4
