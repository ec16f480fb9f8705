"""A provider's API on the wire. What costs nothing is repeated here; what costs money is sent once, and its outcome named."""

import asyncio
import hashlib
import random
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TypeVar

import httpx

from campaign.errors import (
    ProviderBarred,
    ProviderBusy,
    ProviderError,
    ProviderThrottled,
    SubmissionUnknown,
)
from campaign.net.addresses import Addresses, Unreachable
from campaign.net.exchange import Answer, Broken, exchange
from campaign.net.transport import open_client
from campaign.net.upload import upload
from campaign.providers.answers import kept, sentence
from campaign.providers.departure import Departure, SendBy
from campaign.providers.limits import USUAL, Limits
from campaign.providers.retry_after import retry_after_s
from campaign.providers.signing import KeyAuth, address_of
from campaign.secrets import Secret, redact

T = TypeVar("T")
Told = TypeVar("Told", bound=ProviderError)
Read = Callable[[Answer], T]
"""Makes sense of an answer, whatever its status. Raises Malformed for one that makes none, or any error of providers."""

_TOO_MANY = 429
_AGAIN = frozenset({408, 425, _TOO_MANY})
_SERVER = 500
_TRIES = 3
_SENSELESS = (ValueError, TypeError, LookupError, AttributeError, RecursionError)
"""What a reader raises at an answer that makes no sense: Malformed (a ValueError), or what it did not think of."""


