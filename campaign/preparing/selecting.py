"""Which films of a prepared campaign a person means."""

from collections.abc import Sequence

from campaign.model.standing import FilmStanding, Standing
from campaign.planning.selection import parse_selection


def select(standing: Standing, only: Sequence[str]) -> tuple[FilmStanding, ...]:
    """The films that the selector texts `only` take; all of them when there are none.

    Raises InputError for an unknown key or ratio.
    """
    selection = parse_selection(only)
    return tuple(
        film
        for film in standing.films
        if selection.takes(
            film.film,
            status=film.status.value if film.status else None,
            changed=film.film.id in standing.changed,
        )
    )
