"""Where a job is bought. Off unless `failover` names other providers; never while it may be bought somewhere already."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction

from campaign.ledger.records import Event, JobRecord, RouteRecord
from campaign.model.campaign import Campaign
from campaign.model.catalogue import Capability
from campaign.model.jobs import Job, Operation, PlannedJob
from campaign.model.money import text
from campaign.model.outcomes import JobState
from campaign.model.plan import Plan
from campaign.planning.pricing import mode_of, price_of


@dataclass(frozen=True, slots=True)
class Failover:
    """Providers that may be turned to, in this order, for sources of a `rate` (frames a second).

    `dearer` tells whether a job may cost more there than was planned: not where a person has agreed to the plan's prices.
    """

    others: tuple[Capability, ...] = ()
    rate: Fraction = Fraction(24)
    dearer: bool = True

    def places(self, planned: PlannedJob, parent: JobRecord | None) -> tuple[PlannedJob, ...]:
        """The job at each provider where it may be bought, the planned one first.

        A reframe follows its parent: at the same provider both are one picture, and nothing is uploaded again.
        """
        if not self.others or planned.job.model not in {other.model for other in self.others}:
            return (planned,)
        elsewhere = [moved for other in self.others if (moved := self._moved(planned, other)) is not None]
        if planned.job.operation is Operation.REFRAME:
            followed = [
                moved
                for moved in elsewhere
                if parent is not None and moved.provider == parent.provider and self._agrees(planned, moved)
            ]
            return (*followed, planned)[:1]
        return (planned, *elsewhere)

    def chosen(
        self,
        planned: PlannedJob,
        places: Sequence[PlannedJob],
        choose: Callable[[Sequence[PlannedJob]], PlannedJob | None],
    ) -> tuple[PlannedJob | None, str]:
        """What `choose` takes of the places whose price was agreed to; and in a sentence with the cure why the job is not
        bought at a dearer one that it would have taken, "" when there is none."""
        wished = choose(places)
        if wished is None or self._agrees(planned, wished):
            return wished, ""
        return choose([place for place in places if self._agrees(planned, place)]), _too_dear(planned, wished)

    def _agrees(self, planned: PlannedJob, place: PlannedJob) -> bool:
        """Whether the job may be bought at a place for the price that it has there."""
        return self.dearer or place.price_usd <= planned.price_usd

    def _moved(self, planned: PlannedJob, other: Capability) -> PlannedJob | None:
        """The job at another provider, None where that does not take it, or lists no price."""
        job = planned.job
        length = job.segment.frames / self.rate
        price = price_of(other, job.operation, job.resolution, mode_of(job.hdr, job.exr), length)
        if other.name == planned.provider or price is None or not _takes(other, job, length, self.rate):
            return None
        return replace(planned, provider=other.name, price_usd=price)


def failover_of(
    campaign: Campaign, plan: Plan, catalogue: Mapping[str, Capability], *, dearer: bool = True
) -> Failover:
    """Whom a run may turn to: those the campaign names, the plan's own left out, that take the whole plan at a price."""
    refusing = {refusal.provider for refusal in plan.refusals}
    others = tuple(
        catalogue[name]
        for name in campaign.failover
        if name != plan.provider and name not in refusing and catalogue[name].generative and plan.prices.get(name)
    )
    return Failover(others, plan.master.rate, dearer)


def refused_by(events: Sequence[Event], providers: Collection[str]) -> frozenset[str]:
    """Those of `providers` that have refused a job for good: a refusal's note begins with who gave it."""
    notes = [event.note for event in events if event.to_state is JobState.REJECTED]
    return frozenset(name for name in providers if any(note.startswith(f"{name}: ") for note in notes))


def best(
    places: Sequence[PlannedJob], routes: Sequence[RouteRecord], barred: Collection[str], *, refused: Collection[str]
) -> PlannedJob | None:
    """The first place whose way is not shut; if all are, the first that has not refused the job; None if all have."""
    left = [place for place in places if place.provider not in refused]
    for place in left:
        if place.provider not in barred and not is_shut(routes, place.provider, place.job.operation):
            return place
    return left[0] if left else None


def is_shut(routes: Sequence[RouteRecord], provider: str, operation: str) -> bool:
    """Whether a way is broken or barred now; one that only asks to slow down is not."""
    return any(
        route.provider == provider and route.operation in (None, operation) and _shut_now(route) for route in routes
    )


def _shut_now(route: RouteRecord) -> bool:
    if route.state == "barred":
        return True
    return route.state == "open" and route.until is not None and route.until > datetime.now(UTC)


def _too_dear(planned: PlannedJob, place: PlannedJob) -> str:
    return (
        f"Job {planned.job.short} costs up to {text(place.price_usd)} USD at {place.provider}, and no more than "
        f"{text(planned.price_usd)} USD was agreed to: it was not bought there. `fanout run --provider {place.provider}` asks "
        "for a yes to that price."
    )


def _takes(other: Capability, job: Job, length: Fraction, rate: Fraction) -> bool:
    """Whether one job, cut as it was for the plan's own provider, keeps another's limits."""
    modify = job.operation is Operation.MODIFY
    limits = other.modify if modify else other.reframe
    ratio = job.ratio.label if job.ratio is not None else ""
    return (
        other.model == job.model
        and job.resolution in limits.resolutions
        and (limits.max_seconds.value is None or length <= limits.max_seconds.value)
        and (limits.max_fps.value is None or rate <= limits.max_fps.value)
        and (limits.max_keyframes.value is None or len(job.keyframes) <= limits.max_keyframes.value)
        and (not job.deep or job.resolution in other.hdr)
        and (not job.exr or other.exr)
        and (modify or (job.ratio in limits.ratios and (job.resolution, ratio) not in limits.refused))
    )
