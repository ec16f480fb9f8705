"""What a person means by making films anew: which films, which of them bought again, which only finished."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from campaign.model.orders import RunOrder
from campaign.model.outcomes import Reason, Status
from campaign.model.plan import Film
from campaign.model.standing import FilmStanding
from campaign.planning.regeneration import asks_of, begun, windows
from campaign.planning.selection import Selection
from campaign.preparing.prepare import Prepared
from campaign.preparing.selecting import select, select_by


class What(StrEnum):
    """Which of the films that a person selects are made, in the words of the form."""

    FAILED = "only what failed"
    CHANGED = "only what changed"
    EVERYTHING = "everything"


CURED_ELSEWHERE = frozenset({Reason.IN_DOUBT, Reason.MODERATED})
"""A new take of these cures nothing: a person decides about the money, or changes the words."""
GONE_ON_WITH = frozenset({Reason.BUDGET, Reason.CANCELLED})
"""These were never bought: a run buys them, and needs no new edition for it."""
SHARED = "Another run had begun new takes of these films: they are finished and shared, and bought once."


@dataclass(frozen=True, slots=True)
class Anew:
    """`films` are to be made, `unapproved` were meant too but may not be bought. `asks` are (variant key, ask_key) that get a
    new edition, each with the one that was seen; `unfinished` variants whose edition was begun before and is finished first.
    `windows` are films that only show what was made for another ratio: of these alone there is nothing to make anew.
    `settled`: all are delivered already.
    """

    films: tuple[Film, ...]
    unapproved: tuple[FilmStanding, ...] = ()
    asks: Mapping[tuple[str, str], int] = field(default_factory=dict)
    windows: tuple[Film, ...] = ()
    unfinished: frozenset[str] = frozenset()
    settled: bool = False


def meant(
    prepared: Prepared, what: What, criteria: Mapping[str, Iterable[str]], left_out: frozenset[str] = frozenset()
) -> Anew:
    """The films of `criteria` (lists of values by selector key, empty lists mean all) of which `what` holds, and what is
    bought again for them: everything gets a new edition; what failed only where the failure was the film's own; what has
    changed is new by itself. `left_out` are variants that are not touched.

    Raises InputError for values that no film of the plan has.
    """
    said = {key: frozenset(value.casefold() for value in values) for key, values in criteria.items()}
    standing = prepared.standing()
    selected = select_by(standing, Selection({key: values for key, values in said.items() if values}))
    chosen = [film for film in selected if film.film.variant.key not in left_out]
    if what is What.EVERYTHING:
        return anew(prepared, chosen)
    if what is What.CHANGED:
        changed = standing.changed
        return _to_run(film for film in chosen if film.film.id in changed)
    failed = [film for film in chosen if film.status is Status.FAILED and film.reason not in CURED_ELSEWHERE]
    unbought = [film for film in failed if film.reason in GONE_ON_WITH]
    again = anew(prepared, [film for film in failed if film.reason not in GONE_ON_WITH])
    films = (*again.films, *(film.film for film in unbought))
    return replace(again, films=films, settled=False)


def plainly(prepared: Prepared, order: RunOrder, left_out: frozenset[str] = frozenset()) -> Anew:
    """What `fanout run` makes of an order: nothing gets a new edition."""
    chosen = select(prepared.standing(), order)
    return _to_run(film for film in chosen if film.film.variant.key not in left_out)


def anew(prepared: Prepared, chosen: Iterable[FilmStanding]) -> Anew:
    """A new edition of the chosen films, where one may be bought."""
    judged = barred(prepared, chosen)
    plain = _to_run(judged)
    unfinished = begun(judged)
    fresh = [film for film in plain.films if film.variant.key not in unfinished]
    asks = asks_of(prepared.plan, fresh, [film.film for film in plain.unapproved])
    idle = windows(prepared.plan, fresh, asks)
    return replace(plain, asks=asks, windows=idle, unfinished=unfinished, settled=plain.settled and not asks)


def barred(prepared: Prepared, chosen: Iterable[FilmStanding]) -> tuple[FilmStanding, ...]:
    """The chosen films as they stand when even those that are made are to be bought anew: not without an approval."""
    chosen = tuple(chosen)
    films = (film.film for film in chosen if film.film.skip is None and film.reason is not Reason.NOT_APPROVED)
    held = prepared.clearance.held(films) if prepared.clearance else {}
    return tuple(
        replace(film, status=Status.SKIPPED, reason=Reason.NOT_APPROVED, sentence=held[film.film.id])
        if film.film.id in held
        else film
        for film in chosen
    )


def words_of_windows(films: Iterable[Film]) -> str:
    """Why these get no new edition, and what gives them one."""
    ratios = ", ".join(dict.fromkeys(film.ratio.label for film in films))
    rows = " or ".join(dict.fromkeys(f"variant={film.variant.key}" for film in films))
    return (
        f"{ratios} only shows, cropped or padded, what was made for the row's other ratios, and is made anew with them. "
        f"Select the row without a ratio: `--only {rows}`."
    )


def _to_run(chosen: Iterable[FilmStanding]) -> Anew:
    there = [film for film in chosen if film.film.skip is None]
    waiting = tuple(film for film in there if film.reason is Reason.NOT_APPROVED)
    to_make = [film for film in there if film.reason is not Reason.NOT_APPROVED]
    settled = all(film.status is Status.DELIVERED for film in to_make)
    return Anew(tuple(film.film for film in to_make), waiting, settled=settled)