class Wire:
    """One provider's API at the address `base`, signed with `Authorization: <scheme> <key>`.

    The key leaves it in that header only: not in errors, not in answers kept. `sleep` is a parameter so that no
    test waits. `account` is a fingerprint of address and key: what was uploaded with another key, or elsewhere (to an
    emulator, say), is not there. Raises SetupError for a `base` that is no address.
    """

    def __init__(
        self,
        provider: str,
        base: str,
        scheme: str,
        key: Secret,
        addresses: Addresses,
        *,
        limits: Limits = USUAL,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.provider = provider
        self.addresses = addresses
        self.account = hashlib.sha256(f"{provider} {base} {key.reveal()}".encode()).hexdigest()[:16]
        self._base = base.rstrip("/")
        self._auth = KeyAuth(scheme, key, address_of(provider, base))
        self._limits = limits
        self._sleep = sleep
        self._reads: httpx.AsyncClient | None = None

    async def ask(
        self,
        method: str,
        path: str,
        read: Read[T],
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        tries: int = _TRIES,
        barred: bool = False,
    ) -> T:
        """A request that costs nothing, repeated while that may help; `read` makes sense of the first answer that counts.

        `path` is below the base, or a whole address, which gets our key only on the base's own host. Server errors, 408, 425,
        429, broken answers and those that `read` calls Malformed are repeated; redirects are not followed, so `read` sees
        them. Raises ProviderBusy or ProviderThrottled when no try helped, and ProviderBarred instead where `barred` says that
        an unknown or forbidden address is a person's to mend.
        """
        trouble: ProviderBusy = ProviderBusy(self.provider, "not asked.")
        try:
            async with asyncio.timeout(self._limits.ask_s):
                for turn in range(tries):
                    try:
                        return read(self._counting(await self._try(method, path, body, headers)))
                    except _SENSELESS as odd:
                        trouble = self.busy(f"answered {method} {_shown(path)} with what makes no sense: {odd}")
                    except Broken as broken:
                        trouble = self.busy(f"{method} {_shown(path)}: {broken.detail}.")
                    except ProviderBusy as busy:
                        trouble = busy
                    pause = self._pause(turn, trouble.retry_after_s)
                    if pause is None or turn == tries - 1:
                        break
                    await self._sleep(pause)
        except TimeoutError:
            raise self.busy(f"{method} {_shown(path)}: no answer within {self._limits.ask_s:g} s.") from None
        except Unreachable as nowhere:
            raise self._nowhere(nowhere, barred) from None
        raise trouble

    async def send_once(
        self, path: str, body: bytes, send_by: SendBy, read: Read[T], *, headers: Mapping[str, str] | None = None
    ) -> T:
        """The request that may cost money: one connection of its own, one writing of the body, no repeat, no redirect.

        `read` judges any answer that is whole, errors included: it raises ProviderBusy, ProviderThrottled, ProviderRejected
        or ProviderBarred only where the vendor documents that nothing was accepted, and Malformed for all else.
        Before the first byte leaves, `send_by` is asked. Raises ProviderBusy when no byte left, ProviderBarred when the
        name has no address or may not be reached, SubmissionUnknown for everything after the first byte that `read`
        cannot settle. An answer that breaks off is shown to `read` too (`answer.whole` is False): what is in it may suffice.
        """
        departure, broke = Departure(self.provider, send_by), ""
        try:
            answer = await self._send(path, body, headers, departure)
        except Unreachable as nowhere:
            raise self._nowhere(nowhere, barred=True) from None
        except Broken as broken:
            if not departure.left:
                raise self.busy(f"not sent: {broken.detail}. Nothing was bought.") from None
            broke = f"the request left, and then: {broken.detail}."
            if broken.answer is None or not broken.answer.accepted:
                raise self.unknown(broke, broken.answer) from None
            answer = broken.answer
        try:
            return read(answer)
        except _SENSELESS as odd:
            settled = f"answered HTTP {answer.status}, which settles nothing: {odd}"
            raise self.unknown(broke or settled, answer) from None
        except ProviderError as error:
            if broke and not isinstance(error, SubmissionUnknown):
                raise self.unknown(broke, answer) from None
            raise self.told(error, answer) from None

    async def put(
        self, url: str, source: Path, *, method: str = "PUT", headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a file to storage that the vendor named, without our key. Not repeated: a broken upload begins with a new address.

        Raises ProviderBusy, for any answer but a success too.
        """
        try:
            answer = await upload(
                url, source, addresses=self.addresses, deadline_s=self._limits.upload_s, method=method, headers=headers
            )
        except Broken as broken:
            raise self.busy(f"the upload broke: {broken.detail}.") from None
        except Unreachable as nowhere:
            raise self._nowhere(nowhere, barred=True) from None
        if not answer.accepted:
            raise self.busy(f"storage refused the upload with HTTP {answer.status}: {sentence(answer.text)}")
        return answer

    async def close(self) -> None:
        """Let connections go."""
        if self._reads is not None:
            await self._reads.aclose()
            self._reads = None

    def busy(self, detail: str, retry_after_s: float | None = None) -> ProviderBusy:
        """A ProviderBusy of this provider, without secrets."""
        return ProviderBusy(self.provider, redact(detail), retry_after_s)

    def throttled(self, answer: Answer) -> ProviderThrottled:
        """What an HTTP 429 means, with how long they ask to wait."""
        said = f"asks to slow down (HTTP {answer.status}): {sentence(answer.text)}"
        return self.told(
            ProviderThrottled(self.provider, said, retry_after_s(answer.headers.get("retry-after"))), answer
        )

    def unknown(self, detail: str, answer: Answer | None = None) -> SubmissionUnknown:
        """A SubmissionUnknown that keeps what they said."""
        return self.told(SubmissionUnknown(self.provider, redact(detail)), answer)

    def told(self, error: Told, answer: Answer | None) -> Told:
        """The error, with their answer kept beside it for the ledger."""
        if answer is not None and not error.answer:
            error.answer = kept(answer)
        return error

    async def _try(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None) -> Answer:
        if self._reads is None:
            self._reads = self._client(self._limits.try_s)
        request = self._request(self._reads, method, path, body, headers)
        limits = self._limits
        return await exchange(self._reads, request, deadline_s=limits.try_s, most_bytes=limits.most_bytes)

    async def _send(self, path: str, body: bytes, headers: Mapping[str, str] | None, departure: Departure) -> Answer:
        limits = self._limits
        async with self._client(limits.answer_s) as client:
            request = self._request(client, "POST", path, body, headers)
            request.extensions["trace"] = departure.trace
            return await exchange(client, request, deadline_s=limits.send_s, most_bytes=limits.most_bytes)

    def _client(self, silence_s: float) -> httpx.AsyncClient:
        timeout = httpx.Timeout(silence_s, connect=self._limits.connect_s)
        return open_client(self.addresses, timeout=timeout, auth=self._auth)

    def _request(
        self, client: httpx.AsyncClient, method: str, path: str, body: bytes | None, headers: Mapping[str, str] | None
    ) -> httpx.Request:
        sent = {"Accept": "application/json"} | ({} if body is None else {"Content-Type": "application/json"})
        url = path if path.startswith(("https://", "http://")) else f"{self._base}{path}"
        return client.build_request(method, url, content=body, headers={**sent, **(headers or {})})

    def _counting(self, answer: Answer) -> Answer:
        """The answer, unless its status alone says to ask again."""
        if answer.status == _TOO_MANY:
            raise self.throttled(answer)
        if answer.status in _AGAIN or answer.status >= _SERVER:
            wait = retry_after_s(answer.headers.get("retry-after"))
            trouble = self.busy(f"is in trouble (HTTP {answer.status}): {sentence(answer.text)}", wait)
            raise self.told(trouble, answer)
        return answer

    def _pause(self, turn: int, asked_s: float | None) -> float | None:
        """Seconds until the next try; None when they ask for more patience than a request has."""
        if asked_s is not None:
            return asked_s if asked_s <= self._limits.patience_s else None
        return random.uniform(0.25, 0.5) * (1 << turn)  # noqa: S311  # spreads repeats, keeps no secret

    def _nowhere(self, nowhere: Unreachable, barred: bool) -> ProviderError:
        kind = ProviderBarred if barred else ProviderBusy
        return kind(self.provider, redact(f"not sent: {nowhere}"))


def _shown(path: str) -> str:
    return path.partition("?")[0]
