"""What came of an attempt to obtain a job's result."""

from dataclasses import dataclass

from campaign.ledger.records import JobRecord
from campaign.model.faults import with_subject
from campaign.model.outcomes import JobState, Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """The end of one job, for now: with `sha256` in the store, or without and with the reason.

    `note` is a sentence for a person, "" when all is well. `reused` tells that nothing was done for it this time.
    """

    key: str
    state: JobState
    sha256: str | None
    note: str
    reason: Reason | None
    reused: bool
    record: JobRecord


def bought(record: JobRecord, *, reused: bool, note: str = "") -> Bought:
    """The result that a record stands for."""
    sha256 = record.artifact_sha256 if record.state is JobState.STORED else None
    return Bought(
        key=record.key,
        state=record.state,
        sha256=sha256,
        note=with_subject(record.provider, note or record.note),
        reason=record.reason,
        reused=reused,
        record=record,
    )
