"""Faults that befall requests and answers, seen from the other end of a real socket."""

import json
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from fakes.emulation import PLAIN, control, quick
from fakes.luma_client import LumaClient

from emulator.server import Emulator

pytestmark = pytest.mark.ffmpeg


def befall(emulator: Emulator, **faults: float | str) -> None:
    """Set faults over control, as another process does."""
    with control(emulator) as client:
        assert client.post("/faults", json=faults).status_code == 200


def raw(emulator: Emulator, method: str, path: str, body: bytes = b"") -> tuple[bytes, bool]:
    """What comes back byte for byte, and whether the connection was reset."""
    key = emulator.world.keyring.key("luma")
    head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{emulator.port}\r\nauthorization: Bearer {key}\r\n"
    head += f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    heard = b""
    with socket.create_connection(("127.0.0.1", emulator.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        try:
            while chunk := connection.recv(65536):
                heard += chunk
        except ConnectionResetError:
            return heard, True
    return heard, False


def submit(source: dict[str, Any], prompt: str = "snow") -> bytes:
    told = {"model": "ray-3.2", "type": "video_edit", "prompt": prompt, "source": source}
    return json.dumps(told | {"video": {"resolution": "360p"}}).encode()


def test_a_reset_before_anything_is_done(emulator: Emulator, source: dict[str, Any]) -> None:
    befall(emulator, p_pre_drop=1)
    assert raw(emulator, "POST", "/v1/generations", submit(source)) == (b"", True)
    assert emulator.books.bill() == []


def test_a_reset_after_billing(emulator: Emulator, source: dict[str, Any]) -> None:
    befall(emulator, p_post_drop=1)
    assert raw(emulator, "POST", "/v1/generations", submit(source)) == (b"", True)
    assert len(emulator.books.bill()) == 1


def test_a_connection_closed_without_an_answer(emulator: Emulator, source: dict[str, Any]) -> None:
    befall(emulator, p_close=1)
    assert raw(emulator, "POST", "/v1/generations", submit(source)) == (b"", False)
    assert len(emulator.books.bill()) == 1


def test_half_an_answer_under_whole_headers(emulator: Emulator, source: dict[str, Any]) -> None:
    befall(emulator, p_half=1)
    heard, was_reset = raw(emulator, "POST", "/v1/generations", submit(source))
    head, _, body = heard.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201")
    length = int(next(line for line in head.split(b"\r\n") if line.startswith(b"content-length")).split(b":")[1])
    assert (len(body), was_reset) == (length // 2, True)
    assert len(emulator.books.bill()) == 1


def test_a_stall_past_the_clients_patience_is_billed(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any]
) -> None:
    befall(emulator, p_stall=1, stall_s=5)
    with pytest.raises(httpx.ReadTimeout):
        luma.post("/generations", content=submit(source), timeout=0.3)
    assert len(emulator.books.bill()) == 1


@pytest.mark.parametrize("word", ["broken", "empty", "html", "list", "null", "text", "nan", "deep", "latin1", "types"])
def test_a_wrong_body_under_the_right_status(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any], word: str
) -> None:
    befall(emulator, p_badjson=1, badjson=word)
    answer = luma.edit(source)
    assert answer.status_code == 201
    assert b'"state": "queued"' not in answer.content
    assert len(emulator.books.bill()) == 1


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_upstream_error_that_was_billed(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any], status: int
) -> None:
    befall(emulator, p_502_billed=1, billed_status=status)
    answer = luma.edit(source)
    assert (answer.status_code, list(answer.json())) == (status, ["detail"])
    assert len(emulator.books.bill()) == 1


