"""The public keys that a vendor signs with, fetched from where it publishes them. A door for cryptography."""

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterator

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from campaign.net.addresses import Addresses, Unreachable
from campaign.net.exchange import Broken
from campaign.net.getting import get

KEPT_S = 24 * 3600.0
"""So long are keys taken for the vendor's without asking again (fal's own limit)."""
AGAIN_S = 60.0
"""So often at most is it asked for keys when none fits: whoever forges signatures must not have us ask all day."""
_MOST_BYTES = 64 * 1024
_MOST_KEYS = 16


class KeyRing:
    """ED25519 keys published at `url` (RFC 7517). One event loop."""

    def __init__(self, url: str, addresses: Addresses, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._addresses = addresses
        self._clock = clock
        self._keys: tuple[Ed25519PublicKey, ...] = ()
        self._fetched = self._asked = -KEPT_S
        self._asking = asyncio.Lock()

    async def signed(self, message: bytes, signature: bytes) -> bool:
        """Whether one of the keys signed this; a new key is found, once a minute."""
        if self._clock() - self._fetched > KEPT_S:
            self._keys = ()
        if self._fits(message, signature):
            return True
        async with self._asking:  # whoever comes meanwhile waits for the same answer
            if self._clock() - self._asked >= AGAIN_S:
                self._asked = self._clock()
                if keys := await self._fetch():
                    self._keys, self._fetched = keys, self._clock()
            return self._fits(message, signature)

    def _fits(self, message: bytes, signature: bytes) -> bool:
        return any(_fits(key, message, signature) for key in self._keys)

    async def _fetch(self) -> tuple[Ed25519PublicKey, ...]:
        """The keys as they are now; none when they cannot be got: what cannot be verified is not believed."""
        try:
            answer = await get(self._url, addresses=self._addresses, most_bytes=_MOST_BYTES, deadline_s=10.0)
            return tuple(_keys(answer.body)) if answer.accepted else ()
        except (Broken, Unreachable, ValueError, RecursionError):
            return ()


def _keys(body: bytes) -> Iterator[Ed25519PublicKey]:
    told = json.loads(body)
    listed = told.get("keys") if isinstance(told, dict) else None
    for each in (listed if isinstance(listed, list) else [])[:_MOST_KEYS]:
        if isinstance(each, dict) and each.get("kty") == "OKP" and each.get("crv") == "Ed25519":
            text = str(each.get("x", ""))
            yield Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def _fits(key: Ed25519PublicKey, message: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True
