"""The wire under faults of the network, over real sockets: what may be sent again is, what may be paid is not."""

import asyncio
import gzip
import json
import logging
import os
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trustme
from fakes.listener import Heard, Listener, Reply, drips, listening, reset, says, slams, waits, writes
from waiting import until

from campaign.errors import ProviderBarred, ProviderBusy, ProviderThrottled, SetupError, SubmissionUnknown
from campaign.net.addresses import Addresses
from campaign.net.exchange import Answer
from campaign.net.transport import trusted
from campaign.providers.answers import Malformed, Members, members, members_so_far
from campaign.providers.departure import SendBy
from campaign.providers.limits import Limits
from campaign.providers.wire import Wire
from campaign.secrets import Secret

KEY = "luma-api-CANARY-7f3e1b"
QUICK = Limits(connect_s=0.5, try_s=0.5, ask_s=5.0, answer_s=0.5, send_s=1.0, upload_s=1.0, patience_s=0.2)
TAKEN = says(201, '{"id": "gen-1", "state": "queued"}')
POST = "POST /v1/generations"


def a_wire(url: str, *allow: str, limits: Limits = QUICK) -> Wire:
    async def at_once(_: float) -> None:
        await asyncio.sleep(0)

    return Wire("luma", f"{url}/v1", "Bearer", Secret(KEY), Addresses(allow), limits=limits, sleep=at_once)


def bought(answer: Answer) -> Members:
    """A reader that knows two refusals: 400 and 429."""
    if answer.status == 429:
        raise ProviderThrottled("luma", "slow down")
    if answer.status == 400:
        raise ProviderBusy("luma", "refused")
    if not answer.accepted:
        raise Malformed(f"HTTP {answer.status}")
    return members(answer) if answer.whole else members_so_far(answer)


def whole(answer: Answer) -> Members:
    """A reader of free requests."""
    if not answer.accepted:
        raise Malformed(f"HTTP {answer.status}")
    return members(answer)


def send(wire: Wire, send_by: SendBy | None = None) -> Members:
    async def go() -> Members:
        try:
            return await wire.send_once("/generations", b'{"prompt": "snow"}', send_by or SendBy(30), bought)
        finally:
            await wire.close()

    return asyncio.run(go())


def ask(wire: Wire, path: str = "/generations/gen-1", **options: Any) -> Members:
    async def go() -> Members:
        try:
            return await wire.ask("GET", path, whole, **options)
        finally:
            await wire.close()

    return asyncio.run(go())


def at(listener: Listener, limits: Limits = QUICK) -> Wire:
    return a_wire(listener.url, listener.host, limits=limits)


def a_dead_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def test_a_paid_request_goes_out_once_signed_and_whole() -> None:
    with listening(TAKEN) as vendor:
        assert send(at(vendor))["id"] == "gen-1"
    (heard,) = vendor.heard
    assert (heard.method, heard.path) == ("POST", "/v1/generations")
    assert heard.headers["authorization"] == f"Bearer {KEY}"
    assert heard.headers["content-type"] == "application/json"
    assert json.loads(heard.body) == {"prompt": "snow"}


def test_every_paid_request_has_a_connection_of_its_own() -> None:
    async def two(wire: Wire) -> None:
        for _ in range(2):
            await wire.send_once("/generations", b"{}", SendBy(30), bought)
        for _ in range(2):
            await wire.ask("GET", "/generations/gen-1", members)
        await wire.close()

    with listening(TAKEN) as vendor:
        asyncio.run(two(at(vendor)))
    # An old connection may be dead without our knowing: reads may meet that, a purchase may not.
    assert vendor.connections == 3


def test_a_request_past_its_last_moment_is_not_written() -> None:
    with listening(TAKEN) as vendor:
        with pytest.raises(ProviderBusy, match="held up"):
            send(at(vendor), SendBy(-1))
        until(lambda: vendor.connections == 1)  # it was asked at the last moment, with the connection open
    assert vendor.heard == []


def test_a_refused_connection_proves_that_nothing_was_bought() -> None:
    host = a_dead_port()
    with pytest.raises(ProviderBusy, match=r"not sent.*Nothing was bought"):
        send(a_wire(f"http://{host}", host))


def test_a_connection_that_never_opens_proves_that_nothing_was_bought() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        host = f"127.0.0.1:{full.getsockname()[1]}"
        fillers = [socket.create_connection(full.getsockname()) for _ in range(1)]
        late = socket.socket()
        late.setblocking(False)
        late.connect_ex(full.getsockname())
        try:
            with pytest.raises(ProviderBusy, match="not sent: no connection in time"):
                send(a_wire(f"http://{host}", host))
        finally:
            for each in (*fillers, late):
                each.close()


