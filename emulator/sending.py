"""Sends the bytes of a blob as storage does: whole, in a range, cut short, or without an end."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType

from starlette.requests import Request
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from emulator import transport
from emulator.answering import begin, deliver, storage_error
from emulator.works import Blob

FILM_TYPE = "video/mp4"
TYPES = {
    "mp4": FILM_TYPE,
    "mov": "video/quicktime",
    "webm": "video/webm",
    "png": "image/png",
    "jpg": "image/jpeg",
    "zip": "application/zip",
    "exr": "image/x-exr",
}
CUTS = ("lying", "honest", "chunked")
_STEP = 256 * 1024
_RANGE = re.compile(r"^bytes=(\d+)-(\d*)$")


async def send_blob(
    request: Request,
    send: Send,
    name: str,
    blob: Blob,
    *,
    chunked: bool = False,
    media_type: str | None = None,
    extra: Mapping[str, str] = MappingProxyType({}),
) -> int:
    """Send what is asked for: all, or one range; a HEAD gets headers only. Returns the status."""
    first, last, status = 0, blob.size - 1, 200
    headers = {"accept-ranges": "bytes", "etag": f'"{blob.sha256[:32]}"', **extra}
    asked = _RANGE.match(request.headers.get("range", ""))
    if asked and not chunked:
        first, last, status = int(asked[1]), min(int(asked[2] or last), last), 206
        if first > last:
            await deliver(request.scope, send, 416, {"content-range": f"bytes */{blob.size}"}, "text/plain", b"")
            return 416
        headers["content-range"] = f"bytes {first}-{last}/{blob.size}"
    if not chunked:
        headers["content-length"] = str(last - first + 1)
    ending = name.rpartition(".")[2]
    await begin(send, status, headers, media_type or TYPES.get(ending, "application/octet-stream"))
    if request.method != "HEAD":
        async for piece in _pieces(blob, first, last):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    return status


async def send_cut(scope: AsgiScope, receive: Receive, send: Send, blob: Blob, how: str) -> None:
    """Send half of it: with the length of the whole and a good or bad (`reset`) end, with its own length, or in chunks."""
    half = blob.read()[: blob.size // 2]
    if how == "honest":
        await deliver(scope, send, 200, {}, FILM_TYPE, half)
        return
    await begin(send, 200, {} if how == "chunked" else {"content-length": str(blob.size)}, FILM_TYPE)
    await send({"type": "http.response.body", "body": half, "more_body": True})
    if how == "lying":
        await transport.hang_up(scope, receive)
    else:
        await asyncio.sleep(0.05)
        await transport.reset(scope, receive)


async def send_endless(send: Send, blob: Blob) -> None:
    """Send it again and again, a hundred times a second, until the other side has had enough."""
    await begin(send, 200, {}, FILM_TYPE)
    content = blob.read()
    for _ in range(100_000):
        await send({"type": "http.response.body", "body": content, "more_body": True})
        await asyncio.sleep(0.01)


async def refuse(
    scope: AsgiScope, send: Send, status: int, code: str, text: str, headers: dict[str, str] | None = None
) -> int:
    """Refuse as storage does, in XML. Returns the status."""
    await deliver(scope, send, status, headers or {}, "application/xml", storage_error(code, text))
    return status


async def _pieces(blob: Blob, first: int, last: int) -> AsyncIterator[bytes]:
    """The bytes from `first` to `last`, both included."""
    on_disk = blob.size - len(blob.tail)
    if blob.size <= _STEP:
        yield blob.read()[first : last + 1]
        return
    with blob.path.open("rb") as file:
        file.seek(min(first, on_disk))
        left = min(last + 1, on_disk) - first
        while left > 0:
            piece = file.read(min(_STEP, left))
            left -= len(piece)
            yield piece
    if last >= on_disk:
        yield blob.tail[max(0, first - on_disk) : last + 1 - on_disk]
