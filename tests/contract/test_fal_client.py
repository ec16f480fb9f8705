"""Our conversation with fal beside the one that its own client holds (fal-client)."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import fal_client
import pytest
from fakes.listener import Heard, Listener, Reply, listening, says
from fakes.shelf import MemoryShelf
from orders import a_ray_job, a_reframe_job, a_segment, an_order

from campaign.media.engine import find_engine
from campaign.model.jobs import Job
from campaign.providers.departure import SendBy
from campaign.providers.fal import fal_provider
from campaign.providers.fal_payload import ENDPOINTS, request_body
from campaign.secrets import Secret
from campaign.settings import Settings, Vendors
from campaign.store.files import Store

KEY = "fal-id:CANARY-7f3e1b"
FILM = b"\x00\x00\x00\x18ftypisom" + bytes(12) + b"\x00\x00\x00\x08moov" + b"\x00\x00\x00\x10mdat" + bytes(range(8))
CLIP = "https://v3.fal.media/files/clip.mp4"
FIVE_SECONDS = a_segment(frames=120)
Members = dict[str, Any]


class Fal:
    """Takes everything and has it done at once."""

    home = ""

    def hear(self, heard: Heard) -> Reply:
        at = f"{self.home}/luma/agent/requests/req-1"
        urls = {"response_url": at, "status_url": f"{at}/status", "cancel_url": f"{at}/cancel"}
        token = {"token": "t-123456", "token_type": "Bearer", "base_url": f"{self.home}/cdn"}
        path = heard.path.partition("?")[0]
        said: Members = {
            "/storage/auth/token": token | {"expires_at": "2099-01-01T00:00:00+00:00"},
            "/cdn/files/upload": {"access_url": CLIP},
            "/luma/agent/requests/req-1/status": {"status": "COMPLETED", "logs": None, "metrics": {}},
            "/luma/agent/requests/req-1": {"video": {"url": "https://v3.fal.media/files/film.mp4"}},
            "/luma/agent/requests/req-1/cancel": {"status": "CANCELLATION_REQUESTED"},
        }.get(path, {"status": "IN_QUEUE", "request_id": "req-1", "queue_position": 0, **urls})
        return says(202 if path.endswith("/cancel") else 200, json.dumps(said), Content_Type="application/json")


def told(listener: Listener) -> list[tuple[str, str, str | None, bytes]]:
    """What counts of each request. That no logs are wanted is said by their client, and by our silence."""
    return [
        (each.method, each.path.removesuffix("?logs=false"), each.headers.get("authorization"), each.body)
        for each in listener.heard
    ]


async def with_its_client(act: Callable[[fal_client.AsyncClient], Awaitable[None]]) -> None:
    """It has no way of its own to let its connections go."""
    client = fal_client.AsyncClient(key=KEY)
    try:
        await act(client)
    finally:
        await (await client._client).aclose()


def point(monkeypatch: pytest.MonkeyPatch, vendor: Fal, listener: Listener) -> None:
    """Lead its client, which knows no setting for that, to the listener."""
    vendor.home = listener.url
    monkeypatch.setattr(fal_client.client, "QUEUE_URL_FORMAT", f"{listener.url}/")
    monkeypatch.setattr(fal_client.client, "REST_URL", listener.url)
    monkeypatch.setattr(fal_client.client, "CDN_URL", f"{listener.url}/cdn")


@pytest.mark.parametrize("job", [a_ray_job(segment=FIVE_SECONDS), a_ray_job(segment=FIVE_SECONDS, hdr=True)])
def test_both_upload_ask_and_collect_alike(job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "clip.mp4"
    source.write_bytes(FILM)
    order, vendor = an_order(job, source=source), Fal()
    with listening(script=vendor.hear) as one:
        vendor.home = one.url
        vendors = Vendors(fal_key=Secret(KEY), fal_queue_url=one.url, fal_rest_url=one.url)
        settings = Settings(allow_hosts=(one.host,), vendors=vendors)
        provider = fal_provider(settings, MemoryShelf(), find_engine(), Store(tmp_path / "store").temporary)

        async def buy() -> None:
            taken = await provider.submit(await provider.pack(order), SendBy(30))
            await provider.poll(taken.remote_id)
            await provider.cancel(taken.remote_id)
            await provider.close()

        asyncio.run(buy())
        ours = told(one)[:6]
    with listening(script=vendor.hear) as other:
        point(monkeypatch, vendor, other)

        async def go(client: fal_client.AsyncClient) -> None:
            clip = await client.upload(FILM, "video/mp4", "clip.mp4")
            handle = await client.submit(ENDPOINTS[job.operation], request_body(order, clip))
            assert isinstance(await handle.status(), fal_client.Completed)
            await handle.get()
            await handle.cancel()

        asyncio.run(with_its_client(go))
        theirs = told(other)
    assert [each[:3] for each in ours] == [each[:3] for each in _once(theirs)]
    assert json.loads(ours[2][3]) == json.loads(next(body for _, path, _, body in theirs if path.endswith("to-video")))
    assert ours[1][3] == FILM == theirs[1][3]


def test_both_know_the_endpoint_of_a_reframe(monkeypatch: pytest.MonkeyPatch) -> None:
    vendor, order = Fal(), an_order(a_reframe_job())
    with listening(script=vendor.hear) as listener:
        point(monkeypatch, vendor, listener)

        async def go(client: fal_client.AsyncClient) -> None:
            await client.submit("luma/agent/ray/v3.2/reframe", request_body(order, CLIP))

        asyncio.run(with_its_client(go))
        assert listener.heard[0].path == f"/{ENDPOINTS[order.job.operation]}"


def _once(requests: list[tuple[str, str, str | None, bytes]]) -> list[tuple[str, str, str | None, bytes]]:
    """Without repeats: their client asks for the status again before it takes the result."""
    found: dict[tuple[str, str], tuple[str, str, str | None, bytes]] = {}
    for each in requests:
        found.setdefault(each[:2], each)
    return list(found.values())
