"""Results by their links: signed, dying, ranged, and what the faults make of them."""

import hashlib
import io
import socket
from typing import Any

import av
import httpx
import pytest
from fakes.emulation import PLAIN, control
from fakes.luma_client import LumaClient, fetch

from emulator.server import Emulator

pytestmark = pytest.mark.ffmpeg


def get(url: str, **said: Any) -> httpx.Response:
    return httpx.get(url, **{"timeout": 10, **said}, **PLAIN)


@pytest.fixture
def done(luma: LumaClient, source: dict[str, Any]) -> dict[str, Any]:
    """A finished generation."""
    return luma.bought(source)


@pytest.fixture
def url(done: dict[str, Any]) -> str:
    return str(done["output"][0]["url"])


def test_a_link_dies_after_an_hour_and_a_poll_gives_another(
    emulator: Emulator, luma: LumaClient, done: dict[str, Any], url: str
) -> None:
    with control(emulator) as client:
        client.post("/clock", json={"advance_s": 3601})
    dead = get(url)
    assert (dead.status_code, dead.headers["content-type"]) == (403, "application/xml")
    assert "<Code>AccessDenied</Code>" in dead.text
    assert fetch(luma.get(f"/generations/{done['id']}").json())[4:8] == b"ftyp"


def test_a_link_dies_when_the_fault_says_so(emulator: Emulator, luma: LumaClient, done: dict[str, Any]) -> None:
    emulator.faults.set({"url_ttl": 60})
    fresh = luma.get(f"/generations/{done['id']}").json()["output"][0]["url"]
    assert get(fresh).status_code == 200
    emulator.world.clock.advance(61)
    assert get(fresh).status_code == 403


def test_a_forged_link_opens_nothing(url: str) -> None:
    assert get(url.replace("X-Amz-Expires=1", "X-Amz-Expires=2")).status_code == 404
    assert get(url.partition("?")[0]).status_code == 404


def test_a_key_must_not_come_along(url: str) -> None:
    assert get(url, headers={"authorization": "Bearer x"}).status_code == 400


