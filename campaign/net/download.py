"""Downloads: the one way in for bytes from an address that somebody else named."""

import asyncio
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import httpx

from campaign.errors import CampaignError, StoreError
from campaign.net.addresses import Addresses
from campaign.net.transport import FAILURES, open_client

MOST_REDIRECTS = 3
_BUFFER = 1 << 20
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)
_DEAD = frozenset({401, 403, 404, 410})


class DownloadFailed(CampaignError):
    """Nothing usable arrived. `status` is what the server answered, None when it was no answer that failed."""

    def __init__(self, detail: str, status: int | None = None) -> None:
        super().__init__(detail, status)
        self.detail = detail
        self.status = status

    def __str__(self) -> str:
        return self.detail

    @property
    def dead(self) -> bool:
        """Whether the address itself has died (expired, deleted): a fresh one may work."""
        return self.status in _DEAD


async def download(
    url: str,
    into: Path,
    *,
    addresses: Addresses,
    most_bytes: int,
    deadline_s: float,
) -> None:
    """Write what lies at `url` over the file `into`: all of it, or nothing that counts.

    Follows up to three redirects, each checked anew, and sends no credentials. Bounded by
    `most_bytes` and, from the first look-up to the last byte, by `deadline_s`. What is announced must arrive to the byte;
    compressed answers are refused. Raises Unreachable, DownloadFailed; StoreError when the file cannot be written.
    """
    try:
        async with asyncio.timeout(deadline_s), open_client(addresses, timeout=_TIMEOUT) as client:
            await _follow(client, url, into, most_bytes)
    except TimeoutError:
        raise DownloadFailed(f"not finished within {deadline_s:g} s") from None
    except FAILURES as error:
        raise DownloadFailed(f"the transfer broke ({type(error).__name__}: {error})") from None


async def _follow(client: httpx.AsyncClient, url: str, into: Path, most_bytes: int) -> None:
    request = client.build_request("GET", url)
    for _ in range(MOST_REDIRECTS + 1):
        response = await client.send(request, stream=True)
        try:
            if not response.has_redirect_location:
                _require_usable(response, most_bytes)
                await _write(response, into, most_bytes)
                return
            request = client.build_request("GET", request.url.join(response.headers["location"]))
        finally:
            await response.aclose()
    raise DownloadFailed(f"redirected more than {MOST_REDIRECTS} times")


def _require_usable(response: httpx.Response, most_bytes: int) -> None:
    if response.status_code != httpx.codes.OK:
        raise DownloadFailed(f"answered with HTTP {response.status_code}", response.status_code)
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise DownloadFailed(f"sent the file compressed ({encoding[:40]!r}), which was not asked for")
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most_bytes:
        raise DownloadFailed(f"{int(announced):,} bytes are more than the {most_bytes:,} that are taken")


async def _write(response: httpx.Response, into: Path, most_bytes: int) -> None:
    arrived, buffer = 0, bytearray()
    with _written(into):
        file = await asyncio.to_thread(into.open, "wb")
    with file:
        async for chunk in response.aiter_raw():
            arrived += len(chunk)
            if arrived > most_bytes:
                raise DownloadFailed(f"more than {most_bytes:,} bytes came")
            buffer += chunk
            if len(buffer) >= _BUFFER:
                await _flush(file, buffer, into)
                buffer = bytearray()
        await _flush(file, buffer, into)
    announced = response.headers.get("content-length", "")
    if announced.isdigit() and arrived != int(announced):
        raise DownloadFailed(f"{arrived:,} bytes came, {int(announced):,} were announced")
    if not arrived:
        raise DownloadFailed("sent an empty file")


async def _flush(file: BinaryIO, buffer: bytearray, into: Path) -> None:
    def write() -> None:
        file.write(buffer)
        file.flush()  # a full disk is met here, not when the file is closed

    with _written(into):
        await asyncio.to_thread(write)


@contextmanager
def _written(into: Path) -> Iterator[None]:
    """Name what keeps us from writing: it is no fault of the transfer's."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        why = "the disk is full [disk.full]" if full else error.strerror or str(error)
        cure = "Free some space (or move FANOUT_HOME), then run again: nothing is lost."
        raise StoreError(f"{into.parent}: {why}. {cure}") from error
