"""Which films of a prepared campaign a person means."""

from collections.abc import Sequence

from campaign.errors import InputError
from campaign.model.faults import Fault
from campaign.model.orders import RunOrder
from campaign.model.standing import FilmStanding, Standing
from campaign.planning.selection import Selection, parse_selection


def select(standing: Standing, order: RunOrder) -> tuple[FilmStanding, ...]:
    """The films that `order` asks for, in plan order; those that the plan leaves out (bad rows) included.

    Empty only when `status` and `changed` leave none over. Raises InputError for an unknown selector key, for values
    that no film of the plan has, and for values that no film has together.
    """
    if order.films is not None:
        return tuple(film for film in standing.films if film.film.id in order.films)
    return select_by(standing, parse_selection(order.only), order.only)


def select_by(standing: Standing, selection: Selection, said: Sequence[str] = ()) -> tuple[FilmStanding, ...]:
    """As `select`, by a selection that was read already; `said` is how the person wrote it."""
    unmatched = selection.unmatched(film.film for film in standing.films)
    if unmatched:
        raise InputError(unmatched)
    taken = _taken(standing, selection)
    if not taken and standing.films and not _taken(standing, selection.lasting):
        raise InputError((_together(said or _written(selection)),))
    return taken


def _taken(standing: Standing, selection: Selection) -> tuple[FilmStanding, ...]:
    changed = standing.changed
    return tuple(
        film
        for film in standing.films
        if selection.takes(
            film.film, status=film.status.value if film.status else None, changed=film.film.id in changed
        )
    )


def _written(selection: Selection) -> list[str]:
    return [f"{key}={value}" for key, values in selection.criteria.items() for value in sorted(values)]


def _together(only: Sequence[str]) -> Fault:
    return Fault(
        file="--only",
        place=" ".join(only),
        problem="no film of the plan has all of this at once",
        cure="Leave one of the keys out; `fanout plan` lists every film.",
        rule="only",
    )
