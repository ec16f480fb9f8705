"""Which of the films that are wanted a run makes, and which it leaves out: faulty rows, drafts that are not approved."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from campaign.model.faults import Level
from campaign.model.outcomes import Reason
from campaign.model.plan import Film
from campaign.model.standing import FilmStanding
from fanout.console import say, say_faults
from fanout.fault_lines import many, on_lines
from fanout.waiting import say_unapproved, unapproved

if TYPE_CHECKING:
    from campaign.preparing.prepare import Prepared


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Films that are wanted and not made: gaps, whatever becomes of the rest. Rows with faults; drafts not approved."""

    faulty: tuple[Film, ...] = ()
    unapproved: tuple[FilmStanding, ...] = ()

    @property
    def count(self) -> int:
        """How many films."""
        return len(self.faulty) + len(self.unapproved)

    def document(self) -> dict[str, object]:
        """For scripts: ids of films, and why those that are not approved are not."""
        return {
            "left_out": [film.id for film in self.faulty],
            "not_approved": {film.film.id: film.sentence for film in self.unapproved},
        }


NOTHING = LeftOut()


def left_out(prepared: "Prepared", chosen: Iterable[FilmStanding]) -> LeftOut:
    """Which of the chosen films cannot be made; says so, and why."""
    chosen = tuple(chosen)
    faulty = tuple(standing.film for standing in chosen if standing.film.skip is Reason.BAD_ROW)
    if faulty:
        say_faults([fault for fault in prepared.plan.faults if fault.level is Level.ERROR])
        rows = {film.variant.line for film in faulty}
        say("[yellow]left out:[/yellow] ", plain=f"{many(len(faulty), 'film')} of faulty rows, {on_lines(rows)}")
    waiting = unapproved(chosen)
    say_unapproved(waiting)
    return LeftOut(faulty, waiting)


def to_make(chosen: Iterable[FilmStanding]) -> list[FilmStanding]:
    """The chosen films that a run is about, whether they are made already or not."""
    return [film for film in chosen if film.film.skip is None and film.reason is not Reason.NOT_APPROVED]
