"""What a run would buy, and whether somebody has agreed to exactly that."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from campaign.ledger.ledger import Ledger
from campaign.ledger.records import JobRecord
from campaign.model import money
from campaign.model.approvals import SpendApproval, SpendState
from campaign.model.campaign import Budget
from campaign.model.jobs import PlannedJob
from campaign.model.outcomes import JobState
from campaign.model.plan import Film, Plan
from campaign.planning.snapshot import compare
from campaign.preparing.again import Again, bought_again
from campaign.preparing.prepare import Prepared

UNDER_WAY = frozenset({JobState.INTENT, JobState.RECONCILING, JobState.SUBMITTED, JobState.READY, JobState.CANCELLING})

FREE = frozenset({JobState.PLANNED, JobState.BUDGET, JobState.CANCELLED})
"""Nothing is held for these, nothing was bought: a run buys them."""


@dataclass(frozen=True, slots=True)
class Spend:
    """What money would be spent on: key, provider and highest price of each job that is to be bought and costs something.

    `most_usd` is where the run's own limit ends it before that; None where it does not.
    """

    prices: frozenset[tuple[str, str, Decimal]]
    most_usd: Decimal | None = None

    @property
    def price_usd(self) -> Decimal:
        """The most that it comes to, the limit of the run left aside."""
        return sum((price for _, _, price in self.prices), money.ZERO)

    @property
    def plan_sha256(self) -> str:
        """What an approval of this spending is bound to: another key, provider, price or limit that bites is another hash."""
        lines = sorted(f"{key} {provider} {money.text(price)}\n" for key, provider, price in self.prices)
        limit = "" if self.most_usd is None else f"at most {money.text(self.most_usd)}\n"
        return hashlib.sha256("".join((*lines, limit)).encode("ascii")).hexdigest()

    def within(self, agreed: "Spend") -> bool:
        """Whether this is a part of what was agreed to, or all of it: no other key, provider or price, and no more money."""
        most = self.price_usd if self.most_usd is None else self.most_usd
        return self.prices <= agreed.prices and (agreed.most_usd is None or most <= agreed.most_usd)

    def asks(self, budget: Budget) -> bool:
        """Whether it costs more than is spent unasked; without a limit anything is asked about."""
        return self.price_usd > (budget.ask_above_usd or money.ZERO)

    def approval(
        self, campaign: str, state: SpendState, *, by: str, left_out: Iterable[str] = (), note: str = ""
    ) -> SpendApproval:
        """What is said now about buying this."""
        return SpendApproval(
            campaign=campaign,
            plan_sha256=self.plan_sha256,
            state=state,
            price_usd=self.price_usd,
            jobs=len(self.prices),
            by=by,
            at=datetime.now(UTC),
            left_out=tuple(left_out),
            note=note,
        )


@dataclass(frozen=True, slots=True)
class Bill:
    """What a run may come to: jobs that it would buy, and those that an earlier run bought and did not fetch. `max_usd` is its
    own limit, `again` what of it was paid for before."""

    due: tuple[PlannedJob, ...]
    under_way: tuple[JobRecord, ...] = ()
    in_doubt: tuple[JobRecord, ...] = ()
    max_usd: Decimal | None = None
    again: Again | None = None

    @property
    def spend(self) -> Spend:
        """What money would be spent on."""
        bites = self.max_usd is not None and self.max_usd < self.price_usd
        return replace(spend_on(self.due), most_usd=self.max_usd if bites else None)

    @property
    def price_usd(self) -> Decimal:
        """The highest price of all that is to be bought."""
        return sum((job.price_usd for job in self.due), money.ZERO)

    @property
    def first_usd(self) -> Decimal:
        """The price of the cheapest job to begin with: one that hangs on no other that is still to be bought."""
        due = {job.job.key for job in self.due}
        return min(
            (job.price_usd for job in self.due if job.price_usd and job.job.parent not in due), default=money.ZERO
        )

    @property
    def holds_none(self) -> bool:
        """Whether the run's own limit lets nothing at all be bought, and there is nothing to be fetched either."""
        return self.max_usd is not None and self.max_usd < self.first_usd and not self.under_way

    @property
    def providers(self) -> list[str]:
        """Who has to let us in."""
        return sorted({job.provider for job in self.due} | {record.provider for record in self.under_way})


def spend_on(jobs: Iterable[PlannedJob]) -> Spend:
    """What it would be to buy all of these jobs."""
    return Spend(frozenset((job.job.key, job.provider, job.price_usd) for job in jobs if job.price_usd))


def whole(plan: Plan, films: Iterable[Film]) -> Spend:
    """What all jobs of these films would be, bought or not: it stays the same while machines buy them."""
    return spend_on(plan.jobs[key] for key in dict.fromkeys(key for film in films for key in film.jobs))


def bill_of(prepared: Prepared, films: Iterable[Film], max_usd: Decimal | None = None) -> Bill:
    """What the films' jobs still cost, in a run that may spend `max_usd` (None: as much as the campaign's budgets let it)."""
    jobs = prepared.plan.jobs
    keys = dict.fromkeys(key for film in films for key in film.jobs)
    records = prepared.ledger.records(keys)
    due = {key: jobs[key] for key in keys if key not in records or _may_be_bought(records[key], jobs[key])}
    changes = compare(prepared.previous.snapshot, prepared.plan) if prepared.previous is not None else None
    return Bill(
        due=tuple(due.values()),
        under_way=tuple(record for record in records.values() if record.state in UNDER_WAY),
        in_doubt=tuple(record for record in records.values() if record.state is JobState.IN_DOUBT),
        max_usd=max_usd,
        again=bought_again(prepared.ledger, prepared.plan, changes, due),
    )


def asked_about(prepared: Prepared, films: Iterable[Film], *, part: bool = False) -> bool:
    """Whether a run that makes these films needed a person's yes to its price.

    A `part` of a run does not know what all of it came to: it counts as asked about where the whole campaign would be.
    """
    spend = whole(prepared.plan, prepared.plan.films) if part else bill_of(prepared, films).spend
    return spend.asks(prepared.brief.campaign.budget)


def agreed(ledger: Ledger, campaign: str, spend: Spend) -> SpendApproval | None:
    """The yes to buying exactly this, None when the newest answer about it is another."""
    answer = ledger.spend_answer(campaign, spend.plan_sha256)
    return answer if answer is not None and answer.state is SpendState.AGREED else None


def _may_be_bought(record: JobRecord, planned: PlannedJob) -> bool:
    """Whether a run buys it, perhaps for the second time. What one provider refused, another may take."""
    if record.state is JobState.REJECTED:
        return record.provider != planned.provider
    return record.state in FREE
