"""What `fanout doctor` looks at of hooks: who tells us of its work, who holds the port, whether the address leads there."""

import asyncio
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import UUID

from campaign.net.hooks import SPEAKERS
from campaign.net.loopback import ask, is_free
from campaign.settings import Settings, on_this_machine
from fanout.doctor_machine import Check

NAME = "hooks"
HEARD = 405
"""What our receiver answers to a GET at the place of an intent: only a POST tells of work."""
_NOBODY = f"/fal/{UUID(int=0)}"
_DEADLINE_S = 10.0
_MOST_BYTES = 1 << 16


def examine_hooks(settings: Settings, *, is_open: bool) -> Iterator[Check]:
    """Nothing where no address is set: providers are asked then. Only remarks: without hooks work is done all the same.

    `is_open` tells whether the campaign's room is, which hears them.
    """
    if settings.webhook_url is None:
        return
    keyed = [name for name in SPEAKERS if settings.vendors.key_of(name) is not None]
    yield _told(settings.webhook_url, keyed, settings)
    if not keyed:
        return
    yield _port(settings.webhook_port, is_open=is_open)
    if is_open:
        yield _address(settings.webhook_url, settings)


def _told(url: str, keyed: list[str], settings: Settings) -> Check:
    if not keyed:
        lack = " and ".join(SPEAKERS)
        cure = "set FAL_KEY or RUNWARE_API_KEY, from which its tokens are made; or unset FANOUT_WEBHOOK_URL"
        return Check(NAME, False, f"nobody is told of {url}: of {lack} no key is set", cure, needed=False)
    away = [name for name in keyed if not settings.vendors.rehearsed(name)]
    if away and on_this_machine(url):
        cure = "set FANOUT_WEBHOOK_URL to the https address of your own at which providers reach you"
        return Check(NAME, False, f"{' and '.join(away)} cannot reach {url}: only this machine can", cure, needed=False)
    return Check(NAME, True, f"{url} is told to {' and '.join(keyed)}")


def _port(port: int, *, is_open: bool) -> Check:
    """Whether it is this campaign's room that listens, or nobody as long as that is closed."""
    answer = ask(f"http://127.0.0.1:{port}{_NOBODY}")
    heard = answer is not None and answer.status == HEARD
    if is_open and heard:
        return Check(NAME, True, f"the room listens on port {port}")
    if is_free(port):
        cure = "close the room and open it again: it was opened without FANOUT_WEBHOOK_URL, or on another port"
        found = f"port {port} is free" + (": the room does not listen there" if is_open else ", the room is closed")
        return Check(NAME, not is_open, found, cure, needed=False)
    holder = "the receiver of another campaign's room" if heard else "another program"
    cure = "set FANOUT_WEBHOOK_PORT to a free one, and lead your proxy there"
    return Check(NAME, False, f"port {port} is held by {holder}", cure, needed=False)


def _address(url: str, settings: Settings) -> Check:
    """Whether a GET that goes out from here comes to our receiver: a router may not lead back in what would come from outside."""
    from campaign.net.addresses import Addresses, Unreachable
    from campaign.net.exchange import Broken
    from campaign.net.getting import get

    place = urlsplit(url)
    own = (f"{place.hostname}:{place.port or 80}",) if on_this_machine(url) else ()
    addresses = Addresses((*settings.allow_hosts, *own))
    cure = (
        f"lead it to port {settings.webhook_port} of this machine; from here it may fail though it works from outside"
    )
    try:
        answer = asyncio.run(
            get(f"{url}{_NOBODY}", addresses=addresses, most_bytes=_MOST_BYTES, deadline_s=_DEADLINE_S)
        )
    except (Unreachable, Broken) as error:
        return Check(NAME, False, f"{url} was not reached from here: {error.detail}", cure, needed=False)
    if answer.status != HEARD:
        return Check(
            NAME, False, f"{url} answers HTTP {answer.status}, which our receiver does not", cure, needed=False
        )
    return Check(NAME, True, f"{url} leads to our receiver")
