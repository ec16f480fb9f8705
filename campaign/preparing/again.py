"""What is bought again: films that were paid for and have become other jobs since, by new cuts or other words."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from campaign.ledger.ledger import Ledger
from campaign.model import money
from campaign.model.changes import Change, Changes
from campaign.model.outcomes import JobState
from campaign.model.plan import Plan


@dataclass(frozen=True, slots=True)
class Again:
    """Jobs that are to be bought although their films were paid for before, the most that they cost, and why, in the words of
    model.changes."""

    jobs: int
    usd: Decimal
    causes: tuple[str, ...]

    @property
    def told(self) -> str:
        """The sentence for a person, with what keeps what was bought where that is new cuts."""
        count = "1 job is" if self.jobs == 1 else f"{self.jobs} jobs are"
        keep = " To keep the former cuts, list them as [[shots]] with start and end." if "cuts" in self.causes else ""
        return (
            f"{count} bought again, for up to {money.text(self.usd)} USD: films that were paid for have changed "
            f"({', '.join(self.causes)}).{keep}"
        )


def bought_again(ledger: Ledger, plan: Plan, changes: Changes | None, due: Collection[str]) -> Again | None:
    """What of the jobs `due` (by key) is for films that have changed since the last run, at the same engine and resolution, and
    for which as much was paid before; None when nothing is."""
    changed = {change.film: change for change in _changed(changes)}
    films = [film for film in plan.films if film.id in changed]
    wanted = {key for film in films for key in film.jobs if key in due and plan.jobs[key].price_usd}
    if not wanted:
        return None
    paid = {
        (record.variant, record.operation, record.ratio)
        for record in ledger.records_in(plan.campaign, {JobState.STORED})
        if record.price_usd and record.key not in plan.jobs
    }
    again = {key for key in wanted if paid & _marks(plan, key)}
    causes = dict.fromkeys(cause for film in films if again & set(film.jobs) for cause in changed[film.id].causes)
    usd = sum((plan.jobs[key].price_usd for key in again), money.ZERO)
    return Again(len(again), usd, tuple(causes)) if again else None


def _changed(changes: Changes | None) -> Iterable[Change]:
    """Another engine or resolution is bought for the first time: a final after its draft."""
    return () if changes is None else (change for change in changes.changed if "engine" not in change.causes)


def _marks(plan: Plan, key: str) -> set[tuple[str, str, str | None]]:
    planned = plan.jobs[key]
    ratio = planned.job.ratio.label if planned.job.ratio else None
    return {(variant, planned.job.operation.value, ratio) for variant in planned.variants}
