"""Where a job and a deliverable can stand, in the words that files and scripts use."""

from enum import StrEnum


class JobState(StrEnum):
    """States of a job in the ledger."""

    PLANNED = "planned"
    INTENT = "intent"
    RECONCILING = "reconciling"
    IN_DOUBT = "in_doubt"
    SUBMITTED = "submitted"
    READY = "ready"
    STORED = "stored"
    REJECTED = "rejected"
    DEAD = "dead"
    LOST = "lost"
    BUDGET = "budget"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"


class Status(StrEnum):
    """What became of a planned deliverable."""

    DELIVERED = "delivered"
    FAILED = "failed"
    SKIPPED = "skipped"


class Reason(StrEnum):
    """Why a planned deliverable was not delivered."""

    NOT_SELECTED = "not_selected"
    BAD_ROW = "bad_row"
    NOT_DUE = "not_due"
    NOT_APPROVED = "not_approved"
    BUDGET = "budget"
    MODERATED = "moderated"
    IN_DOUBT = "in_doubt"
    REJECTED = "rejected"
    LOST = "lost"
    QC = "qc"
    CANCELLED = "cancelled"
