"""Small files from addresses that a person wrote down: the whole answer, through redirects."""

import asyncio
from collections.abc import Mapping

import httpx

from campaign.net.addresses import Addresses
from campaign.net.exchange import Answer, Broken, exchange
from campaign.net.transport import open_client

MOST_REDIRECTS = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TIMEOUT = httpx.Timeout(30.0, connect=10.0)


async def get(
    url: str,
    *,
    addresses: Addresses,
    most_bytes: int,
    deadline_s: float,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """What the server at the end of at most three redirects answers, whatever its status. Nothing is asked twice.

    Every redirect is checked like the first address, and `headers` go with each. `deadline_s` bounds all of it,
    `most_bytes` each body. Raises Unreachable, Broken.
    """
    try:
        async with asyncio.timeout(deadline_s), open_client(addresses, timeout=_TIMEOUT) as client:
            request = client.build_request("GET", url, headers=headers)
            for _ in range(MOST_REDIRECTS + 1):
                answer = await exchange(client, request, deadline_s=deadline_s, most_bytes=most_bytes)
                if answer.status not in _REDIRECTS or not answer.headers.get("location"):
                    return answer
                request = client.build_request("GET", request.url.join(answer.headers["location"]), headers=headers)
    except TimeoutError:
        raise Broken(f"no whole answer within {deadline_s:g} s") from None
    except httpx.InvalidURL:
        raise Broken("it was sent on to what is no address") from None
    raise Broken(f"it was sent on more than {MOST_REDIRECTS} times")
