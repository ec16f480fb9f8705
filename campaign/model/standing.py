"""Where each film of a plan stands, read from the ledger and the files."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from campaign.model.changes import Changes
from campaign.model.finished import Finished
from campaign.model.money import ZERO
from campaign.model.outcomes import JobState, Reason, Status
from campaign.model.plan import Film, Output

MISSING = "missing"
"""The word for what is not delivered; as a selector it means that whatever the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStanding:
    """What the ledger says of one planned job. `reason` says why it ended without a result, `note` is the engine's own
    sentence."""

    state: JobState
    reason: Reason | None
    provider: str
    remote_id: str | None
    price_reserved_usd: Decimal
    price_final_usd: Decimal | None
    artifact_sha256: str | None
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputStanding:
    """One file's status, or None while it is still to be made. `sentence` explains to a person."""

    output: Output
    status: Status | None
    reason: Reason | None
    sentence: str

    @property
    def word(self) -> str:
        """The status as scripts read it; `missing` while it is still to be made."""
        return self.status.value if self.status else MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmStanding:
    """One film's status, or None while it is still to be made. `sentence` explains to a person.

    It is delivered when all its files are, and failed as soon as one is: `outputs` tells of each. `todo` are the keys of
    its jobs whose results are not stored yet, parents first.
    """

    film: Film
    status: Status | None
    reason: Reason | None
    sentence: str
    todo: tuple[str, ...]
    outputs: tuple[OutputStanding, ...] = ()

    @property
    def word(self) -> str:
        """The status as scripts read it; `missing` while it is still to be made."""
        return self.status.value if self.status else MISSING


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The whole campaign: films in plan order, jobs by key, finished outputs by key.

    `changes` is what differs from the last run's plan, None when the campaign never ran. `unmade` are ids of films that
    had changed when the last run began and were not delivered then. `stale` are keys of finished outputs whose verdict
    follows limits of before: they are to be measured again.
    """

    films: tuple[FilmStanding, ...]
    jobs: Mapping[str, JobStanding]
    finished: Mapping[str, Finished]
    changes: Changes | None
    unmade: frozenset[str] = frozenset()
    stale: frozenset[str] = frozenset()

    def settled(self, film: Film) -> bool:
        """Whether every file of a film is made and judged by today's limits."""
        return all(output.key in self.finished and output.key not in self.stale for output in film.outputs)

    @property
    def spent_usd(self) -> Decimal:
        """What the jobs of the plan were billed."""
        return sum((job.price_final_usd for job in self.jobs.values() if job.price_final_usd is not None), ZERO)

    @property
    def reserved_usd(self) -> Decimal:
        """What is held for jobs in flight or in doubt."""
        return sum((job.price_reserved_usd for job in self.jobs.values()), ZERO)

    @property
    def changed(self) -> frozenset[str]:
        """Ids of films whose content or name is new since the last run, and of those that it should have made anew.

        Of a campaign that never ran, all films.
        """
        made = {film.film.id: film.status for film in self.films if film.film.skip is None}
        if self.changes is None:
            return frozenset(made)
        still = {film for film in self.unmade if film in made and made[film] is not Status.DELIVERED}
        return self.changes.touched | still
