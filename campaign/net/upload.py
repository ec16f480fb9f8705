"""Uploads to storage: a file sent whole to an address that a vendor named, without our key."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx

from campaign.net.addresses import Addresses
from campaign.net.exchange import Answer, exchange
from campaign.net.transport import open_client

_CHUNK = 1 << 18
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_MOST_ANSWER = 1 << 20


async def upload(
    url: str,
    source: Path,
    *,
    addresses: Addresses,
    deadline_s: float,
    method: str = "PUT",
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Send the bytes of `source` once, with their length, under `headers` alone: our key is not among them.

    Redirects are not followed. Raises Unreachable, Broken.
    """
    size = (await asyncio.to_thread(source.stat)).st_size
    async with open_client(addresses, timeout=_TIMEOUT) as client:
        sent = {**(headers or {}), "Content-Length": str(size)}
        request = client.build_request(method, url, headers=sent, content=_chunks(source))
        request.headers.pop("Transfer-Encoding", None)  # storage wants the length, and a request has one or the other
        return await exchange(client, request, deadline_s=deadline_s, most_bytes=_MOST_ANSWER)


async def _chunks(source: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(source.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
