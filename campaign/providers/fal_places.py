"""Where fal is asked about a request: at addresses that it gave, or that follow from the request's id."""

from dataclasses import dataclass, replace
from urllib.parse import quote

import httpx

from campaign.net.exchange import Answer
from campaign.providers.answers import Malformed, members, text_of
from campaign.providers.fal_payload import APP


@dataclass(frozen=True, slots=True)
class Places:
    """Paths below the queue's address, or whole addresses."""

    status: str
    response: str
    cancel: str


class FollowUps:
    """The places of each request at the queue at `base`.

    Those that the submission's answer names are used, where they lie on the queue's own host: our key goes nowhere else. Without
    that answer they follow from the id; the model's part of the path is not in them (fal-client 1.0.3).
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._given: dict[str, Places] = {}

    def learn(self, remote_id: str, answer: Answer) -> None:
        """Take over what the answer to a submission names, as far as it can be used."""
        try:
            told = members(answer)
        except Malformed:  # it broke off after the id
            return
        given = {name: text_of(told, f"{name}_url") for name in ("status", "response", "cancel")}
        here = {name: url for name, url in given.items() if url is not None and _lies_on(url, self._base)}
        self._given[remote_id] = replace(_built(remote_id), **here)

    def of(self, remote_id: str) -> Places:
        """Where to ask about a request."""
        return self._given.get(remote_id) or _built(remote_id)


def _built(remote_id: str) -> Places:
    at = f"/{APP}/requests/{quote(remote_id, safe='')}"
    return Places(f"{at}/status", at, f"{at}/cancel")


def _lies_on(url: str, base: str) -> bool:
    """Whether an address is one of the API at `base`."""
    try:
        there, here = httpx.URL(url), httpx.URL(base)
    except (httpx.InvalidURL, TypeError):
        return False
    same = (there.scheme, there.host, there.port) == (here.scheme, here.host, here.port)
    return same and not there.userinfo and there.path.startswith(f"{here.path.rstrip('/')}/")