@pytest.mark.parametrize(
    "base", ["", "agents.lumalabs.ai", "http://[::1", "https://", "ftp://x.example", "https://\x00"]
)
def test_a_base_that_is_no_address_is_a_matter_of_setting_up(base: str) -> None:
    with pytest.raises(SetupError, match="https://"):
        a_wire(base)


def test_a_name_without_an_address_bars_the_provider_and_a_poll_only_waits() -> None:
    wire = a_wire("http://nx.invalid", "nx.invalid:80")
    with pytest.raises(ProviderBarred, match=r"nx\.invalid has no address.*\[net\.dns\]"):
        send(wire)
    with pytest.raises(ProviderBusy, match=r"\[net\.dns\]"):
        ask(wire)
    with pytest.raises(ProviderBarred, match=r"\[net\.dns\]"):
        ask(wire, barred=True)


def test_an_address_that_may_not_be_reached_is_not() -> None:
    with listening(TAKEN) as vendor, pytest.raises(ProviderBarred, match="FANOUT_ALLOW_HOSTS"):
        send(a_wire(vendor.url))
    assert vendor.connections == 0


def certified(name: str) -> tuple[trustme.CA, ssl.SSLContext]:
    """An authority that nobody knows yet, and a server's end of TLS that it vouches for under `name`."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return authority, context


@contextmanager
def trusting(authority: trustme.CA) -> Iterator[None]:
    """As on a machine whose SSL_CERT_FILE names this authority."""
    with pytest.MonkeyPatch.context() as patched, authority.cert_pem.tempfile() as file:
        patched.setenv("SSL_CERT_FILE", file)
        trusted.cache_clear()
        try:
            yield
        finally:
            trusted.cache_clear()


def test_a_certificate_that_nobody_vouches_for_proves_that_nothing_was_bought() -> None:
    with listening(TAKEN, tls=certified("localhost")[1]) as vendor:
        host = f"localhost:{vendor.port}"
        with pytest.raises(ProviderBusy, match="not sent: no connection"):
            send(a_wire(f"https://{host}", host))
    assert vendor.heard == []


def test_the_name_counts_in_tls_although_the_connection_goes_to_a_checked_number() -> None:
    authority, context = certified("localhost")
    with trusting(authority), listening(TAKEN, tls=context) as vendor:
        host = f"localhost:{vendor.port}"
        assert send(a_wire(f"https://{host}", host))["id"] == "gen-1"
        with pytest.raises(ProviderBusy, match="not sent: no connection"):
            send(a_wire(f"https://{vendor.host}", vendor.host))


def test_tls_that_turns_to_rubbish_is_unknown() -> None:
    authority, context = certified("localhost")

    def rubbish(connection: socket.socket, _: Heard) -> bool:
        connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 40\r\n\r\n")
        os.write(connection.fileno(), b"\x17\x03\x03\x00\x20" + bytes(32))  # a record that nobody sealed
        time.sleep(0.1)
        return False

    with trusting(authority), listening(rubbish, tls=context) as vendor:
        host = f"localhost:{vendor.port}"
        with pytest.raises(SubmissionUnknown, match="the request left"):
            send(a_wire(f"https://{host}", host))


LOST: dict[str, Reply] = {
    "reset after the request": slams(),
    "closed without a word": writes(b""),
    "half a head": writes(b"HTTP/1.1 201 Cre", slam=True),
    "half a body without an id": writes(b'HTTP/1.1 201 Created\r\nContent-Length: 40\r\n\r\n{"state": "que', slam=True),
    "half a body within the id": writes(b'HTTP/1.1 201 Created\r\nContent-Length: 40\r\n\r\n{"id": "gen-', slam=True),
    "silence": waits(1.2, TAKEN),
    "drip": drips(b"HTTP/1.1 201 Created\r\nContent-Length: 40\r\n\r\n" + b" " * 40, 0.1),
    "broken JSON": says(201, '{"id": "gen-1", '),
    "no JSON": says(201, "<html>It works!</html>", content_type="text/html"),
    "empty": says(201),
    "a list": says(201, "[]"),
    "no HTTP": writes(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "unknown coding": says(201, b"?", content_encoding="br"),
    "bad gateway": says(502, "upstream"),
    "internal error": says(500, '{"detail": "oops"}'),
    "gateway timeout": says(504),
    "odd status": says(299, "[]"),
    "timeout": says(408),
    "conflict": says(409),
    "too early": says(425),
    "moved": says(301, location="/v1/elsewhere"),
    "see other": says(303, location="/v1/elsewhere"),
    "temporary": says(307, location="/v1/elsewhere"),
    "permanent": says(308, location="/v1/elsewhere"),
    "a refusal that broke off": writes(b"HTTP/1.1 429 Slow\r\nContent-Length: 40\r\n\r\n{", slam=True),
    "a header without end": writes(b"HTTP/1.1 201 Created\r\nX-Long: " + b"x" * 200_000),
}


@pytest.mark.parametrize("reply", LOST.values(), ids=LOST.keys())
def test_an_answer_that_settles_nothing_is_unknown_and_nothing_is_sent_again(reply: Reply) -> None:
    began = time.monotonic()
    with listening(reply) as vendor, pytest.raises(SubmissionUnknown):
        send(at(vendor))
    assert [f"{heard.method} {heard.path}" for heard in vendor.heard] == [POST]
    assert time.monotonic() - began < 3


def test_a_reset_before_the_request_is_read_is_unknown() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        host = f"127.0.0.1:{server.getsockname()[1]}"

        async def go() -> None:
            loop = asyncio.get_running_loop()
            wire = a_wire(f"http://{host}", host)
            sending = asyncio.create_task(wire.send_once("/generations", b"{}", SendBy(30), bought))
            connection, _ = await loop.run_in_executor(None, server.accept)
            reset(connection)
            await sending

        with pytest.raises((SubmissionUnknown, ProviderBusy)) as caught:
            asyncio.run(go())
    if isinstance(caught.value, ProviderBusy):  # the reset overtook the first byte: then it is proved, and said
        assert "not sent" in caught.value.detail


def test_an_id_that_had_arrived_before_the_answer_broke_off_is_not_lost() -> None:
    half = b'HTTP/1.1 201 Created\r\nContent-Length: 90\r\n\r\n{"id": "gen-1", "state": "queu'
    with listening(writes(half, slam=True)) as vendor:
        assert dict(send(at(vendor))) == {"id": "gen-1"}


def test_a_documented_refusal_is_not_unknown() -> None:
    with listening(says(429, '{"detail": "Rate limit exceeded"}')) as vendor, pytest.raises(ProviderThrottled):
        send(at(vendor))
    with listening(says(400, '{"detail": "no"}')) as vendor, pytest.raises(ProviderBusy, match="refused"):
        send(at(vendor))


def test_what_was_said_is_kept_with_the_doubt_and_without_secrets() -> None:
    echo = {
        "detail": f"sent Bearer {KEY} to https://x.example/a?X-Amz-Signature=abc",
        "headers": {"Authorization": f"Bearer {KEY}"},
    }
    with listening(says(500, json.dumps(echo))) as vendor, pytest.raises(SubmissionUnknown) as caught:
        send(at(vendor))
    told = f"{caught.value} {caught.value.answer}"
    assert json.loads(caught.value.answer)["status"] == 500
    assert KEY not in told
    assert "X-Amz-Signature" not in told
    assert "https://x.example/a" in told


def test_a_redirect_is_followed_by_nobody_and_the_key_reaches_no_other_host() -> None:
    with listening(TAKEN) as other, listening(says(307, location=f"{other.url}/v1/generations")) as vendor:
        wire = a_wire(vendor.url, vendor.host, other.host)
        with pytest.raises(SubmissionUnknown):
            send(wire)
        with pytest.raises(ProviderBusy):
            ask(wire)
    assert other.connections == 0


def test_a_whole_address_on_another_host_gets_no_key() -> None:
    with listening(says(200, "{}")) as other, listening(says(200, "{}")) as vendor:
        wire = a_wire(vendor.url, vendor.host, other.host)
        ask(wire, f"{other.url}/v1/requests/1")
        ask(wire, f"{vendor.url}/v1/requests/1")
    assert "authorization" not in other.heard[0].headers
    assert vendor.heard[0].headers["authorization"] == f"Bearer {KEY}"


def test_a_free_request_is_repeated_until_it_is_answered() -> None:
    replies = (slams(), says(502, "upstream"), says(200, '{"state": "completed"}'))
    with listening(*replies) as vendor:
        assert ask(at(vendor))["state"] == "completed"
    assert len(vendor.heard) == 3


@pytest.mark.parametrize(
    "reply",
    [LOST[name] for name in ("reset after the request", "broken JSON", "no JSON", "empty", "silence", "bad gateway")],
)
def test_a_free_request_that_nobody_answers_ends_busy_after_three_tries(reply: Reply) -> None:
    with listening(reply) as vendor, pytest.raises(ProviderBusy):
        ask(at(vendor))
    assert len(vendor.heard) == 3


def test_a_slow_drip_ends_at_the_deadline_not_at_the_last_byte() -> None:
    slow = drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b" " * 1000, 0.1)
    began = time.monotonic()
    with listening(slow) as vendor, pytest.raises(ProviderBusy, match="within"):
        ask(at(vendor, replace(QUICK, try_s=5.0, ask_s=1.0)))
    assert time.monotonic() - began < 3


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    with (
        listening(says(200, bomb, content_encoding="gzip")) as vendor,
        pytest.raises(ProviderBusy, match="larger than"),
    ):
        ask(at(vendor, replace(QUICK, most_bytes=1 << 20)), tries=1)
    with (
        listening(says(201, bomb, content_encoding="gzip")) as vendor,
        pytest.raises(SubmissionUnknown, match="larger than"),
    ):
        send(at(vendor, replace(QUICK, most_bytes=1 << 20)))


def test_a_compressed_answer_that_nobody_asked_for_is_read_all_the_same() -> None:
    packed = gzip.compress(b'{"id": "gen-1"}')
    with listening(says(201, packed, content_encoding="gzip")) as vendor:
        assert send(at(vendor))["id"] == "gen-1"
    assert vendor.heard[0].headers["accept-encoding"] == "identity"


def test_an_endless_answer_is_cut() -> None:
    endless = writes(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (2 << 20))
    with listening(endless) as vendor, pytest.raises(ProviderBusy, match="larger than"):
        ask(at(vendor, replace(QUICK, most_bytes=1 << 20)), tries=1)


def test_a_short_wait_is_waited_and_a_long_one_is_told() -> None:
    slept: list[float] = []

    async def note(seconds: float) -> None:
        slept.append(seconds)

    def wire_at(vendor: Listener) -> Wire:
        return Wire("luma", f"{vendor.url}/v1", "Bearer", Secret(KEY), Addresses((vendor.host,)), sleep=note)

    with listening(says(429, "{}", retry_after="2"), says(200, "{}")) as vendor:
        ask(wire_at(vendor))
    assert slept == [2.0]
    throttled = says(429, '{"detail": "Too many"}', retry_after="60")
    with listening(throttled) as vendor, pytest.raises(ProviderThrottled, match="Too many") as caught:
        ask(wire_at(vendor))
    assert caught.value.retry_after_s == 60
    assert len(vendor.heard) == 1


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening(says(502)) as proxy, listening(TAKEN) as vendor:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("NO_PROXY", "")
        assert send(at(vendor))["id"] == "gen-1"
        assert ask(at(vendor))["id"] == "gen-1"
    assert proxy.connections == 0


def test_nothing_signed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with listening(says(200, "{}")) as vendor:
        ask(at(vendor), "/files?limit=1&X-Amz-Signature=abc")
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]
    assert "X-Amz-Signature" not in caplog.text


def test_an_upload_is_whole_measured_and_without_our_key(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(bytes(range(256)) * 4000)

    async def go(wire: Wire, url: str) -> None:
        await wire.put(url, clip, headers={"Content-Type": "video/mp4", "x-amz-acl": "private"})

    with listening(says(200)) as storage, listening(TAKEN) as vendor:
        asyncio.run(go(a_wire(vendor.url, vendor.host, storage.host), f"{storage.url}/bucket/a?X-Amz-Signature=abc"))
    (heard,) = storage.heard
    assert heard.body == clip.read_bytes()
    assert heard.headers["content-length"] == str(clip.stat().st_size)
    assert heard.headers["x-amz-acl"] == "private"
    assert not {"authorization", "transfer-encoding", "cookie"} & heard.headers.keys()


@pytest.mark.parametrize(
    "reply", [says(403, "<Error>expired</Error>"), slams(), says(307, location="http://127.0.0.1:1/x")]
)
def test_an_upload_that_fails_is_busy(reply: Reply, tmp_path: Path) -> None:
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(bytes(1000))
    with listening(reply) as storage, pytest.raises(ProviderBusy):
        asyncio.run(a_wire(storage.url, storage.host).put(f"{storage.url}/a?X-Amz-Signature=abc", clip))
    assert len(storage.heard) == 1
