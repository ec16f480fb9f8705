"""Our conversation with Runware beside the one that its own client holds (runware-sdk over REST)."""

import asyncio
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
import runware.client
from fakes.listener import Heard, Listener, Reply, listening, says
from fakes.shelf import MemoryShelf
from orders import CASES, an_order
from runware import Runware

from campaign.model.jobs import Job
from campaign.providers.base import Order
from campaign.providers.departure import SendBy
from campaign.providers.runware import runware_provider, task_uuid_of
from campaign.providers.runware_payload import video_task
from campaign.secrets import Secret
from campaign.settings import Settings, Vendors

KEY = "runware-CANARY-7f3e1b"
FILM = b"\x00\x00\x00\x18ftypisom" + bytes(12) + b"\x00\x00\x00\x08moov" + b"\x00\x00\x00\x10mdat" + bytes(range(8))
Members = dict[str, Any]

PLAIN = [name for name, job in CASES.items() if not job.keyframes and "placed" not in name]
"""Jobs that start from a clip alone, at which nobody has to look."""


def vendor(heard: Heard) -> Reply:
    """Stores everything under one id, takes every task and has it done at once."""
    (task,) = json.loads(heard.body)
    named = {"taskType": task["taskType"], "taskUUID": task["taskUUID"]}
    more = {
        "mediaStorage": {"operation": "upload", "mediaUUID": "clip"},
        "getResponse": {"status": "success", "videoUUID": "film-1", "videoURL": "https://vm.test/film.mp4"},
    }.get(task["taskType"], {})
    return says(200, json.dumps({"data": [named | more]}), Content_Type="application/json")


def told(listener: Listener) -> list[tuple[str, str, str, str, list[Members]]]:
    """What counts of each request: whom it asks, as whom, and for what."""
    return [
        (
            heard.method,
            heard.path,
            heard.headers["authorization"],
            heard.headers["content-type"],
            json.loads(heard.body),
        )
        for heard in listener.heard
    ]


def ours(order: Order, listener: Listener) -> None:
    vendors = Vendors(runware_key=Secret(KEY), runware_url=f"{listener.url}/v1")
    provider = runware_provider(Settings(allow_hosts=(listener.host,), vendors=vendors), MemoryShelf())

    async def go() -> None:
        taken = await provider.submit(await provider.pack(order), SendBy(30))
        await provider.poll(taken.remote_id)
        await provider.close()

    asyncio.run(go())


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its client waits a second before it asks for a result."""

    async def at_once(*_: object) -> None:
        await asyncio.sleep(0)

    monkeypatch.setattr(runware.client, "_interruptible_sleep", at_once)


def theirs(task: Members, listener: Listener) -> Any:
    async def go() -> Any:
        async with Runware(api_key=KEY, transport="rest", http_base_url=f"{listener.url}/v1", max_retries=0) as client:
            return await client.run(task)

    return asyncio.run(go())


@pytest.mark.parametrize("case", PLAIN)
def test_both_send_the_same_tasks(case: str, tmp_path: Path) -> None:
    job: Job = CASES[case]
    source = tmp_path / "clip.mp4"
    source.write_bytes(FILM)
    order = an_order(job, source=source, intent_id=str(uuid.uuid4()))
    with listening(script=vendor) as one, listening(script=vendor) as other:
        ours(order, one)
        results = theirs(video_task(order, task_uuid_of(order.intent_id), "clip"), other)
        mine = [each for each in told(one) if each[-1][0]["taskType"] != "mediaStorage"]
        assert mine == told(other)
        assert [each[-1][0]["taskType"] for each in mine] == ["videoInference", "getResponse"]
        assert results[0]["videoUUID"] == "film-1"


def test_its_client_uploads_as_we_do(tmp_path: Path) -> None:
    source = tmp_path / "clip.mp4"
    source.write_bytes(FILM)
    with listening(script=vendor) as one, listening(script=vendor) as other:
        ours(an_order(source=source), one)
        upload = next(each[-1][0] for each in told(one) if each[-1][0]["taskType"] == "mediaStorage")

        async def go() -> None:
            async with Runware(api_key=KEY, transport="rest", http_base_url=f"{other.url}/v1") as client:
                await client.media_storage(upload)

        asyncio.run(go())
        assert told(other)[0][-1] == [upload]
