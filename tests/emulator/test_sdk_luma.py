"""Luma's own client (luma-agents), unchanged, against the emulator."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import luma_agents
import pytest
from fakes.emulation import PLAIN
from luma_agents import AsyncLuma, Luma
from luma_agents.types import Generation

from emulator.options import Options
from emulator.server import Emulator

pytestmark = pytest.mark.ffmpeg


@pytest.fixture(scope="module")
def served() -> Iterator[Emulator]:
    with Emulator(Options(takes_s=(0.1, 0.2), fast=True)) as emulator:
        yield emulator


@pytest.fixture
def agents(served: Emulator) -> Iterator[Emulator]:
    served.faults.clear()
    yield served


@pytest.fixture
def client(agents: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Luma]:
    """Led here by the variables that it documents."""
    for name in ("LUMA_BASE_URL", "LUMA_AGENTS_API_KEY"):
        monkeypatch.setenv(name, agents.environment()[name])
    with Luma(max_retries=0) as client:
        yield client


def uploaded(client: Luma, clip: Path) -> str:
    content = clip.read_bytes()
    made = client.files.create(mime_type="video/mp4", size_bytes=len(content), filename=clip.name)
    assert made.upload is not None and made.state == "pending"
    httpx.put(made.upload.url, content=content, headers=made.upload.headers, **PLAIN).raise_for_status()
    state = client.files.complete(made.id).state
    deadline = time.monotonic() + 10
    while state != "ready":
        assert state == "pending" and time.monotonic() < deadline
        state = client.files.get(made.id).state
    return made.id


def an_edit(source: Any, **video: Any) -> dict[str, Any]:
    asked = {"model": "ray-3.2", "type": "video_edit", "prompt": "the street in winter", "source": source}
    return asked | {"video": {"resolution": "360p", **video}}


def finished(client: Luma, begun: Generation) -> Generation:
    deadline = time.monotonic() + 20
    while (now := client.generations.get(begun.id)).state in ("queued", "processing"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return now


def test_upload_edit_reframe_and_download(agents: Emulator, client: Luma, clip: Path) -> None:
    before = len(agents.books.bill())
    begun = client.generations.create(
        **an_edit({"file_id": uploaded(client, clip)}, edit={"strength": "adhere_2"}), user_id="row 7"
    )
    assert begun.state == "queued" and begun.output in (None, [])
    edited = finished(client, begun)
    framed = finished(
        client,
        client.generations.create(
            model="ray-3.2",
            type="video_reframe",
            prompt="x",
            aspect_ratio="9:16",
            source={"generation_id": edited.id},
            video={"resolution": "360p", "source_position": {"x_norm": 0, "y_norm": 0.3, "w_norm": 1, "h_norm": 0.4}},
        ),
    )
    assert framed.output is not None
    assert httpx.get(framed.output[0].url, **PLAIN).raise_for_status().content[4:8] == b"ftyp"
    charges = agents.books.bill()[before:]
    assert [(charge.operation, str(charge.usd)) for charge in charges] == [("modify", "0.54"), ("reframe", "0.03")]
    assert charges[0].client_id == "row 7"


def test_files_are_listed_shown_and_deleted(client: Luma, clip: Path) -> None:
    names = [uploaded(client, clip) for _ in range(2)]
    page = client.files.list(limit=1)
    assert page.data[0].id == names[1] and page.has_more and page.next_cursor
    assert client.files.list(limit=1, cursor=page.next_cursor).data[0].id == names[0]
    client.files.delete(names[0])
    assert client.files.get(names[0]).state == "deleted"


def test_the_asynchronous_client_too(client: Luma, clip: Path) -> None:
    async def go(source: str) -> Generation:
        async with AsyncLuma(max_retries=0) as other:
            return await other.generations.create(**an_edit({"file_id": source}, edit={"auto_controls": True}))

    assert finished(client, asyncio.run(go(uploaded(client, clip)))).state == "completed"


@pytest.mark.parametrize(
    ("faults", "kind", "status"),
    [
        ({"p_401": 1}, luma_agents.AuthenticationError, 401),
        ({"credit": 0}, luma_agents.APIStatusError, 402),
        ({"auth_fail_after": 1, "auth_fail_with": "403"}, luma_agents.PermissionDeniedError, 403),
        ({"reject": "winter"}, luma_agents.BadRequestError, 400),
        ({"reject_422": "winter"}, luma_agents.UnprocessableEntityError, 422),
        ({"p_429": 1}, luma_agents.RateLimitError, 429),
        ({"p_502_billed": 1}, luma_agents.InternalServerError, 502),
        ({"p_500": 1}, luma_agents.InternalServerError, 503),
    ],
)
def test_an_error_of_each_class(
    agents: Emulator, client: Luma, clip: Path, faults: dict[str, float | str], kind: type[Exception], status: int
) -> None:
    source = uploaded(client, clip)
    client.generations.create(**an_edit({"file_id": source}))
    agents.faults.set(faults)
    with pytest.raises(kind) as caught:
        client.generations.create(**an_edit({"file_id": source}))
    assert isinstance(caught.value, luma_agents.APIStatusError)
    assert caught.value.status_code == status and caught.value.response.headers["x-request-id"]


def test_an_id_that_never_was(client: Luma) -> None:
    with pytest.raises(luma_agents.NotFoundError):
        client.generations.get("none")


def test_moderation_and_failure_are_told_by_their_codes(agents: Emulator, client: Luma, clip: Path) -> None:
    source = {"file_id": uploaded(client, clip)}
    for faults, code in (({"mod": "winter"}, "content_moderated"), ({"fail": "winter"}, "generation_failed")):
        agents.faults.clear()
        agents.faults.set(faults)
        ended = finished(client, client.generations.create(**an_edit(source)))
        assert (ended.state, ended.failure_code) == ("failed", code)


def test_a_lost_answer_makes_this_client_buy_again(agents: Emulator, client: Luma, clip: Path) -> None:
    """Why the product does not submit through it: with its own settings it sends a paid request up to three times."""
    body = an_edit({"file_id": uploaded(client, clip)})
    before = len(agents.books.bill())
    agents.faults.set({"p_post_drop": 1})
    with pytest.raises(luma_agents.APIConnectionError):
        client.with_options(max_retries=2).generations.create(**body)
    assert len(agents.books.bill()) == before + 3
