"""What one run has done so far, counted as it happens. Lives in the run's own event loop; nothing else writes it."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from campaign.model.outcomes import Reason
from campaign.model.plan import Film


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmEnd:
    """How a film ended in this run. `reason` None with `made` False: a fault of machine or program, told in `sentence`."""

    film: Film
    made: bool
    reason: Reason | None = None
    sentence: str = ""


@dataclass(slots=True)
class Stretch:
    """Time spent on one kind of work."""

    count: int = 0
    seconds: float = 0.0

    @property
    def mean(self) -> float | None:
        """Mean seconds of one piece of work, None when none has ended."""
        return self.seconds / self.count if self.count else None


class Tally:
    """Counts of a run: films of the selection, and the jobs that are still to be made for them.

    `fault` is what broke the run as a whole, beyond its films.
    """

    def __init__(
        self, films: int, needs: Mapping[str, Iterable[str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`needs` maps the id of each film that is still to be made to the keys of the jobs it waits for."""
        self.films = films
        self.began = clock()
        self.task_runs = 0
        self.fault: Exception | None = None
        self.ends: dict[str, FilmEnd] = {}
        self.running: dict[str, float] = {}
        self.finishing: dict[str, float] = {}
        self.labels: dict[str, str] = {}
        self.jobs = Stretch()
        self.finishes = Stretch()
        self._clock = clock
        self._needs = {film: tuple(keys) for film, keys in needs.items()}
        self._waiting_for = Counter(key for keys in self._needs.values() for key in keys)
        self._all = frozenset(self._waiting_for)
        self._ended: set[str] = set()
        self._before = (0, 0)

    @property
    def jobs_total(self) -> int:
        """How many different jobs this run had to make when it began."""
        return len(self._all)

    @property
    def jobs_done(self) -> int:
        """How many of them have ended, or are not needed any more."""
        return len(self._ended & self._all)

    @property
    def jobs_ended_here(self) -> int:
        """How many jobs have ended since the run began."""
        return self.jobs_done - self._before[0]

    @property
    def films_ended_here(self) -> int:
        """How many films have ended since the run began."""
        return len(self.ends) - self._before[1]

    @property
    def elapsed_s(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self.began

    def begin(self) -> None:
        """The run begins now: what was waited for before, a server say, is not its time."""
        self.began = self._clock()
        self._before = (self.jobs_done, len(self.ends))

    def job_began(self, key: str, label: str) -> None:
        """A job is asked for; films that share it ask again, which does not count twice."""
        self.running.setdefault(key, self._clock())
        self.labels[key] = label

    def job_ended(self, key: str) -> None:
        """A job came to an end, good or bad."""
        began = self.running.pop(key, None)
        if began is not None and key not in self._ended:
            self.jobs.count += 1
            self.jobs.seconds += self._clock() - began
        self._ended.add(key)

    def job_dropped(self, key: str) -> None:
        """A job was interrupted: it is neither running nor done."""
        self.running.pop(key, None)

    def finish_began(self, film_id: str) -> None:
        """A film is being put together."""
        self.finishing[film_id] = self._clock()

    def finish_ended(self, film_id: str) -> None:
        """It is no longer."""
        self.finishes.count += 1
        self.finishes.seconds += self._clock() - self.finishing.pop(film_id)

    def film_ended(self, end: FilmEnd) -> None:
        """A film is made or has failed; jobs that nobody waits for any more count as done."""
        if end.film.id in self.ends:
            return
        self.ends[end.film.id] = end
        for key in self._needs.get(end.film.id, ()):
            self._waiting_for[key] -= 1
            if not self._waiting_for[key] and key not in self.running:
                self._ended.add(key)

    @property
    def made(self) -> int:
        """Films that are made, those of earlier runs included."""
        return sum(end.made for end in self.ends.values())

    @property
    def failures(self) -> tuple[FilmEnd, ...]:
        """Films that are not made and will not be in this run, in the order in which they failed."""
        return tuple(end for end in self.ends.values() if not end.made)

    def longest(self) -> tuple[str, float] | None:
        """The job that has run longest: what it is, and for how many seconds."""
        if not self.running:
            return None
        key, began = min(self.running.items(), key=lambda item: item[1])
        return self.labels[key], self._clock() - began
