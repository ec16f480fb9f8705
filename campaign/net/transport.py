"""Connections to checked addresses only, for httpx. No proxy is used, whatever the environment says."""

import functools
import logging
import ssl

import httpx

from campaign.net.addresses import Addresses, Place

for _chatty in ("httpx", "httpcore"):
    logging.getLogger(_chatty).setLevel(logging.WARNING)  # at INFO they write whole addresses, signatures included

FAILURES = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError)
"""What a request raises that came to nothing, but for Unreachable. OSError: TLS that turns to rubbish."""


@functools.cache
def trusted() -> ssl.SSLContext:
    """The certificate authorities that httpx brings along, or those that SSL_CERT_FILE or SSL_CERT_DIR names."""
    return httpx.create_ssl_context()


class PinnedTransport(httpx.AsyncBaseTransport):
    """Sends each request to an address that `addresses` checked, under the host's own name (Host header, TLS).

    Where a host has several addresses, the next one is tried when a connection cannot be made. Raises Unreachable for
    what may not be reached, else what httpx raises.
    """

    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        # One pool a host: connections are pooled by numeric address, and two hosts may share one.
        self._pools: dict[tuple[str, str, int], httpx.AsyncHTTPTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer's head; its body is read by the caller."""
        place = await self._addresses.place(request.url)
        pool = self._pool(place)
        failure: httpx.TransportError = httpx.ConnectError(f"{place.host} has no address")
        for address in place.addresses:
            try:
                response = await pool.handle_async_request(_pinned(request, place, address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error  # not one byte was sent
            else:
                self._addresses.answered(place, address)
                return response
        raise failure

    async def aclose(self) -> None:
        """Let all connections go."""
        for pool in self._pools.values():
            await pool.aclose()
        self._pools.clear()

    def _pool(self, place: Place) -> httpx.AsyncHTTPTransport:
        host = (place.scheme, place.host, place.port)
        if host not in self._pools:
            limits = httpx.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=10.0)
            self._pools[host] = httpx.AsyncHTTPTransport(verify=trusted(), trust_env=False, limits=limits)
        return self._pools[host]


def open_client(addresses: Addresses, *, timeout: httpx.Timeout, auth: httpx.Auth | None = None) -> httpx.AsyncClient:
    """A client that reaches checked addresses only, follows no redirect, asks for uncompressed answers, uses no proxy."""
    return httpx.AsyncClient(
        transport=PinnedTransport(addresses),
        timeout=timeout,
        auth=auth,
        trust_env=False,
        follow_redirects=False,
        headers={"Accept-Encoding": "identity", "User-Agent": "fanout"},
    )


def _pinned(request: httpx.Request, place: Place, address: str) -> httpx.Request:
    extensions = {**request.extensions, "sni_hostname": place.host}
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,  # Host is among them, set from the address by name
        stream=request.stream,
        extensions=extensions,
    )
