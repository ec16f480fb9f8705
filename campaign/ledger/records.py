"""What the ledger tells about jobs, money and runs."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from campaign.model.outcomes import JobState, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRecord:
    """One job as the ledger knows it now.

    `campaign` and `variant` are the first that planned it. `attempt` counts from 1; `intent_id` is the same for the same
    key and attempt, even after a crash. `price_usd` is the highest it may cost, `price_reserved_usd` what is held now,
    `price_final_usd` None until billed. `scopes` are the budgets that the reservation was taken from. `reason` says why a
    job ended without a result. Times are UTC.
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

    @property
    def lease(self) -> "Lease":
        """The right to change the job under the fence that this record was read with."""
        return Lease(self.key, self.lease_owner or "", self.fence)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change of a job, never altered: what it was, what it became, who did it under which fence."""

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


@dataclass(frozen=True, slots=True)
class Intent:
    """The answer to a wish to buy. `granted`: money is reserved and it may be sent; else `record` tells why not."""

    record: JobRecord
    granted: bool
