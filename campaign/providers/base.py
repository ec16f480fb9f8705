"""The shape of every provider: what it is asked, what it answers, and how it behaves when an answer is lost."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Protocol, runtime_checkable

from campaign.errors import ProviderError
from campaign.model.jobs import Job
from campaign.providers.departure import SendBy


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
    `unanswered` is how many requests may wait for their answer at once, over all runs (None: as many as there are slots): a
    crash leaves no more than these in doubt. After `deadline_s` a job that is still running is left for the next run.
    `cancels` tells whether work can be called off there. For `visible_s` after a request's last moment to leave, an id that
    they do not know may be one that they do not know yet. Where a provider tells us of its work unasked, it has done so `told_s`
    after that moment.
    """

    recall: Recall
    free: bool = False
    settle_s: float = 0.0
    send_s: float = 30.0
    poll_s: float = 2.0
    attempts: int = 2
    unanswered: int | None = None
    deadline_s: float = 3600.0
    visible_s: float = 0.0
    told_s: float = 900.0
    cancels: bool = False


class GenerationState(StrEnum):
    """Where a provider's work stands. GONE: the provider no longer knows it, or no longer has its result."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    MODERATED = "moderated"
    CANCELLED = "cancelled"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Extra:
    """A further file of a result, beside the film: its kind (`exr`) and where to fetch it."""

    kind: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One attempt as its provider tells it.

    `remote_id` is their name for it, `request_id` their name for the request that told us. `price_usd` is what was billed,
    None when they do not say. `billed` tells whether a failure cost money, `hopeless` that another attempt would fail alike.
    `url` of the result is only for `fetch`, until `url_expires_at`; `extras` are further files of it. `odd` names a state of
    theirs that no document knows, taken for RUNNING. `answer` is what they said, whole, as JSON text without secrets.
    """

    state: GenerationState
    remote_id: str
    request_id: str | None = None
    detail: str = ""
    price_usd: Decimal | None = None
    billed: bool = False
    hopeless: bool = False
    url: str | None = field(default=None, repr=False)
    url_expires_at: datetime | None = None
    extras: tuple[Extra, ...] = ()
    odd: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made: the job, the name its attempt is sent under, the clip it starts from.

    `parent_remote_id` is the generation that `source` is the result of, where the same provider made it: no upload then.
    `guide` is the master's own clip of the same frames, for a reframe: a local engine follows the subject there, where no
    look has changed what draws the eye, so that every variant is cropped alike. `stills` are the pictures of the job's
    keyframes, in their order. `rate` is the clip's, in frames a second.
    """

    job: Job
    intent_id: str
    source: Path
    parent_remote_id: str | None = None
    guide: Path | None = None
    stills: tuple[Path, ...] = ()
    rate: Fraction = Fraction(24)

    @property
    def seconds(self) -> Fraction:
        """The exact length of the source."""
        return self.job.segment.frames / self.rate


@dataclass(frozen=True, slots=True)
class Parcel:
    """An order made ready to be sent: everything is uploaded, only the one request is left.

    `body` is what goes out, as JSON bytes (empty for the local engine); it may hold signed addresses.
    """

    order: Order
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """What a provider says of our key: a sentence, and the balance in USD where it tells."""

    told: str
    balance_usd: Decimal | None = None


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

    async def pack(self, order: Order) -> Parcel:
        """Upload what the order needs, once for all orders that need it, and write the request. Buys nothing.

        Raises ProviderBusy, ProviderBarred, ProviderRejected (these media are not taken).
        """
        ...

    async def submit(self, parcel: Parcel, send_by: SendBy) -> Generation:
        """Ask for the work, with one request and no repeat of any kind.

        From nothing to RUNNING, DONE or MODERATED. Raises ProviderBusy or ProviderThrottled when it is proved that nothing
        was accepted and the same may be asked later, ProviderBarred when nothing can be bought until a person acts,
        ProviderRejected when it is refused for good, SubmissionUnknown for anything else.
        """
        ...

    async def poll(self, remote_id: str) -> Generation:
        """Where the work stands, with a fresh address of the result.

        Raises ProviderBusy when nothing could be learnt now, ProviderBarred when the key is refused.
        """
        ...

    async def find(self, intent_id: str) -> Generation | None:
        """The work that was asked for under `intent_id`; None when the provider does not know it. May be too early to know."""
        ...

    async def fetch(self, generation: Generation, into: Path, extra: Extra | None = None) -> None:
        """Write the film of a DONE generation, or one of its extras, over the file `into`.

        Raises ProviderBusy when it may work later: the link died, the transfer broke, the bytes are not what was promised.
        """
        ...

    async def cancel(self, remote_id: str) -> Generation:
        """Call the work off at the vendor, and say where it stands then: CANCELLED only when that is confirmed.

        Where a vendor cannot, this is a poll. Raises ProviderBusy, ProviderBarred.
        """
        ...

    async def account(self) -> Account:
        """Ask whether the key is taken, and for balance and limits where the vendor tells. Costs nothing.

        Raises ProviderBarred, with the cure, when it is not; ProviderBusy when nobody answers.
        """
        ...

    async def close(self) -> None:
        """Let connections go."""
        ...

    async def abandon(self, remote_id: str) -> None:
        """Nobody waits for this any more: stop what runs on this machine for it. Work at a vendor goes on."""
        ...


@runtime_checkable
class Reminded(Protocol):
    """A provider that goes by what the answer to a submission said, and must hear it again in a process that did not get it."""

    def remind(self, remote_id: str, answer: str) -> None:
        """`answer` is the one by which it took `remote_id`, as `Generation.answer` held it."""
        ...


@runtime_checkable
class Posts(Provider, Protocol):
    """A provider whose `submit` comes in two halves, so that another process than the one that packed can make the request."""

    async def post(self, parcel: Parcel, send_by: SendBy) -> Generation:
        """The request alone, which needs nothing of what this process remembers. Raises as `submit` does."""
        ...

    async def heed(self, parcel: Parcel, told: Generation | ProviderError) -> Generation | ProviderError:
        """Take in what `post` returned or raised, where the order was packed; what `submit` returns or raises then.

        A refusal becomes ProviderBusy when packing the order anew may help.
        """
        ...
