"""One upload for all who need a file: side by side, after a failure, after a cancel, after it was forgotten."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fakes.shelf import MemoryShelf

from campaign.errors import ProviderBusy
from campaign.providers.contents import digest, media_type, sha256_of
from campaign.providers.uploads import Uploaded, Uploads


class Storage:
    """Counts uploads; the first `failures` of them fail. Each lasts until `go` is set."""

    def __init__(self, failures: int = 0) -> None:
        self.go = asyncio.Event()
        self.begun = 0
        self._failures = failures

    async def send(self) -> Uploaded:
        self.begun += 1
        number = self.begun
        await self.go.wait()
        if number <= self._failures:
            raise ProviderBusy("luma", "the upload broke.")
        return Uploaded(f"file-{number}", datetime.now(UTC) + timedelta(hours=1))


def test_who_asks_meanwhile_waits_for_the_same_upload() -> None:
    async def go() -> None:
        storage, uploads = Storage(), Uploads("luma", "me", MemoryShelf())
        asked = [asyncio.create_task(uploads.ref("mark", storage.send)) for _ in range(5)]
        await asyncio.sleep(0.05)
        asked[0].cancel()  # who began it gives up: the others still get it
        storage.go.set()
        assert await asyncio.gather(*asked[1:]) == ["file-1"] * 4
        assert await uploads.ref("mark", storage.send) == "file-1"
        assert await uploads.ref("another", storage.send) == "file-2"

    asyncio.run(go())


def test_a_failure_is_told_to_all_who_wait_and_the_next_one_tries_again() -> None:
    async def go() -> None:
        storage, uploads = Storage(failures=1), Uploads("luma", "me", MemoryShelf())
        storage.go.set()
        told = await asyncio.gather(*(uploads.ref("mark", storage.send) for _ in range(3)), return_exceptions=True)
        assert [type(each) for each in told] == [ProviderBusy] * 3
        assert await uploads.ref("mark", storage.send) == "file-2"

    asyncio.run(go())


def test_an_upload_that_fails_when_nobody_waits_any_more_is_no_error_of_anybodys() -> None:
    async def go() -> None:
        storage, uploads = Storage(failures=1), Uploads("luma", "me", MemoryShelf())
        asked = asyncio.create_task(uploads.ref("mark", storage.send))
        await asyncio.sleep(0.05)
        asked.cancel()
        storage.go.set()
        await asyncio.sleep(0.05)

    asyncio.run(go(), debug=True)


def test_what_is_under_way_ends_with_the_provider() -> None:
    async def go() -> None:
        storage, uploads = Storage(), Uploads("luma", "me", MemoryShelf())
        asked = asyncio.create_task(uploads.ref("mark", storage.send))
        await asyncio.sleep(0.05)
        await uploads.close()
        with pytest.raises(asyncio.CancelledError):
            await asked

    asyncio.run(go())


def test_forgetting_tells_whether_another_upload_may_help() -> None:
    async def go() -> None:
        storage, shelf = Storage(), MemoryShelf()
        storage.go.set()
        earlier = Uploads("luma", "me", shelf)
        assert await earlier.ref("mark", storage.send) == "file-1"
        later = Uploads("luma", "me", shelf)
        assert await later.ref("mark", storage.send) == "file-1"
        assert await later.forget("mark")  # another run's: it may have expired
        assert await later.ref("mark", storage.send) == "file-2"
        assert not await later.forget("mark")  # just made: what is refused is the file itself

    asyncio.run(go())


def test_what_has_expired_is_uploaded_again() -> None:
    async def go() -> None:
        storage, shelf = Storage(), MemoryShelf()
        storage.go.set()
        shelf.remember("luma", "me", "mark", "file-0", datetime.now(UTC) - timedelta(seconds=1))
        assert await Uploads("luma", "me", shelf).ref("mark", storage.send) == "file-1"

    asyncio.run(go())


def test_a_file_is_hashed_anew_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(b"one")
    first = sha256_of(path)
    assert first == sha256_of(path)
    path.write_bytes(b"two")
    os.utime(path, ns=(1, 1))
    assert sha256_of(path) != first


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\x00\x00\x00\x18ftypisom", ("video/mp4", ".mp4")),
        (b"\x00\x00\x00\x14ftypqt  ", ("video/quicktime", ".mov")),
        (b"\x1a\x45\xdf\xa3\x01", ("video/x-matroska", ".mkv")),
        (b"\x89PNG\r\n\x1a\n", ("image/png", ".png")),
        (b"\xff\xd8\xff\xe0", ("image/jpeg", ".jpg")),
    ],
)
def test_a_file_is_what_its_first_bytes_say(tmp_path: Path, head: bytes, kind: tuple[str, str]) -> None:
    path = tmp_path / "named.txt"
    path.write_bytes(head + bytes(20))
    assert media_type(path) == kind
    path.write_bytes(b"#EXTM3U")
    with pytest.raises(ValueError, match=r"named\.txt is neither"):
        media_type(path)


def test_a_digest_does_not_hang_on_the_order_of_members() -> None:
    assert digest({"a": 1, "b": {"c": 2, "d": "ä"}}) == digest({"b": {"d": "ä", "c": 2}, "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
