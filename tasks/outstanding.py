"""Which task runs a campaign still needs: worked out from plan and ledger before anything is called.

A resume must not send thousands of task runs that end at once through the server: it loses records then.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaign.model.jobs import Operation
from campaign.model.outcomes import JobState, Reason, Status
from campaign.model.plan import Film, Plan
from campaign.model.standing import FilmStanding, Standing
from campaign.model.variants import Variant
from tasks.tally import FilmEnd

Chain = tuple[str, ...]
"""Keys of jobs of one operation, each made from the one before it."""

HOPELESS = frozenset({JobState.DEAD, JobState.LOST, JobState.IN_DOUBT})
"""No run changes these: they need a new edition, or a person's decision."""

ADVANCE = (
    frozenset({JobState.READY}),
    frozenset({JobState.SUBMITTED, JobState.CANCELLING}),
    frozenset({JobState.INTENT, JobState.RECONCILING}),
)
"""States of work that is, or may be, with a provider: the nearer to the store, the earlier it is gone on with."""
UNDER_WAY = frozenset().union(*ADVANCE)


@dataclass(frozen=True, slots=True)
class FilmWork:
    """A film that is still to be made. `reframes` is empty when all its reframe jobs are stored, or it needs none.

    `waits_for` are the keys of all its jobs that are not stored yet, those of its variant's modify included.
    """

    film: Film
    reframes: tuple[Chain, ...]
    waits_for: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VariantWork:
    """What is left to do for a variant: the modify jobs not stored yet, then its films."""

    variant: Variant
    modifies: tuple[Chain, ...]
    films: tuple[FilmWork, ...]

    def film(self, ratio: str) -> Film:
        """The film in a ratio. Raises StopIteration when it is not to be made."""
        return next(work.film for work in self.films if work.film.ratio.label == ratio)

    @property
    def task_runs(self) -> int:
        """How many task runs it makes when all goes well."""
        return bool(self.modifies) + sum(1 + bool(film.reframes) for film in self.films)


@dataclass(frozen=True, slots=True)
class Outstanding:
    """What is left to do by variant, most urgent first, and the films that are settled already, made or failed."""

    works: Mapping[str, VariantWork]
    settled: tuple[FilmEnd, ...]


def outstanding(plan: Plan, standing: Standing, selected: Iterable[Film], *, elsewhere: bool = False) -> Outstanding:
    """What a run of the films `selected` still has to do: first the variants that have paid work under way, the most advanced
    before the others; then in order of priority, then of the plan.

    `elsewhere` tells that what one provider refuses may be bought from another.
    """
    wanted = {film.id for film in selected}
    settled: list[FilmEnd] = []
    by_variant: dict[str, list[FilmStanding]] = {}
    for film in standing.films:
        if film.film.id not in wanted or film.film.skip is not None:
            continue
        end = _settled(film, plan, standing, elsewhere=elsewhere)
        if end is not None:
            settled.append(end)
        else:
            by_variant.setdefault(film.film.variant.key, []).append(film)
    works = [_work(plan, films, standing) for films in by_variant.values()]
    works.sort(key=lambda work: (_distance(work, standing), -work.variant.priority))
    return Outstanding({work.variant.key: work for work in works}, tuple(settled))


def _distance(work: VariantWork, standing: Standing) -> int:
    """How far the most advanced job of a variant is from the store: paid results must not wait until their links die."""
    keys = {key for film in work.films for key in film.waits_for}
    states = {standing.jobs[key].state for key in keys if key in standing.jobs}
    return next((far for far, those in enumerate(ADVANCE) if states & those), len(ADVANCE))


def _settled(film: FilmStanding, plan: Plan, standing: Standing, *, elsewhere: bool) -> FilmEnd | None:
    """How a film has ended already, None when a run can still do something for it."""
    if film.status is Status.DELIVERED or standing.settled(film.film):
        held = film.reason is Reason.QC
        return FilmEnd(film=film.film, made=not held, reason=film.reason, sentence=film.sentence)
    if any(_is_hopeless(key, plan, standing, elsewhere=elsewhere) for key in film.todo):
        return FilmEnd(film=film.film, made=False, reason=film.reason, sentence=film.sentence)
    return None


def _is_hopeless(key: str, plan: Plan, standing: Standing, *, elsewhere: bool) -> bool:
    """Whether no run can do anything about a job. What one provider refused, another may take, unless moderation did."""
    job = standing.jobs.get(key)
    if job is None:
        return False
    if job.state is not JobState.REJECTED:
        return job.state in HOPELESS
    return job.reason is Reason.MODERATED or (job.provider == plan.jobs[key].provider and not elsewhere)


def _work(plan: Plan, films: Sequence[FilmStanding], standing: Standing) -> VariantWork:
    modifies = dict.fromkeys(
        chain for film in films for chain in _chains(plan, film.film, Operation.MODIFY, set(film.todo))
    )
    return VariantWork(
        films[0].film.variant,
        tuple(modifies),
        tuple(
            FilmWork(film.film, _chains(plan, film.film, Operation.REFRAME, set(film.todo)), film.todo)
            for film in films
        ),
    )


def _chains(plan: Plan, film: Film, operation: Operation, todo: set[str]) -> tuple[Chain, ...]:
    """For each piece of the film the jobs of one operation that are still to be made, parents first."""
    chains = []
    for piece in film.pieces:
        chain: list[str] = []
        key = piece.key
        while key is not None:
            job = plan.jobs[key].job
            if job.operation is operation and key in todo:
                chain.insert(0, key)
            key = job.parent
        if chain:
            chains.append(tuple(chain))
    return tuple(dict.fromkeys(chains))
