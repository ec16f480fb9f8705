"""fal's storage: bytes go in with a token of its own and lie at a public address.

Source: fal-client 1.0.3 (repository fal_v3) and fal.ai/docs data retention, read 2026-11-20.
"""

import asyncio
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from campaign.errors import ProviderBusy, ProviderRejected
from campaign.net.addresses import Unreachable
from campaign.net.exchange import Answer, Broken, exchange
from campaign.net.transport import open_client
from campaign.providers.answers import Malformed, members, sentence, text_of
from campaign.providers.contents import media_type
from campaign.providers.fal_answers import NAME, success
from campaign.providers.uploads import Uploaded
from campaign.providers.wire import Wire
from campaign.secrets import Secret

LIFE = timedelta(days=7)
"""How long files of ours, and results, are to lie at fal: what waits in its queue must find its source."""

COUNTED_ON = LIFE - timedelta(days=1)
LIFECYCLE = json.dumps({"expiration_duration_seconds": int(LIFE.total_seconds())})

IN_PARTS_ABOVE = 100 << 20
PART = 10 << 20

_TOKEN = "/storage/auth/token?storage_type=fal-cdn-v3"  # noqa: S105  # a path, no token
_EARLY = timedelta(minutes=2)
_TRIES = 3
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_PART_S = 300.0
_MOST_ANSWER = 1 << 20


@dataclass(frozen=True, slots=True)
class Token:
    """Leave to upload to `base` until `until`."""

    scheme: str
    secret: Secret
    base: str
    until: datetime

    @property
    def header(self) -> dict[str, str]:
        """For storage alone."""
        return {"Authorization": f"{self.scheme} {self.secret.reveal()}"}


class FalStorage:
    """Uploads to fal. `in_parts_above` and `part` are bytes."""

    def __init__(self, wire: Wire, *, in_parts_above: int = IN_PARTS_ABOVE, part: int = PART) -> None:
        self._wire = wire
        self._in_parts_above = in_parts_above
        self._part = part
        self._token: Token | None = None
        self._one = asyncio.Lock()

    async def token(self, *, fresh: bool = False) -> Token:
        """Leave to upload: the one at hand, or a new one. Raises ProviderBusy, ProviderBarred (the key is refused)."""
        async with self._one:
            if fresh or self._token is None or self._token.until - _EARLY < datetime.now(UTC):
                try:
                    self._token = await self._wire.ask("POST", _TOKEN, _token, body=b"{}", barred=True)
                except ProviderRejected as refused:  # there is nothing of a job's in it
                    raise self._wire.busy(f"gives no leave to upload: {refused.detail}") from None
            return self._token

    async def send(self, path: Path, name: str) -> Uploaded:
        """Upload a clip or a still as `name`, without its suffix. Raises ProviderBusy, ProviderBarred, ProviderRejected."""
        try:
            kind, suffix = await asyncio.to_thread(media_type, path)
        except ValueError as error:
            raise ProviderRejected(NAME, f"not asked: {error}") from None
        headers = {
            "Content-Type": kind,
            "X-Fal-File-Name": f"{name}{suffix}",
            "X-Fal-Object-Lifecycle": LIFECYCLE,
            "X-Fal-Object-Lifecycle-Preference": LIFECYCLE,
        }
        large = (await asyncio.to_thread(path.stat)).st_size > self._in_parts_above
        for turn in range(_TRIES):
            try:
                url = await (self._parted(path, headers) if large else self._whole(path, headers))
                return Uploaded(url, datetime.now(UTC) + COUNTED_ON)
            except ProviderBusy:
                self._token = None  # it may be what is refused
                if turn == _TRIES - 1:
                    raise
        raise AssertionError("the last try returns or raises")

    async def close(self) -> None:
        """Let connections go."""
        await self._wire.close()

    async def _whole(self, path: Path, headers: Mapping[str, str]) -> str:
        token = await self.token()
        sent = {**headers, **token.header}
        return self._address(await self._wire.put(f"{token.base}/files/upload", path, method="POST", headers=sent))

    async def _parted(self, path: Path, headers: Mapping[str, str]) -> str:
        token = await self.token()
        begun = await self._call("POST", f"{token.base}/files/upload/multipart", {**headers, **token.header})
        url, size = self._address(begun), (await asyncio.to_thread(path.stat)).st_size
        at = f"{url}/multipart/{self._read(begun, 'uploadId')}"
        parts = []
        for number in range(1, math.ceil(size / self._part) + 1):
            chunk = await asyncio.to_thread(_slice, path, (number - 1) * self._part, self._part)
            sent = {"Content-Type": headers["Content-Type"], **token.header}
            answer = await self._call("PUT", f"{at}/{number}", sent, chunk)
            parts.append({"partNumber": number, "etag": answer.headers.get("etag", "")})
        body = json.dumps({"parts": parts}).encode("ascii")
        await self._call("POST", f"{at}/complete", {"Content-Type": "application/json", **token.header}, body)
        return url

    async def _call(self, method: str, url: str, headers: Mapping[str, str], content: bytes = b"") -> Answer:
        """One request to storage, which gets the token and never the key."""
        try:
            async with open_client(self._wire.addresses, timeout=_TIMEOUT) as client:
                request = client.build_request(method, url, headers=headers, content=content)
                answer = await exchange(client, request, deadline_s=_PART_S, most_bytes=_MOST_ANSWER)
        except (Broken, Unreachable) as error:
            raise self._wire.busy(f"the upload broke: {error}") from None
        if not answer.accepted:
            raise self._wire.busy(f"storage refused the upload with HTTP {answer.status}: {sentence(answer.text)}")
        return answer

    def _address(self, answer: Answer) -> str:
        url = self._read(answer, "access_url")
        if not url.startswith(("https://", "http://")):
            raise self._wire.busy("storage names no web address for an upload.")
        return url

    def _read(self, answer: Answer, name: str) -> str:
        try:
            found = text_of(members(answer), name)
        except Malformed:
            found = None
        if found is None:
            raise self._wire.busy(f"storage answered an upload without {name}.")
        return found


def _token(answer: Answer) -> Token:
    told = success(answer)
    scheme, secret, base, until = (text_of(told, name) for name in ("token_type", "token", "base_url", "expires_at"))
    if not (scheme and secret and base and until):
        raise Malformed("it holds no token")
    moment = datetime.fromisoformat(until)
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return Token(scheme, Secret(secret), base.rstrip("/"), aware)


def _slice(path: Path, start: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)
