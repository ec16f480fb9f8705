"""The shape of every provider: what it is asked, what it answers, and how it behaves when an answer is lost."""

import time
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from campaign.errors import ProviderBusy
from campaign.model.jobs import Job


class Recall(StrEnum):
    """What a provider can tell of a request whose answer was lost."""

    CLIENT_ID = "C"
    """Our own id; a second request under it is refused or answered as the first."""
    HANDLE = "D"
    """Our own id to look up by; a second request under it is billed again."""
    LIST = "L"
    """Its own id, and a list or a callback in which ours can be found."""
    NOTHING = "N"
    """Nothing dependable: a lost answer is for a person to decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """How a provider behaves. Each number's source stands in its adapter.

    `settle_s` after a request's last moment to leave, "unknown" proves that it was not accepted. `send_s` is how long an
    intent may wait to be sent. `poll_s` lies between two polls, 0 when a poll itself waits for the end. `attempts` is how
    often a job is tried that fails without being billed. What is `free` may be made again whenever it is lost.
    """

    recall: Recall
    free: bool = False
    settle_s: float = 0.0
    send_s: float = 30.0
    poll_s: float = 2.0
    attempts: int = 2


class GenerationState(StrEnum):
    """Where a provider's work stands. GONE: the provider no longer knows it, or no longer has its result."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    MODERATED = "moderated"
    GONE = "gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One attempt as its provider tells it.

    `remote_id` is their name for it, `request_id` their name for the request that told us. `price_usd` is what was billed,
    None when they do not say. `billed` tells whether a failure cost money, `hopeless` that another attempt would fail alike.
    `url` of the result is only for `fetch`, until `url_expires_at`.
    """

    state: GenerationState
    remote_id: str
    request_id: str | None = None
    detail: str = ""
    price_usd: Decimal | None = None
    billed: bool = False
    hopeless: bool = False
    url: str | None = None
    url_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made: the job, the name its attempt is sent under, the clip it starts from.

    `parent_remote_id` is the generation that `source` is the result of, where the same provider made it: no upload then.
    `guide` is the master's own clip of the same frames, for a reframe: a local engine follows the subject there, where no
    look has changed what draws the eye, so that every variant is cropped alike.
    """

    job: Job
    intent_id: str
    source: Path
    parent_remote_id: str | None = None
    guide: Path | None = None


class SendBy:
    """The moment after which a request must not leave any more: others may have taken the job over by then."""

    def __init__(self, seconds: float) -> None:
        self._wall = time.time() + seconds
        self._boot = _since_boot() + seconds

    def require(self, provider: str) -> None:
        """Call just before the socket is written. Raises ProviderBusy when it is too late: nothing was sent."""
        # Both clocks: one stands still while the machine sleeps, the other can be set back.
        if time.time() > self._wall or _since_boot() > self._boot:
            raise ProviderBusy(provider, "not sent: this process was held up for too long. The job is tried again.")


def _since_boot() -> float:
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class Provider(Protocol):
    """One vendor, or the local engine. Every verb may be called again after a crash; only `submit` can cost money."""

    @property
    def name(self) -> str:
        """As in campaign.toml."""
        ...

    @property
    def traits(self) -> Traits:
        """How it behaves."""
        ...

    def request_sha256(self, order: Order) -> str:
        """The hash of the canonical outgoing body, without what changes by itself (intent id, signed addresses)."""
        ...

    async def submit(self, order: Order, send_by: SendBy) -> Generation:
        """Ask for the work, with one request and no repeat of any kind.

        From nothing to RUNNING, DONE or MODERATED. Raises ProviderBusy when it is proved that nothing was accepted and the
        same may be asked later, ProviderRejected when it is refused for good, SubmissionUnknown for anything else.
        """
        ...

    async def poll(self, remote_id: str) -> Generation:
        """Where the work stands, with a fresh address of the result. Raises ProviderBusy when nothing could be learnt."""
        ...

    async def find(self, intent_id: str) -> Generation | None:
        """The work that was asked for under `intent_id`; None when the provider does not know it. May be too early to know."""
        ...

    async def fetch(self, generation: Generation, into: Path) -> None:
        """Write the result of a DONE generation over the file `into`. Raises ProviderBusy when it may work later."""
        ...

    async def abandon(self, remote_id: str) -> None:
        """Nobody waits for this any more: stop what runs on this machine for it. Work at a vendor goes on."""
        ...