def test_unavailable_and_nothing_done(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    befall(emulator, p_500=1)
    assert luma.edit(source).status_code == 503
    assert emulator.books.bill() == []


@pytest.mark.parametrize(
    ("word", "header"),
    [
        ("7", lambda told: told == "7"),
        ("absent", lambda told: told is None),
        ("huge", lambda told: int(told) == 10**9),
        ("negative", lambda told: int(told) < 0),
        ("words", lambda told: told == "soon"),
        ("date", lambda told: told.endswith("GMT")),
        ("past", lambda told: told.endswith("GMT")),
    ],
)
def test_too_many_requests_with_every_kind_of_pause(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any], word: str, header: Callable[[Any], bool]
) -> None:
    befall(emulator, p_429=1, retry_after=word)
    answer = luma.edit(source)
    assert answer.status_code == 429
    assert header(answer.headers.get("retry-after"))
    assert "x-ratelimit-limit" in answer.headers
    assert emulator.books.bill() == []


def test_the_other_kind_of_429_has_no_limits_in_its_headers(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any]
) -> None:
    befall(emulator, p_429=1, throttle="slots")
    answer = luma.edit(source)
    assert "concurrent" in answer.json()["detail"]
    assert "x-ratelimit-limit" not in answer.headers


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_leads_to_a_trap_that_tells_who_followed(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any], status: int
) -> None:
    befall(emulator, redirect=status)
    answer = luma.edit(source)
    assert (answer.status_code, emulator.books.bill()) == (status, [])
    where = answer.headers["location"]
    assert httpx.URL(where).host != httpx.URL(emulator.url).host
    httpx.post(where, headers={"authorization": "Bearer x"}, content=b"{}", **PLAIN)
    with control(emulator) as client:
        (came,) = client.get("/trap").json()["trapped"]
    assert (came["method"], came["keyed"]) == ("POST", True)


