"""One request and its whole answer, bounded in time and in decoded bytes."""

import asyncio
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from campaign.errors import CampaignError
from campaign.net.transport import FAILURES

_PLAIN = frozenset({"", "identity"})
_ZIPPED = {"gzip": 16 + zlib.MAX_WBITS, "x-gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the headers by lower-case name, the decoded body. `whole` is False when it broke off."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    whole: bool = True

    @property
    def accepted(self) -> bool:
        """Whether the status is one of success (200 to 299)."""
        return 200 <= self.status <= 299

    @property
    def text(self) -> str:
        """The body as text, whatever it is."""
        return self.body.decode("utf-8", "replace")


class Broken(CampaignError):
    """An exchange that came to no whole answer. `detail` says how; `answer` is what had arrived by then, if its head had."""

    def __init__(self, detail: str, answer: Answer | None = None) -> None:
        super().__init__(detail, answer)
        self.detail = detail
        self.answer = answer

    def __str__(self) -> str:
        return self.detail


async def exchange(client: httpx.AsyncClient, request: httpx.Request, *, deadline_s: float, most_bytes: int) -> Answer:
    """Send `request` once and read its answer. Raises Broken; Unreachable, where the address may not be reached.

    `deadline_s` bounds all of it, from the look-up of the name to the last byte; `most_bytes` the body, decoded.
    """
    received = _Received(most_bytes)
    try:
        async with asyncio.timeout(deadline_s):
            response = await client.send(request, stream=True)
            try:
                received.begin(response)
                async for chunk in response.aiter_raw():
                    received.take(chunk)
            finally:
                await response.aclose()
        return received.answer(whole=True)
    except TimeoutError:
        raise Broken(f"no whole answer within {deadline_s:g} s", received.partial()) from None
    except FAILURES as error:
        raise Broken(_named(error, request), received.partial()) from None
    except (_TooLarge, zlib.error) as error:
        raise Broken(f"the answer is unusable: {error}", received.partial()) from None


class _TooLarge(Exception):
    """More than was agreed to."""


class _Received:
    """The answer so far. A compressed one, which nobody asked for, is decoded within the bound."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._response: httpx.Response | None = None
        self._unzip: zlib._Decompress | None = None
        self._body = bytearray()

    def begin(self, response: httpx.Response) -> None:
        self._response = response
        encoding = response.headers.get("content-encoding", "").strip().lower()
        if encoding in _ZIPPED:
            self._unzip = zlib.decompressobj(_ZIPPED[encoding])
        elif encoding not in _PLAIN:
            raise _TooLarge(f"it is encoded as {encoding[:40]!r}, which was not asked for")

    def take(self, chunk: bytes) -> None:
        room = self._most - len(self._body) + 1
        self._body += chunk[:room] if self._unzip is None else self._unzip.decompress(chunk, room)
        if len(self._body) > self._most:
            raise _TooLarge(f"it is larger than {self._most:,} bytes")

    def answer(self, *, whole: bool) -> Answer:
        response = self._response
        assert response is not None
        if whole and self._unzip is not None and not self._unzip.eof:
            raise Broken("the compressed answer breaks off", self.answer(whole=False))
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, bytes(self._body[: self._most]), whole)

    def partial(self) -> Answer | None:
        return None if self._response is None else self.answer(whole=False)


def _named(error: Exception, request: httpx.Request) -> str:
    """What went wrong, in words. The library's own text is kept where it says more than its class."""
    host = request.url.netloc.decode("ascii")
    words: dict[type[Exception], str] = {
        httpx.ConnectTimeout: f"no connection in time to {host}",
        httpx.ConnectError: f"no connection to {host}",
        httpx.ReadTimeout: "no answer in time",
        httpx.ReadError: "the connection broke",
        httpx.WriteError: "the connection broke",
        httpx.WriteTimeout: "the connection took no more",
        httpx.RemoteProtocolError: "the answer breaks off or is no HTTP",
    }
    kind = words.get(type(error), type(error).__name__)
    text = str(error).strip()
    return f"{kind} ({text})" if text else kind
