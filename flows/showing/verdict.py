"""The final state of a flow run, computed from its films and never from how the process ended."""

from collections.abc import Sequence
from textwrap import shorten

from prefect import State
from prefect.states import Cancelled, Completed, Failed

from flows.showing.gaps import grouped
from tasks.tally import FilmEnd

GAPS = "Completed with gaps"
NAMED = 5
"""How many gaps a message lists; the rest are in the tables. It stands in a narrow column of every page of the run."""
LENGTH = 200
"""Of a cause, in letters."""


def verdict(ends: Sequence[FilmEnd], films: int, *, stopped: bool, fault: Exception | None = None) -> State[None]:
    """Completed, Completed with gaps, Failed or Cancelled, for `films` films of which `ends` have ended.

    `fault` is what broke the run beyond its films.
    """
    made = sum(end.made for end in ends)
    gaps = [end for end in ends if not end.made]
    if stopped:
        return Cancelled(message=f"Stopped: {made} of {films} films are made; the next run goes on from here.")
    if fault is not None:
        return Failed(message=f"{made} of {films} films are made, then: {type(fault).__name__}: {fault}")
    if made == films:
        return Completed(message=f"All {films} films are made." if films else "Nothing was to be made.")
    message = f"{made} of {films} films are made. {_list(gaps)}"
    return Completed(name=GAPS, message=message) if made else Failed(message=message)


def _list(ends: Sequence[FilmEnd]) -> str:
    gaps = grouped(ends)
    lines = [f"{films}: {shorten(cause, LENGTH, placeholder=' …')}" for films, cause in gaps[:NAMED]]
    more = f" And {len(gaps) - NAMED} more." if len(gaps) > NAMED else ""
    return "Missing: " + "; ".join(lines) + "." + more
