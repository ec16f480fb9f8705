"""Luma's Files API where its document leaves it free: what an upload survives."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest
from fakes.listener import Heard, Listener, Reply, listening, says, slams

from campaign.errors import ProviderRejected
from campaign.net.addresses import Addresses
from campaign.providers.luma_files import LumaFiles
from campaign.providers.wire import Wire
from campaign.secrets import Secret

STILL = b"\x89PNG\r\n\x1a\n" + bytes(50)


def uploaded(tmp_path: Path, *completed: Reply) -> tuple[str, Counter[str]]:
    """The id of a still whose `complete` is answered so, one reply after the other, and how often each was asked."""
    asked: Counter[str] = Counter()
    replies = list(completed)

    def script(heard: Heard) -> Reply:
        asked[f"{heard.method} {heard.path}"] += 1
        if heard.method == "PUT":
            return says(200)
        if heard.path.endswith("/complete"):
            return replies.pop(0) if len(replies) > 1 else replies[0]
        if heard.method == "GET":
            return says(200, json.dumps({"id": "file-1", "state": "ready"}))
        return says(201, json.dumps({"id": "file-1", "upload": {"url": f"{listener.url}/put", "method": "PUT"}}))

    def at(listener: Listener) -> Wire:
        return Wire("luma", listener.url, "Bearer", Secret("luma-api-key"), Addresses((listener.host,)), sleep=at_once)

    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    async def send(listener: Listener) -> str:
        wire = at(listener)
        try:
            return (await LumaFiles(wire, at_once).send(still, "a" * 64)).ref
        finally:
            await wire.close()

    still = tmp_path / "still.png"
    still.write_bytes(STILL)
    with listening(script=script) as listener:
        return asyncio.run(send(listener)), asked


@pytest.mark.parametrize("status", [400, 409, 422])
@pytest.mark.parametrize("lost", [slams(), says(502, "bad gateway")])
def test_a_file_whose_completion_was_answered_in_vain_is_not_refused_for_being_complete(
    tmp_path: Path, lost: Reply, status: int
) -> None:
    ref, asked = uploaded(tmp_path, lost, says(status, json.dumps({"detail": "File is already completed"})))
    assert (ref, asked["POST /files"], asked["PUT /put"]) == ("file-1", 1, 1)


def test_what_the_answer_to_a_completion_holds_does_not_matter(tmp_path: Path) -> None:
    ref, asked = uploaded(tmp_path, says(204))
    assert (ref, asked["POST /files/file-1/complete"]) == ("file-1", 1)


def test_a_completion_that_is_refused_at_once_refuses_the_file(tmp_path: Path) -> None:
    with pytest.raises(ProviderRejected, match="it is empty"):
        uploaded(tmp_path, says(422, json.dumps({"detail": "it is empty"})))
