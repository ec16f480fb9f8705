"""Which films of a prepared campaign a person means."""

from campaign.model.orders import RunOrder
from campaign.model.standing import FilmStanding, Standing
from campaign.planning.selection import parse_selection


def select(standing: Standing, order: RunOrder) -> tuple[FilmStanding, ...]:
    """The films that `order` asks for, in plan order; those that the plan leaves out (bad rows) included.

    Raises InputError for an unknown selector key or ratio.
    """
    if order.films is not None:
        return tuple(film for film in standing.films if film.film.id in order.films)
    selection = parse_selection(order.only)
    return tuple(
        film
        for film in standing.films
        if selection.takes(
            film.film,
            status=film.status.value if film.status else None,
            changed=film.film.id in standing.changed,
        )
    )
