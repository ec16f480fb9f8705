"""Addresses of media: signed ones that expire, as storage has them, and lasting ones, as a CDN has them."""

import hashlib
import hmac
import itertools
from urllib.parse import parse_qs, quote, unquote, urlsplit

from emulator.clock import Clock

PREFIX = "/media/"


class DeadLink(Exception):
    """The address is forged (`expired` False) or its time is over."""

    def __init__(self, expired: bool) -> None:
        super().__init__(expired)
        self.expired = expired


class Links:
    """Mints and reads addresses. An object is named like `job/luma/<id>/film.mp4` or `blob/<sha256>/<name>`."""

    def __init__(self, seed: int, clock: Clock) -> None:
        # The same after a restart with the same seed: addresses go on living. It guards nothing but itself.
        self._key = hashlib.sha256(f"emulator links {seed}".encode()).digest()
        self._clock = clock
        self._count = itertools.count(1)

    def storage(self, base: str, name: str, ttl_s: float, verb: str = "GET") -> str:
        """A presigned address for `ttl_s`; each call mints another one."""
        now = self._clock.now()
        ends, turn = f"{now + ttl_s:.3f}", f"{now:.3f}-{next(self._count)}"
        signature = self._signature(verb, name, ends, turn)
        return (
            f"{base}{PREFIX}{quote(name)}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={turn}&X-Amz-Expires={ends}"
            f"&X-Amz-SignedHeaders=host&X-Amz-Signature={signature}"
        )

    def cdn(self, base: str, name: str, ttl_s: float | None = None) -> str:
        """An address without a query: whoever knows it may read. It lasts for `ttl_s`, None for ever."""
        ends = "0" if ttl_s is None else f"{self._clock.now() + ttl_s:.3f}"
        return f"{base}{PREFIX}cdn/{ends}-{self._signature('GET', name, ends, 'cdn')[:24]}/{quote(name)}"

    def read(self, path: str, query: str, verb: str = "GET") -> str:
        """The object that an address names. Raises DeadLink."""
        name = unquote(path).removeprefix(PREFIX)
        if name.startswith("cdn/"):
            _, token, name = name.split("/", 2)
            ends, _, signature = token.rpartition("-")
            right = self._signature("GET", name, ends, "cdn")[:24]
        else:
            given = parse_qs(query)
            ends, turn = given.get("X-Amz-Expires", [""])[0], given.get("X-Amz-Date", [""])[0]
            signature = given.get("X-Amz-Signature", [""])[0]
            right = self._signature(verb, name, ends, turn)
        if not hmac.compare_digest(signature.encode(), right.encode()):
            raise DeadLink(expired=False)
        if ends != "0" and self._clock.now() > float(ends):
            raise DeadLink(expired=True)
        return name

    def read_address(self, address: str, hosts: frozenset[str]) -> str | None:
        """The object that an address on this emulator names; None for any other host. Raises DeadLink."""
        parts = urlsplit(address)
        if parts.netloc not in hosts or not parts.path.startswith(PREFIX):
            return None
        return self.read(parts.path, parts.query)

    def _signature(self, *parts: str) -> str:
        return hmac.new(self._key, "\n".join(parts).encode(), "sha256").hexdigest()
