"""What the ledger tells about jobs, money and runs."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from campaign.model.outcomes import JobState, Reason


class Outcome(StrEnum):
    """What came of asking a provider for an operation, as far as it tells about the way there.

    FAILED: it is certain that nothing was accepted, and the fault is not the request's. THROTTLED: asked to slow down.
    BARRED: nothing succeeds before a person acts. A refusal of one request, like a lost answer, is none of these.
    """

    OK = "ok"
    FAILED = "failed"
    THROTTLED = "throttled"
    BARRED = "barred"


@dataclass(frozen=True, slots=True)
class KeptExtra:
    """An extra file of a result in the store, beside the film: its kind (`exr`), its hash, its size."""

    kind: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """One job as the ledger knows it now.

    `campaign` and `variant` are the first that planned it. `attempt` counts from 1; `intent_id` is the same for the same
    key and attempt, even after a crash. `price_usd` is the highest it may cost, `price_reserved_usd` what is held now,
    `price_final_usd` None until billed. `scopes` are the budgets that the reservation was taken from. `reason` says why a
    job ended without a result. `extras` are kept beside the film. Times are UTC.
    """

    key: str
    campaign: str
    variant: str
    segment: str
    operation: str
    ratio: str | None
    parent: str | None
    provider: str
    attempt: int
    state: JobState
    intent_id: str
    request_sha256: str | None
    remote_id: str | None
    price_usd: Decimal
    price_reserved_usd: Decimal
    price_final_usd: Decimal | None
    scopes: tuple[str, ...]
    artifact_sha256: str | None
    bytes: int | None
    fence: int
    lease_owner: str | None
    lease_until: datetime | None
    first_send_at: datetime | None
    last_send_by: datetime | None
    url_seen_at: datetime | None
    url_expires_at: datetime | None
    reason: Reason | None
    note: str
    created_at: datetime
    updated_at: datetime
    extras: tuple[KeptExtra, ...] = ()

    @property
    def lease(self) -> "Lease":
        """The right to change the job under the fence that this record was read with."""
        return Lease(self.key, self.lease_owner or "", self.fence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change of a job, never altered: what it was, what it became, who did it under which fence.

    `answer` is what the provider said to bring it about, as JSON text without secrets, "" when nothing was kept.
    """

    seq: int
    at: datetime
    key: str
    attempt: int
    from_state: JobState | None
    to_state: JobState
    owner: str
    fence: int
    request_id: str | None
    note: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to change a job: void as soon as the row's fence is another."""

    key: str
    owner: str
    fence: int


@dataclass(frozen=True, slots=True)
class Cap:
    """A budget (`campaign:fresh-days`, `day:fresh-days:2026-11-20`) and its limit; None = counted, not limited."""

    scope: str
    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Money:
    """What a budget holds: reserved for jobs under way, spent for good."""

    reserved_usd: Decimal
    spent_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run of a campaign. `order` is what was asked for, `snapshot` the plan in short, `outcome` None while it runs."""

    id: str
    campaign: str
    order: dict[str, object]
    snapshot: dict[str, object]
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much may be under way at once, over all runs on this ledger; None is no limit.

    `slots` counts the jobs of one provider and operation that may be with it, `unanswered` the requests of one provider
    that wait for their answer.
    """

    slots: int | None = None
    unanswered: int | None = None


@dataclass(frozen=True, slots=True)
class Intent:
    """The answer to a wish to buy. `granted`: money is reserved and it may be sent.

    Not granted, and `wait_s` a number: ask again in so many seconds, when `why` may have passed. Not granted, and `wait_s`
    None: `record` tells why not (held by another, ended, no money), or `why` does (frozen, barred).
    """

    record: JobRecord
    granted: bool
    wait_s: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """A provider said that there is news of an intent, which it calls `remote_id`. Numbers rise, with gaps."""

    number: int
    provider: str
    intent_id: str
    remote_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteRecord:
    """How it stands with buying one operation at a provider, or anything at all there (`operation` None).

    `state` is `closed` (jobs go through), `open` (nothing goes before `until`), `half-open` (one goes, to try it) or `barred`
    (nothing goes before a person has acted). `failures` are the latest ones in a row. A closed one with `until` in the future
    is throttled.
    """

    provider: str
    operation: str | None
    state: str
    failures: int
    until: datetime | None
    note: str