def test_a_drip_takes_as_long_as_it_says(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    generation = luma.edit(source).json()
    befall(emulator, drip=1, drip_bps=1000)
    began = time.monotonic()
    answer = luma.get(f"/generations/{generation['id']}")
    assert answer.json()["id"] == generation["id"]
    assert time.monotonic() - began > len(answer.content) / 1000 * 0.8


def test_a_gzip_bomb_is_small_on_the_wire(emulator: Emulator, source: dict[str, Any]) -> None:
    befall(emulator, p_bomb=1, bomb_mb=8)
    heard, _ = raw(emulator, "POST", "/v1/generations", submit(source))
    assert b"content-encoding: gzip" in heard
    assert len(heard) < 100_000
    answer = httpx.get(f"{emulator.url}/_emulator/bill", **PLAIN)
    assert len(answer.json()["charges"]) == 1


def test_fields_that_no_document_knows(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    befall(emulator, extra_fields=1)
    assert "x_region" in luma.edit(source).json()


def test_an_error_that_repeats_the_key(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    befall(emulator, echo_auth=1, p_500=1)
    assert emulator.world.keyring.key("luma") in luma.edit(source).json()["detail"]


def test_an_outage_that_ends_by_itself(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    befall(emulator, down=30)
    assert luma.edit(source).status_code == 503
    emulator.world.clock.advance(31)
    assert luma.edit(source).status_code == 201


def test_nobody_listens_for_a_while(emulator: Emulator, luma: LumaClient) -> None:
    with control(emulator) as client:
        client.post("/outage", json={"seconds": 0.5})
    time.sleep(0.2)  # a connection that is asked for just when it begins is neither taken nor refused
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{emulator.url}/v1/files", **PLAIN)
    time.sleep(0.6)
    assert luma.get("/files").status_code == 200


def test_nobody_answers_for_a_while(emulator: Emulator) -> None:
    with control(emulator) as client:
        client.post("/outage", json={"seconds": 0.8, "silent": True})
    time.sleep(0.2)
    with pytest.raises(httpx.ConnectTimeout):
        httpx.get(f"{emulator.url}/v1/files", timeout=0.2, **PLAIN)
    time.sleep(0.8)  # a connection that is asked for earlier is asked for again after a second
    with LumaClient(emulator) as again:
        assert again.get("/files").status_code == 200


def test_another_good_status(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    befall(emulator, ok_status=202)
    answer = luma.edit(source)
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")


@pytest.mark.parametrize(("word", "begins"), [("html", "<!DOCTYPE"), ("text", "upstream"), ("empty", "")])
def test_errors_as_a_gateway_answers_them(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any], word: str, begins: str
) -> None:
    befall(emulator, error_page=word, p_502_billed=1)
    answer = luma.edit(source)
    assert answer.status_code == 502
    assert answer.text.startswith(begins)
    assert not answer.text.startswith("{")


def test_hints_before_and_an_end_behind_an_answer(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    befall(emulator, p_hints=1, p_end=1)
    heard, _ = raw(emulator, "POST", "/v1/generations", submit(source))
    assert heard.startswith(b"HTTP/1.1 103 Early Hints\r\n")
    assert b"HTTP/1.1 201 Created" in heard
    assert luma.edit(source).status_code == 201  # a good client takes it


@pytest.mark.parametrize("fault", ["p_poll_404", "p_poll_500", "p_poll_429", "p_poll_401", "p_poll_502_billed"])
def test_polls_are_refused_and_the_job_goes_on(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any], fault: str
) -> None:
    generation = luma.edit(source).json()
    befall(emulator, **{fault: 1})
    assert luma.get(f"/generations/{generation['id']}").status_code >= 400
    with control(emulator) as client:
        client.delete("/faults")
    assert luma.finished(generation["id"])["state"] == "completed"


def test_a_fault_of_one_vendor_leaves_the_others_alone(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any]
) -> None:
    befall(emulator, **{"fal.p_500": 1, "runware.p_500": 1})
    assert luma.edit(source).status_code == 201
    befall(emulator, **{"luma.p_500": 1})
    assert luma.edit(source).status_code == 503


def test_uploads_are_befallen_too(emulator: Emulator, luma: LumaClient, clip: Path) -> None:
    befall(emulator, p_up_500=1)
    assert luma.post("/files", json={"mime_type": "video/mp4", "size_bytes": 5}).status_code == 503
    befall(emulator, p_up_500=0, p_up_pre_drop=1)
    with pytest.raises(httpx.TransportError):
        luma.post("/files", json={"mime_type": "video/mp4", "size_bytes": 5})


def test_the_same_seed_strikes_the_same_jobs_in_any_order(clip: Path) -> None:
    prompts = [f"prompt {n}" for n in range(12)]

    def outcome(order: list[str], seed: int) -> dict[str, int]:
        with quick(seed=seed, faults={"p_500": 0.5}) as emulator, LumaClient(emulator) as luma:
            source = {"file_id": luma.upload(clip)}
            # file ids are drawn by the same seed, so the bodies are the same
            return {prompt: luma.edit(source, prompt=prompt).status_code for prompt in order}

    first = outcome(prompts, 1)
    assert first == outcome(prompts[::-1], 1)
    assert first != outcome(prompts, 2)
    assert set(first.values()) == {201, 503}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """A certificate for this machine, its key, and the authority that signed it."""
    folder, authority = tmp_path_factory.mktemp("tls"), trustme.CA()
    leaf = authority.issue_cert("127.0.0.1", "localhost")
    paths = (folder / "leaf.pem", folder / "leaf.key", folder / "authority.pem")
    leaf.cert_chain_pems[0].write_to_path(paths[0])
    leaf.private_key_pem.write_to_path(paths[1])
    authority.cert_pem.write_to_path(paths[2])
    return paths


def test_everything_over_tls(certificate: tuple[Path, Path, Path], clip: Path) -> None:
    leaf, key, authority = certificate
    trusting = ssl.create_default_context(cafile=str(authority))
    with quick(tls=(leaf, key)) as emulator, LumaClient(emulator, verify=trusting) as luma:
        assert emulator.url.startswith("https://")
        made = luma.post("/files", files={"file": ("clip.mp4", clip.read_bytes(), "video/mp4")}).json()
        emulator.world.clock.advance(1)
        done = luma.bought({"file_id": made["id"]})
        film = httpx.get(done["output"][0]["url"], verify=trusting, trust_env=False)
        assert (film.url.scheme, film.content[4:8]) == ("https", b"ftyp")
        emulator.faults.set({"p_post_drop": 1})
        with pytest.raises(httpx.TransportError):
            luma.edit({"file_id": made["id"]})
        assert len(emulator.books.bill()) == 2
