"""Films that a final leaves out because their drafts are not approved: which, and why."""

from collections.abc import Iterable, Mapping
from itertools import islice

from campaign.model.outcomes import Reason
from campaign.model.standing import FilmStanding
from fanout.console import say
from fanout.fault_lines import many

FEW = 6
"""So many films that share a cause are named; --json has them all."""
MOST_CAUSES = 20
"""So many causes are told: who approved, and which file, makes nearly every one a sentence of its own."""


def unapproved(chosen: Iterable[FilmStanding]) -> tuple[FilmStanding, ...]:
    """Those that wait for an approval, or whose approval has become void."""
    return tuple(film for film in chosen if film.reason is Reason.NOT_APPROVED)


def say_unapproved(films: Iterable[FilmStanding]) -> None:
    """Say which films wait for approval, and why; nothing for none."""
    causes = {film.film.id: film.sentence for film in films}
    if causes:
        verb = "is" if len(causes) == 1 else "are"
        say("[yellow]not approved:[/yellow] ", plain=f"{many(len(causes), 'film')} {verb} left out")
    say_causes(causes)


def say_causes(causes: Mapping[str, str]) -> None:
    """Sentences about films, by id: films with the same one on a line, the first few of many."""
    films: dict[str, list[str]] = {}
    for film, why in causes.items():
        films.setdefault(why, []).append(film)
    for why, names in islice(films.items(), MOST_CAUSES):
        more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
        say("  ", plain=f"{', '.join(names[:FEW])}{more}: {why}")
    if len(films) > MOST_CAUSES:
        say(f"  and {many(len(films) - MOST_CAUSES, 'other cause')}; --json has them all")
