"""The changes that a job goes through while it is bought. Each returns the job as it is then, safely on disk."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import update

from campaign.ledger import jobs
from campaign.ledger.clock import SECOND, micro
from campaign.ledger.records import Cap, Intent, JobRecord, Lease
from campaign.ledger.rows import among, record_of
from campaign.ledger.tables import job
from campaign.ledger.transaction import Tx, Writer
from campaign.model.jobs import PlannedJob
from campaign.model.money import to_micro
from campaign.model.outcomes import JobState, Reason


@dataclass(frozen=True, slots=True)
class Purchases:
    """The buying side of a ledger. A change needs the job's lease and raises FenceLost when that is void."""

    writer: Writer

    def intend(
        self,
        planned: PlannedJob,
        *,
        owner: str,
        caps: Sequence[Cap],
        request_sha256: str,
        lease_s: float,
        send_s: float,
    ) -> Intent:
        """Take the job, reserve its highest price in all `caps`, write the intent: one transaction.

        When granted it may be sent within `send_s` seconds. When not, the record says why: held by another, ended, in BUDGET
        (the note names the cap), or still PLANNED since its provider is frozen.
        """
        row, granted = self.writer.write(
            lambda tx: jobs.intend(
                tx, planned, owner=owner, caps=caps, request_sha256=request_sha256, lease_s=lease_s, send_s=send_s
            )
        )
        return Intent(record_of(row), granted)

    def claim(self, key: str, *, state: JobState, owner: str, lease_s: float) -> JobRecord:
        """Take over a job that is still in `state`, if its owner is dead or its lease has run out.

        The record's `lease_owner` tells whether that was so.
        """
        return self._change(lambda tx: jobs.claim(tx, key, state=state, owner=owner, lease_s=lease_s))

    def renew(self, owner: str, keys: Iterable[str], *, lease_s: float) -> None:
        """Hold an owner's jobs for another `lease_s` seconds. Those that were taken over are left alone."""
        listed = tuple(keys)
        if listed:
            self.writer.write(lambda tx: _renew(tx, owner, listed, lease_s))

    def release(self, lease: Lease) -> None:
        """Let go of a job, whatever its state: anybody may continue it at once."""
        self.writer.write(lambda tx: _release(tx, lease))

    def resend(self, lease: Lease, *, request_sha256: str, send_s: float) -> JobRecord:
        """The same intent again, its provider having proved that it knows nothing of it; PLANNED if the body has changed."""
        return self._change(lambda tx: jobs.resend(tx, lease, request_sha256=request_sha256, send_s=send_s))

    def unsent(self, lease: Lease, note: str) -> JobRecord:
        """Proved not to be accepted: money released, PLANNED under the same attempt."""
        return self._change(lambda tx: jobs.unsent(tx, lease, note))

    def reconciling(self, lease: Lease, note: str) -> JobRecord:
        """It may have been accepted: to be found out before anything else."""
        return self._change(lambda tx: jobs.step(tx, lease, JobState.RECONCILING, note=note))

    def in_doubt(self, lease: Lease, note: str) -> JobRecord:
        """It cannot be found out: the money stays reserved until a person decides."""
        return self._change(
            lambda tx: jobs.step(
                tx, lease, JobState.IN_DOUBT, reason=Reason.IN_DOUBT, note=note, lease_owner=None, lease_until=None
            )
        )

    def submitted(self, lease: Lease, *, remote_id: str, request_id: str | None = None) -> JobRecord:
        """The provider took it and calls it `remote_id`; `request_id` is the provider's name for the request."""
        return self._change(
            lambda tx: jobs.step(
                tx, lease, JobState.SUBMITTED, remote_id=remote_id, request_id=request_id, reason=None, note=""
            )
        )

    def ready(
        self, lease: Lease, *, price_usd: Decimal | None = None, url_expires_at: datetime | None = None
    ) -> JobRecord:
        """A result can be fetched. Its real price is spent (None: as reserved); a dearer one freezes the provider."""
        price = None if price_usd is None else to_micro(price_usd)
        expires = None if url_expires_at is None else micro(url_expires_at)
        return self._change(lambda tx: jobs.ready(tx, lease, price=price, url_expires_at=expires))

    def stored(self, lease: Lease, *, sha256: str, size: int) -> JobRecord:
        """The bytes are in the store, checked and synced."""
        return self._change(lambda tx: jobs.stored(tx, lease, sha256=sha256, size=size))

    def ended(
        self, lease: Lease, to: JobState, *, note: str, reason: Reason | None = None, billed_usd: Decimal | None = None
    ) -> JobRecord:
        """No result: REJECTED, DEAD, LOST or CANCELLED. `billed_usd` is spent, what is still reserved is free again."""
        billed = 0 if billed_usd is None else to_micro(billed_usd)
        return self._change(lambda tx: jobs.ended(tx, lease, to, billed=billed, reason=reason, note=note))

    def again(self, lease: Lease, note: str) -> JobRecord:
        """Failed, not billed: this attempt ends as REJECTED, the next is PLANNED."""
        return self._change(lambda tx: jobs.again(tx, lease, note))

    def remake(self, lease: Lease, note: str) -> JobRecord:
        """A free result is gone: PLANNED under the same attempt. A paid job stays as it is."""
        return self._change(lambda tx: jobs.remake(tx, lease, note))

    def cancelling(self, lease: Lease, note: str) -> JobRecord:
        """A cancel was asked for; whether it came in time is for the provider to say."""
        return self._change(lambda tx: jobs.step(tx, lease, JobState.CANCELLING, note=note))

    def _change(self, change: Callable[[Tx], dict[str, Any]]) -> JobRecord:
        return record_of(self.writer.write(change))


def _renew(tx: Tx, owner: str, keys: Sequence[str], lease_s: float) -> None:
    mine = (job.c.lease_owner == owner) & among(tx.connection, job.c.key, keys)
    tx.connection.execute(update(job).where(mine).values(lease_until=tx.now + int(lease_s * SECOND)))


def _release(tx: Tx, lease: Lease) -> None:
    mine = (job.c.key == lease.key) & (job.c.fence == lease.fence) & (job.c.lease_owner == lease.owner)
    tx.connection.execute(update(job).where(mine).values(lease_owner=None, lease_until=None))
