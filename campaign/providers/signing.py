"""Our key on its way to one host: the only place that puts it on the wire."""

from collections.abc import Generator

import httpx

from campaign.errors import SetupError
from campaign.secrets import Secret


class KeyAuth(httpx.Auth):
    """Signs requests to the host of `base`, and no others. The key is in no header of a client, so that no client shows it."""

    def __init__(self, scheme: str, key: Secret, base: httpx.URL) -> None:
        self._scheme = scheme
        self._key = key
        self._home = _origin(base)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """Adds the header, and asks for nothing else."""
        if _origin(request.url) == self._home:
            request.headers["Authorization"] = f"{self._scheme} {self._key.reveal()}"
        yield request


def address_of(provider: str, base: str) -> httpx.URL:
    """The address that a variable holds. Raises SetupError for what is none."""
    try:
        url = httpx.URL(base)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"https", "http"} or not url.host:
        raise SetupError(
            f"The address of {provider} is none: it begins with https:// and names a host. Check its variable."
        )
    return url


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
