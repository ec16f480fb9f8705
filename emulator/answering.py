"""How an answer leaves: as it is, or as a fault makes it."""

import asyncio
import gzip
import http.client
import io
from collections.abc import Callable

from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from emulator import transport
from emulator.calls import PREFIXES, Answer, Call, Scope
from emulator.faults import Faults
from emulator.noting import Ear

PAGE = b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
WRONG_BODIES: dict[str, bytes] = {
    "broken": b'{"id": "0c9f',
    "empty": b"",
    "html": PAGE,
    "list": b'["ok"]',
    "null": b"null",
    "text": b"OK",
    "types": b'{"id": 17, "state": ["queued"], "output": "none", "status": 3, "data": {}, "errors": "no", "request_id": null}',
    "nan": b'{"id": NaN, "state": Infinity}',
    "deep": b"[" * 100_000,
    "latin1": '{"id": "caf\u00e9'.encode("latin-1") + b'"}',
}
ODD_HEADERS = {"x-odd": "a" * 4000, "set-cookie": "session=1; Path=/", "content-language": "x-klingon", "age": "-1"}
HINTS = b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n"
Strikes = Callable[[str], bool]
"""Whether a fault strikes, by the part of its name behind the scope."""


async def deliver(
    scope: AsgiScope, send: Send, status: int, headers: dict[str, str], media_type: str, content: bytes
) -> None:
    """Send a whole answer."""
    told = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    if content or status not in (204, 304):
        told += [(b"content-type", media_type.encode()), (b"content-length", str(len(content)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": told})
    await send({"type": "http.response.body", "body": content})


async def spoil(
    faults: Faults, call: Call, answer: Answer, headers: dict[str, str], receive: Receive, ear: Ear
) -> None:
    """Send the answer unless a fault strikes."""
    prefix, scope, send = PREFIXES.get(call.scope), call.request.scope, ear.send
    if prefix is None or not faults.any_set():
        await deliver(scope, send, answer.status, headers, answer.media_type, answer.content)
        return

    def strikes(name: str) -> bool:
        return faults.strikes(prefix + name, call.vendor, call.about)

    await _late(faults, call, strikes)
    if await _cut_off(call, answer, headers, receive, ear, strikes):
        return
    content, media_type = _content(faults, call, answer, strikes)
    if strikes("headers"):
        headers |= ODD_HEADERS
    if strikes("hints"):
        scope["state"][transport.KEY].write(HINTS)
    if strikes("bomb"):
        content = _bomb(int(faults.number("bomb_mb", call.vendor)))
        headers |= {"content-encoding": "gzip"}
    if strikes("drip") or (call.scope is Scope.POLL and faults.number("drip", call.vendor) > 0):
        length = {"content-length": str(len(content))}
        await begin(send, answer.status, headers | length, media_type)
        await transport.drip(send, content, faults.number("drip_bps", call.vendor))
    elif strikes("chunked"):
        await begin(send, answer.status, headers, media_type)
        middle = len(content) // 2
        await send({"type": "http.response.body", "body": content[:middle], "more_body": True})
        await send({"type": "http.response.body", "body": content[middle:]})
    else:
        await deliver(scope, send, answer.status, headers, media_type, content)
    if strikes("end"):
        scope["state"][transport.KEY].close()


async def _late(faults: Faults, call: Call, strikes: Strikes) -> None:
    wait = faults.number("lag_s", call.vendor)
    wait += faults.number("stall_s", call.vendor) if strikes("stall") else 0
    wait += faults.number("slow_s", call.vendor) if strikes("slow") else 0
    if wait:
        await asyncio.sleep(wait)


async def _cut_off(
    call: Call, answer: Answer, headers: dict[str, str], receive: Receive, ear: Ear, strikes: Strikes
) -> bool:
    """Whether the connection ends instead of the answer, or within it."""
    scope = call.request.scope
    fault = next((fault for fault in ("post_drop", "close", "half") if strikes(fault)), None)
    if fault is None:
        return False
    ear.tell(0)
    if fault == "post_drop":
        await transport.reset(scope, receive)
    elif fault == "close":
        await transport.hang_up(scope, receive)
    else:
        await transport.half_answer(scope, receive, _head(answer, headers), answer.content)
    return True


def _content(faults: Faults, call: Call, answer: Answer, strikes: Strikes) -> tuple[bytes, str]:
    """The body and its type, right or wrong."""
    if strikes("badjson"):
        word = faults.word("badjson", call.vendor)
        word = faults.choose("badjson", call.about, tuple(WRONG_BODIES)) if word == "mixed" else word
        return WRONG_BODIES[word], "text/html" if word == "html" else answer.media_type
    return answer.content, "text/plain; charset=utf-8" if strikes("wrong_type") else answer.media_type


async def begin(send: Send, status: int, headers: dict[str, str], media_type: str) -> None:
    """Send the head of an answer; its body is up to the caller."""
    told = [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send(
        {"type": "http.response.start", "status": status, "headers": [*told, (b"content-type", media_type.encode())]}
    )


def _head(answer: Answer, headers: dict[str, str]) -> bytes:
    """The head of an answer as bytes, for those that are written past the server."""
    lines = [f"HTTP/1.1 {answer.status} {http.client.responses.get(answer.status, '')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"content-type: {answer.media_type}", f"content-length: {len(answer.content)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


def storage_error(code: str, text: str) -> bytes:
    """The page with which storage refuses: XML."""
    page = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{text}</Message></Error>'
    return page.encode()


def _bomb(megabytes: int) -> bytes:
    """Zeros that pack a thousandfold."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9, mtime=0) as file:
        for _ in range(megabytes):
            file.write(bytes(2**20))
    return packed.getvalue()
