"""Which state may follow which (the states' own words: model.outcomes)."""

from campaign.model.outcomes import JobState

S = JobState

LEGAL: dict[JobState, frozenset[JobState]] = {
    S.PLANNED: frozenset({S.INTENT, S.BUDGET}),
    S.BUDGET: frozenset({S.INTENT, S.BUDGET}),
    S.INTENT: frozenset({S.INTENT, S.PLANNED, S.REJECTED, S.RECONCILING, S.SUBMITTED, S.CANCELLING, S.CANCELLED}),
    S.RECONCILING: frozenset(
        {S.RECONCILING, S.INTENT, S.PLANNED, S.SUBMITTED, S.IN_DOUBT, S.REJECTED, S.CANCELLING, S.CANCELLED}
    ),
    S.IN_DOUBT: frozenset({S.IN_DOUBT, S.SUBMITTED, S.PLANNED, S.REJECTED, S.DEAD}),
    S.SUBMITTED: frozenset({S.SUBMITTED, S.READY, S.PLANNED, S.REJECTED, S.DEAD, S.LOST, S.CANCELLING, S.CANCELLED}),
    S.READY: frozenset({S.READY, S.STORED, S.LOST, S.PLANNED}),
    S.STORED: frozenset({S.STORED, S.READY, S.PLANNED, S.LOST}),
    # Back to SUBMITTED when a vendor says that it can no longer be called off, to RECONCILING when its answer was lost too.
    S.CANCELLING: frozenset(
        {S.CANCELLING, S.CANCELLED, S.SUBMITTED, S.RECONCILING, S.READY, S.REJECTED, S.DEAD, S.PLANNED, S.LOST}
    ),
    S.CANCELLED: frozenset({S.INTENT, S.BUDGET}),
    S.REJECTED: frozenset({S.PLANNED, S.INTENT, S.BUDGET}),
    S.DEAD: frozenset({S.PLANNED}),
    S.LOST: frozenset({S.READY, S.PLANNED}),
}
"""State to its followers. A state among its own followers may be claimed by another owner, or seen again."""

UNSENT = frozenset({S.PLANNED, S.BUDGET, S.CANCELLED})
"""States from which any run may buy."""