def test_ranges_and_heads(done: dict[str, Any], url: str) -> None:
    whole = fetch(done)
    part = get(url, headers={"range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    tail = get(url, headers={"range": f"bytes={len(whole) - 20}-"})
    assert tail.content == whole[-20:]
    assert get(url, headers={"range": f"bytes={len(whole)}-"}).status_code == 416
    head = httpx.head(url, trust_env=False)
    assert (head.content, int(head.headers["content-length"])) == (b"", len(whole))


def test_downloads_are_counted(emulator: Emulator, done: dict[str, Any]) -> None:
    content = fetch(done)
    with control(emulator) as client:
        (job,) = client.get("/jobs").json()["jobs"]
    assert (job["downloads"], job["outputs"]["film"]) == (1, hashlib.sha256(content).hexdigest())


def test_a_length_that_lies(emulator: Emulator, url: str) -> None:
    emulator.faults.set({"p_dl_trunc": 1, "dl_trunc": "lying"})
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed"):
        get(url)


def test_a_short_film_that_admits_it(emulator: Emulator, done: dict[str, Any], url: str) -> None:
    size = len(fetch(done))
    emulator.faults.set({"p_dl_trunc": 1, "dl_trunc": "honest"})
    assert len(get(url).content) == size // 2


def test_chunks_that_break_off(emulator: Emulator, url: str) -> None:
    emulator.faults.set({"p_dl_trunc": 1, "dl_trunc": "chunked"})
    with pytest.raises(httpx.TransportError):
        get(url)


@pytest.mark.parametrize(
    ("word", "begins"), [("xml", b"<?xml"), ("html", b"<!DOCTYPE"), ("json", b"{"), ("empty", b"")]
)
def test_a_page_instead_of_a_film(emulator: Emulator, url: str, word: str, begins: bytes) -> None:
    emulator.faults.set({"p_dl_page": 1, "dl_page": word})
    answer = get(url)
    assert answer.status_code == 200
    assert answer.content.startswith(begins)
    assert answer.content[4:8] != b"ftyp"


@pytest.mark.parametrize(
    ("fault", "status"),
    [("p_dl_403", 403), ("p_dl_404", 404), ("p_dl_429", 429), ("p_dl_500", 503), ("p_dl_redirect", 302)],
)
def test_a_download_is_refused(emulator: Emulator, url: str, fault: str, status: int) -> None:
    emulator.faults.set({fault: 1})
    assert get(url).status_code == status


def test_right_size_wrong_bytes(emulator: Emulator, done: dict[str, Any], url: str) -> None:
    whole = fetch(done)
    emulator.faults.set({"p_dl_flip": 1})
    flipped = get(url).content
    assert sum(a != b for a, b in zip(whole, flipped, strict=True)) == 1
    emulator.faults.set({"p_dl_flip": 0, "p_dl_noise": 1})
    assert len(get(url).content) == len(whole)


def test_another_jobs_film(emulator: Emulator, luma: LumaClient, source: dict[str, Any], done: dict[str, Any]) -> None:
    other = fetch(luma.bought(source, prompt="another"))
    emulator.faults.set({"p_dl_other": 1})
    assert fetch(done) == other


def test_an_endless_film(emulator: Emulator, done: dict[str, Any], url: str) -> None:
    size = len(fetch(done))
    emulator.faults.set({"p_dl_endless": 1})
    heard = 0
    with httpx.stream("GET", url, **PLAIN) as answer:
        for chunk in answer.iter_bytes():
            heard += len(chunk)
            if heard > 3 * size:
                break
    assert heard > 3 * size


def test_a_drip(emulator: Emulator, url: str) -> None:
    emulator.faults.set({"p_dl_drip": 1, "drip_bps": 10})
    with pytest.raises(httpx.TimeoutException), httpx.stream("GET", url, timeout=0.05, **PLAIN) as answer:
        answer.read()


def test_odd_ways_to_send_the_right_bytes(emulator: Emulator, done: dict[str, Any], url: str) -> None:
    whole = fetch(done)
    emulator.faults.set({"p_dl_chunked": 1, "p_dl_wrong_type": 1, "p_dl_headers": 1})
    answer = get(url)
    assert answer.content == whole
    assert "content-length" not in answer.headers
    assert answer.headers["content-type"] == "text/plain"


@pytest.mark.parametrize(
    ("word", "begins"),
    [
        ("metadata", "http://169.254"),
        ("file", "file:"),
        ("private", "https://10."),
        ("userinfo", "https://user"),
        ("relative", "/"),
    ],
)
def test_links_that_lead_where_no_client_should_go(
    emulator: Emulator, luma: LumaClient, done: dict[str, Any], word: str, begins: str
) -> None:
    emulator.faults.set({"evil_url": word})
    assert luma.get(f"/generations/{done['id']}").json()["output"][0]["url"].startswith(begins)


@pytest.mark.parametrize("word", ["redirect_private", "redirect_loop"])
def test_links_that_redirect(emulator: Emulator, luma: LumaClient, done: dict[str, Any], word: str) -> None:
    emulator.faults.set({"evil_url": word})
    evil = luma.get(f"/generations/{done['id']}").json()["output"][0]["url"]
    answer = get(evil)
    assert answer.status_code == 302
    assert answer.headers["location"] == evil or "169.254" in answer.headers["location"]


def test_a_reset_in_the_middle(emulator: Emulator, url: str) -> None:
    emulator.faults.set({"p_dl_half": 1})
    at = httpx.URL(url)
    with socket.create_connection((at.host, at.port or 80), timeout=5) as connection:
        connection.sendall(f"GET {at.raw_path.decode()} HTTP/1.1\r\nhost: {at.netloc.decode()}\r\n\r\n".encode())
        heard = b""
        with pytest.raises(ConnectionResetError):
            while True:
                heard += connection.recv(65536)
    assert b"ftyp" in heard


def test_a_film_is_a_film(done: dict[str, Any]) -> None:
    with av.open(io.BytesIO(fetch(done))) as film:
        assert sum(1 for _ in film.decode(video=0)) == 24
