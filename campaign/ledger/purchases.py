"""The changes that a job goes through while it is bought. Each returns the job as it is then, safely on disk."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import update

from campaign.ledger import intents, jobs, late
from campaign.ledger.clock import SECOND, micro
from campaign.ledger.records import Cap, Intent, JobRecord, KeptExtra, Lease, Room
from campaign.ledger.rows import among, record_of
from campaign.ledger.tables import job
from campaign.ledger.transaction import Tx, Writer
from campaign.model.jobs import PlannedJob
from campaign.model.money import to_micro
from campaign.model.outcomes import JobState, Reason

_ANY = Room()


@dataclass(frozen=True, slots=True)
class Purchases:
    """The buying side of a ledger. A change needs the job's lease and raises FenceLost when that is void.

    `answer` is what the provider said, as JSON text without secrets: the event keeps it.
    """

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
        room: Room = _ANY,
    ) -> Intent:
        """Take the job, see that its provider may be asked and has `room`, reserve its highest price in all `caps`, write the
        intent: one transaction, exact however many processes buy.

        When granted it may be sent within `send_s` seconds. When not, ask again in `wait_s` seconds, or, where that is None,
        the record says why (held by another, ended, in BUDGET with a note that names the cap) or `why` does (the provider is
        frozen or barred).
        """
        terms = intents.Terms(
            owner=owner, caps=caps, request_sha256=request_sha256, lease_s=lease_s, send_s=send_s, room=room
        )
        grant = self.writer.write(lambda tx: intents.intend(tx, planned, terms))
        return Intent(record_of(grant.row), grant.granted, grant.wait_s, grant.why)

    def adopt(
        self,
        key: str,
        *,
        intent_id: str,
        remote_id: str,
        request_id: str | None,
        owner: str,
        lease_s: float,
        answer: str = "",
    ) -> JobRecord:
        """An answer to `intent_id` that came after the lease was lost: the provider took it as `remote_id`.

        The job is SUBMITTED and ours under a new fence, unless it has another id or has moved on: then it stays as it is (its
        `lease_owner` tells), and its history keeps this id too. Needs no lease.
        """
        return self._change(
            lambda tx: late.adopt(
                tx,
                key,
                intent_id=intent_id,
                remote_id=remote_id,
                request_id=request_id,
                owner=owner,
                lease_s=lease_s,
                answer=answer,
            )
        )

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

    def reconciling(self, lease: Lease, note: str, answer: str = "") -> JobRecord:
        """It may have been accepted: to be found out before anything else."""
        return self._change(lambda tx: jobs.step(tx, lease, JobState.RECONCILING, note=note, answer=answer))

    def noted(self, lease: Lease, note: str, answer: str = "") -> JobRecord:
        """The job stays in its state, with a sentence for people."""
        return self._change(lambda tx: jobs.noted(tx, lease, note, answer))

    def in_doubt(self, lease: Lease, note: str) -> JobRecord:
        """It cannot be found out: the money stays reserved until a person decides."""
        return self._change(
            lambda tx: jobs.step(
                tx, lease, JobState.IN_DOUBT, reason=Reason.IN_DOUBT, note=note, lease_owner=None, lease_until=None
            )
        )

    def submitted(
        self,
        lease: Lease,
        *,
        remote_id: str,
        request_id: str | None = None,
        answer: str = "",
        holder: str | None = None,
    ) -> JobRecord:
        """The provider took it and calls it `remote_id`; `request_id` is the provider's name for the request.

        The job is RECONCILING, with a note, when the provider calls another job so: that answer tells nothing of this one.
        `holder` is the owner that has the job from now on (None: the one that has it).
        """
        return self._change(
            lambda tx: jobs.submitted(
                tx, lease, remote_id=remote_id, request_id=request_id, answer=answer, holder=holder
            )
        )

    def ready(
        self,
        lease: Lease,
        *,
        price_usd: Decimal | None = None,
        url_expires_at: datetime | None = None,
        answer: str = "",
    ) -> JobRecord:
        """A result can be fetched. Its real price is spent (None: as reserved); a dearer one freezes the provider."""
        price = None if price_usd is None else to_micro(price_usd)
        expires = None if url_expires_at is None else micro(url_expires_at)
        return self._change(lambda tx: jobs.ready(tx, lease, price=price, url_expires_at=expires, answer=answer))

    def stored(self, lease: Lease, *, sha256: str, size: int, extras: Sequence[KeptExtra] = ()) -> JobRecord:
        """The bytes are in the store, checked and synced; so are those of the extra files."""
        return self._change(lambda tx: jobs.stored(tx, lease, sha256=sha256, size=size, extras=extras))

    def ended(
        self,
        lease: Lease,
        to: JobState,
        *,
        note: str,
        reason: Reason | None = None,
        billed_usd: Decimal | None = None,
        answer: str = "",
    ) -> JobRecord:
        """No result: REJECTED, DEAD, LOST or CANCELLED. `billed_usd` is spent, what is still reserved is free again."""
        billed = 0 if billed_usd is None else to_micro(billed_usd)
        return self._change(
            lambda tx: jobs.ended(tx, lease, to, billed=billed, reason=reason, note=note, answer=answer)
        )

    def again(self, lease: Lease, note: str, answer: str = "") -> JobRecord:
        """Failed, not billed: this attempt ends as REJECTED, the next is PLANNED."""
        return self._change(lambda tx: jobs.again(tx, lease, note, answer))

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
