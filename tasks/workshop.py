"""The workshop of one run: the plan, what is left of it, and the hands that make it; held where every task finds it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol

from campaign.ledger.records import Money
from campaign.model.finished import Finished
from campaign.model.jobs import PlannedJob
from campaign.model.orders import CapUse, RunOrder
from campaign.model.outcomes import JobState, Reason
from campaign.model.plan import Film, Plan
from campaign.model.standing import Standing
from campaign.settings import Settings
from tasks.outstanding import Outstanding, outstanding
from tasks.tally import Tally


class Made(Protocol):
    """What became of a job: the state it ended in, and a sentence about it."""

    @property
    def state(self) -> JobState: ...
    @property
    def reason(self) -> Reason | None: ...
    @property
    def note(self) -> str: ...


class Hands(Protocol):
    """What makes jobs and films. Safe to ask for the same thing again: what the ledger holds is not made twice."""

    async def make(self, planned: PlannedJob) -> Made:
        """Buy or render a job whose parent is stored. Refusals are results; passing trouble raises, cancelling is clean."""

    async def finish(self, film: Film) -> tuple[Finished, ...]:
        """Put a film together from stored results, in its turn on this machine; judged, recorded, not yet delivered."""

    def waiting(self) -> int:
        """How many jobs and films that were asked for have no slot yet."""

    def money(self) -> Money:
        """What the campaign holds and has spent. May block."""

    def limits(self) -> tuple[CapUse, ...]:
        """The budgets that the run pays from, and what is taken from each. May block."""

    def spent_usd(self) -> Decimal:
        """What jobs that this run sent off were billed by now. May block."""

    def gather(self) -> tuple[str, ...]:
        """Bring deliverables, manifest and gallery in line with ledger and store; returns names taken back. May block."""

    def standing(self) -> Standing:
        """Where every film of the plan stands now, from ledger and files. May block."""

    def conclude(self, outcome: str) -> None:
        """Write down how the run ended. May block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """That the pages of a run are made by other machines: what it was asked for, and its id in the ledger, under which all
    of them buy."""

    order: RunOrder
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """One run's collaborators. `films` are those selected, less what the plan leaves out; `window` is how many variants
    are open at once; `notes` are sentences a person should read when the run begins; `spread` is None for a run that
    makes everything itself; `home` is where the campaign's memory lies, None for one that has none."""

    plan: Plan
    films: tuple[Film, ...]
    left: Outstanding
    hands: Hands
    tally: Tally
    window: int
    notes: tuple[str, ...] = ()
    spread: Spread | None = None
    home: Path | None = None


Opening = Callable[[RunOrder, Settings], AbstractAsyncContextManager[Workshop]]
"""What opens the workshop of a run, and closes it when the run has ended."""


def set_up(
    plan: Plan,
    films: Sequence[Film],
    standing: Standing,
    hands: Hands,
    window: int,
    notes: tuple[str, ...] = (),
    *,
    elsewhere: bool = False,
    spread: Spread | None = None,
    home: Path | None = None,
) -> Workshop:
    """The workshop for what is left of `films` (those the plan leaves out are passed over), its tally begun.

    `elsewhere` tells that what one provider refuses may be bought from another.
    """
    wanted = tuple(film for film in films if film.skip is None)
    left = outstanding(plan, standing, wanted, elsewhere=elsewhere)
    needs = {film.film.id: film.waits_for for work in left.works.values() for film in work.films}
    tally = Tally(len(wanted), needs)
    for end in left.settled:
        tally.film_ended(end)
    return Workshop(
        plan=plan,
        films=wanted,
        left=left,
        hands=hands,
        tally=tally,
        window=window,
        notes=notes,
        spread=spread,
        home=home,
    )


_CURRENT: ContextVar[Workshop] = ContextVar("workshop")


def current() -> Workshop:
    """The workshop of the run that asks. Raises LookupError outside a run."""
    return _CURRENT.get()


def current_or_none() -> Workshop | None:
    """The workshop of the run that asks, None when this process has not set one up yet."""
    return _CURRENT.get(None)


@contextmanager
def at_work(workshop: Workshop) -> Iterator[Workshop]:
    """Make `workshop` the current one."""
    token = _CURRENT.set(workshop)
    try:
        yield workshop
    finally:
        _CURRENT.reset(token)
