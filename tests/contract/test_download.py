"""Downloads over real sockets: all of a file or none of it, and never from within."""

import asyncio
import os
import socket
import time
from pathlib import Path

import pytest
from fakes.listener import Listener, Reply, drips, listening, says, slams, writes

from campaign.errors import StoreError
from campaign.net.addresses import Addresses, Unreachable
from campaign.net.download import DownloadFailed, download

FILM = bytes(range(256)) * 5000
SIGNED = "?X-Amz-Signature=abc"


def fetch(listener: Listener, into: Path, *allow: str, most_bytes: int = 4 << 20, deadline_s: float = 5.0) -> None:
    addresses = Addresses((listener.host, *allow))
    url = f"{listener.url}/media/a.mp4{SIGNED}"
    asyncio.run(download(url, into, addresses=addresses, most_bytes=most_bytes, deadline_s=deadline_s))


def test_a_file_arrives_whole_and_nothing_of_ours_goes_out(tmp_path: Path) -> None:
    into = tmp_path / "a.mp4"
    into.write_bytes(b"what lay here before, and was longer" * 100_000)
    with listening(says(200, FILM, content_type="video/mp4")) as storage:
        fetch(storage, into)
    assert into.read_bytes() == FILM
    (heard,) = storage.heard
    assert heard.path == f"/media/a.mp4{SIGNED}"
    assert not {"authorization", "cookie", "referer", "x-api-key"} & heard.headers.keys()


BROKEN: dict[str, Reply] = {
    "an honest length cut short": says(200, FILM[:1000], length=len(FILM)),
    "a reset in the middle": writes(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + FILM[:500], slam=True),
    "chunks cut short": writes(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n100\r\n" + FILM[:256] + b"\r\n"),
    "a reset at once": slams(),
    "nothing": says(200),
    "compressed": says(200, FILM, content_encoding="gzip"),
    "a part": says(206, FILM),
    "an error": says(500, "<Error/>"),
    "a page": says(304),
    "too large by its own word": says(200, b"", length=5 << 30),
    "too large and silent about it": writes(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(5 << 20)),
    "a redirect to nowhere": says(302),
}


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_not_the_whole_file_is_refused(reply: Reply, tmp_path: Path) -> None:
    with listening(reply) as storage, pytest.raises(DownloadFailed) as caught:
        fetch(storage, tmp_path / "a.mp4")
    assert not caught.value.dead
    assert "Signature" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_dead_link_is_told_apart(status: int, tmp_path: Path) -> None:
    with (
        listening(says(status, "<Error>Request has expired</Error>")) as storage,
        pytest.raises(DownloadFailed) as caught,
    ):
        fetch(storage, tmp_path / "a.mp4")
    assert caught.value.dead
    assert caught.value.status == status


def test_a_drip_ends_at_the_deadline(tmp_path: Path) -> None:
    began = time.monotonic()
    slow = drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + bytes(1000), 0.1)
    with listening(slow) as storage, pytest.raises(DownloadFailed, match="within 1 s"):
        fetch(storage, tmp_path / "a.mp4", deadline_s=1.0)
    assert time.monotonic() - began < 3


def test_three_redirects_are_followed_and_a_fourth_is_not(tmp_path: Path) -> None:
    into = tmp_path / "a.mp4"
    hop = says(302, location="/media/b.mp4")
    with listening(hop, hop, hop, says(200, FILM)) as storage:
        fetch(storage, into)
        assert into.read_bytes() == FILM
    with listening(hop, hop, hop, hop, says(200, FILM)) as storage, pytest.raises(DownloadFailed, match="more than 3"):
        fetch(storage, into)


def test_a_redirect_leads_into_no_private_network(tmp_path: Path) -> None:
    with listening(says(200, FILM)) as inner:
        inner_v6 = socket.create_server(("::1", 0), family=socket.AF_INET6)
        targets = [
            inner.url,
            f"https://127.0.0.1:{inner.port}/",
            f"http://localhost:{inner.port}/",
            f"http://[::1]:{inner_v6.getsockname()[1]}/",
            "http://169.254.169.254/latest/meta-data/",
            "file:///etc/passwd",
            "//10.0.0.1/a",
        ]
        for target in targets:
            with listening(says(302, location=target)) as storage, pytest.raises((Unreachable, DownloadFailed)):
                fetch(storage, tmp_path / "a.mp4")
        inner_v6.settimeout(0.05)
        with pytest.raises(TimeoutError):
            inner_v6.accept()
        inner_v6.close()
    assert inner.connections == 0


def test_a_redirect_from_https_to_http_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="not https"):
        asyncio.run(download("http://example.com/a", tmp_path / "a", addresses=Addresses(), most_bytes=1, deadline_s=5))


def test_a_disk_that_cannot_be_written_is_no_fault_of_the_transfer(tmp_path: Path) -> None:
    with listening(says(200, FILM)) as storage:
        with pytest.raises(StoreError, match="nothing is lost"):
            fetch(storage, tmp_path / "no folder" / "a.mp4")
        if Path("/dev/full").exists() and os.access("/dev/full", os.W_OK):
            with pytest.raises(StoreError, match=r"disk\.full"):
                fetch(storage, Path("/dev/full"))


def test_the_next_address_of_a_host_is_tried_when_one_does_not_answer(tmp_path: Path) -> None:
    async def resolve(_: str, __: int) -> tuple[str, ...]:
        return "127.0.0.2", "127.0.0.1"

    into = tmp_path / "a.mp4"
    with listening(says(200, FILM)) as storage:
        addresses = Addresses((f"cdn.example:{storage.port}",), resolve)
        url = f"http://cdn.example:{storage.port}/a.mp4"
        asyncio.run(download(url, into, addresses=addresses, most_bytes=4 << 20, deadline_s=5))
    assert into.read_bytes() == FILM
    assert storage.heard[0].headers["host"] == f"cdn.example:{storage.port}"
