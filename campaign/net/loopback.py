"""Asks a server on this machine small questions: is it there, whom does it let in. A door for httpx."""

import socket
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, and the origin that a browser would be told it may read from (None = none)."""

    status: int
    allowed_origin: str | None


def ask(
    url: str,
    *,
    method: str = "GET",
    auth: str | None = None,
    origin: str | None = None,
    body: str | None = None,
    timeout_s: float = 5.0,
) -> Reply | None:
    """One request to a server on loopback; None when nobody answers in time.

    `auth` is `user:password`. Follows no redirect and uses no proxy, so the password never leaves the machine.
    Raises ValueError for an address that is not on loopback.
    """
    if urlsplit(url).hostname not in LOOPBACK:
        raise ValueError(f"{url} is not on this machine")
    headers = {"Content-Type": "application/json"} | ({"Origin": origin} if origin else {})
    credentials = httpx.BasicAuth(*auth.split(":", 1)) if auth else None
    try:
        with httpx.Client(trust_env=False, timeout=timeout_s, follow_redirects=False) as client:
            answer = client.request(method, url, headers=headers, auth=credentials, content=body)
    except httpx.HTTPError:
        return None
    return Reply(answer.status_code, answer.headers.get("access-control-allow-origin"))


def is_free(port: int) -> bool:
    """Whether a server of this machine could listen at a port now."""
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
