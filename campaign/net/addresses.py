"""Which addresses may be reached: no name, redirect or answer of a vendor leads into the machine or its own network."""

import asyncio
import ipaddress
import re
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from campaign.errors import CampaignError

Resolve = Callable[[str, int], Awaitable[tuple[str, ...]]]
"""The numeric addresses of a name, in the order in which they are to be tried. Raises OSError when there is none."""

_HTTPS = 443
_USUAL_PORTS = {"http": 80, "https": _HTTPS}
_RESOLVE_S = 10.0
_AGAIN_S = (0.3, 1.0, 2.0, 4.0)
_REMEMBER_S = 60.0
_HOST = re.compile(r"[0-9A-Za-z._:-]+")

# What `is_global` of some Python versions calls global although it leads elsewhere: IPv4 inside IPv6 (NAT64, 6to4, Teredo,
# IPv4-compatible), shared and benchmarking networks, former site-local ones.
_ELSEWHERE = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "240.0.0.0/4",
        "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16", "fec0::/10",
    )
)  # fmt: skip


class Unreachable(CampaignError):
    """An address that is not tried: `kind` is `dns` (the name has no address) or `forbidden` (it may not be reached).

    Nothing was sent. `detail` is a sentence for a person; it holds neither path nor query, which may be signed.
    """

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.detail} [net.{self.kind}]"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request goes: the host by name, its port, and the checked numeric addresses to connect to."""

    scheme: str
    host: str
    port: int
    addresses: tuple[str, ...]


async def resolve_name(host: str, port: int) -> tuple[str, ...]:
    """Ask the machine's resolver; one that is only busy now is asked again, for some seconds."""
    for pause in (*_AGAIN_S, None):
        try:
            async with asyncio.timeout(_RESOLVE_S):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return tuple(dict.fromkeys(str(address[0]) for *_, address in found))
        except TimeoutError as error:
            raise OSError("the resolver does not answer") from error
        except socket.gaierror as error:
            if error.errno != socket.EAI_AGAIN or pause is None:
                raise
            await asyncio.sleep(pause)
    raise AssertionError("the last try returns or raises")


class Addresses:
    """The rules: https, port 443, no user or password in it, and a public address of every name.

    `allow` names exceptions as `host:port` (FANOUT_ALLOW_HOSTS): exactly these may be plain http, on another port, or on
    this machine. A name is resolved once a minute and every one of its addresses checked; connections go to those, so
    that a name which changes its mind between check and connection gains nothing.
    """

    def __init__(self, allow: tuple[str, ...] = (), resolve: Resolve = resolve_name) -> None:
        self._allow = frozenset(each.strip().lower() for each in allow)
        self._resolve = resolve
        self._known: dict[tuple[str, int], tuple[float, tuple[str, ...]]] = {}

    async def place(self, url: httpx.URL | str) -> Place:
        """Where `url` leads. Raises Unreachable; ValueError is never raised, however broken the address is."""
        target = _parsed(url)
        port = target.port or _USUAL_PORTS.get(target.scheme, 0)
        host = target.raw_host.decode("ascii")
        allowed = f"{f'[{host}]' if ':' in host else host}:{port}".lower() in self._allow
        _require_form(target, host, port, allowed)
        addresses = await self._addresses(host, port)
        if not allowed:
            _require_public(host, port, addresses)
        return Place(target.scheme, host, port, addresses)

    def answered(self, place: Place, address: str) -> None:
        """Try this one of its addresses first from now on: another way there may be dead, and slow to say so."""
        at, known = self._known.get((place.host, place.port), (0.0, ()))
        if address in known[1:]:
            others = (each for each in known if each != address)
            self._known[place.host, place.port] = (at, (address, *others))

    async def _addresses(self, host: str, port: int) -> tuple[str, ...]:
        if _is_number(host):
            return (host,)
        at, known = self._known.get((host, port), (0.0, ()))
        if known and time.monotonic() < at + _REMEMBER_S:
            return known
        try:
            found = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise Unreachable(
                "dns", f"{host} has no address ({reason}). Check the name and this machine's DNS."
            ) from None
        if not found:
            raise Unreachable("dns", f"{host} has no address. Check the name and this machine's DNS.")
        self._known[host, port] = (time.monotonic(), found)
        return found


def is_public(address: str) -> bool:
    """Whether a numeric address is one of the public internet."""
    number = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(number, "ipv4_mapped", None)
    number = mapped or number
    if not number.is_global or number.is_multicast or number.is_reserved:
        return False
    return not any(number in network for network in _ELSEWHERE if network.version == number.version)


def _parsed(url: httpx.URL | str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError):
        raise Unreachable("forbidden", "what was given as an address is none.") from None


def _require_form(url: httpx.URL, host: str, port: int, allowed: bool) -> None:
    problem = ""
    if url.scheme not in _USUAL_PORTS or not _HOST.fullmatch(host):
        problem = "is no web address"
    elif url.userinfo:
        problem = "holds a user or a password"
    elif not allowed and url.scheme != "https":
        problem = "is not https"
    elif not allowed and port != _HTTPS:
        problem = f"is on port {port}, not {_HTTPS}"
    if problem:
        raise Unreachable(
            "forbidden", f"{url.scheme or '?'}://{host}:{port} {problem}: not reached. {_cure(host, port)}"
        )


def _require_public(host: str, port: int, addresses: tuple[str, ...]) -> None:
    for address in addresses:
        if not is_public(address):
            problem = f"{host} leads to {address}, which is not on the public internet: not reached."
            raise Unreachable("forbidden", f"{problem} {_cure(host, port)}")


def _cure(host: str, port: int) -> str:
    return f"If it is meant, name {host}:{port} in FANOUT_ALLOW_HOSTS."


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
