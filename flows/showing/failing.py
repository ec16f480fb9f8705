"""The table of what failed: film by film with its row, the reason, where it is at its provider, and the next command."""

from collections import Counter
from collections.abc import Mapping, Sequence

from campaign.buying.next_commands import command_for
from campaign.model.outcomes import JobState, Reason
from campaign.model.standing import JobStanding
from flows.showing.escaping import in_cell
from flows.showing.gaps import cure, why
from flows.showing.tables import MOST, Rows, counted
from tasks.tally import FilmEnd

FINE = frozenset({JobState.STORED, JobState.PLANNED})
OWN_CURE = frozenset({Reason.MODERATED, Reason.QC, Reason.BUDGET, Reason.NOT_APPROVED, Reason.CANCELLED})
"""What is to be done about these does not depend on the job."""


def failure_rows(ends: Sequence[FilmEnd], jobs: Mapping[str, JobStanding]) -> Rows:
    """A row for each film that is missing, in the sheet's order; one that says so when none is, so that the table never shows an
    older run's.

    The page cuts long rows off on the right: what one looks for stands on the left, the whole sentence last.
    """
    failed = sorted((end for end in ends if not end.made), key=lambda end: end.film.variant.line)
    return [_row(end, jobs) for end in failed[:MOST]] or [{"row": "nothing failed"}]


def failure_words(ends: Sequence[FilmEnd]) -> str:
    """`3 films failed: 2 moderated, 1 fault`, the most frequent reason first."""
    reasons = Counter(_reason(end) for end in ends if not end.made)
    if not reasons:
        return "nothing failed"
    told = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
    more = f"; {MOST} are listed, all of them in the gallery" if reasons.total() > MOST else ""
    return f"{counted(reasons.total(), 'film')} failed: {told}{more}"


def _reason(end: FilmEnd) -> str:
    return end.reason.value if end.reason else "fault"


def _row(end: FilmEnd, jobs: Mapping[str, JobStanding]) -> dict[str, str]:
    film = end.film
    key, job = next(((key, jobs[key]) for key in film.jobs if key in jobs and jobs[key].state not in FINE), ("", None))
    command = (
        cure(end.reason)
        if job is None or end.reason in OWN_CURE
        else command_for(job.state, key, film.variant.key, job.provider)
    )
    return {
        "row": str(film.variant.line),
        "variant": in_cell(film.variant.key),
        "ratio": film.ratio.label,
        "reason": _reason(end),
        "provider": job.provider if job else "",
        "what to do": in_cell(command),
        "remote id": in_cell(job.remote_id) if job and job.remote_id else "",
        "why": in_cell(why(end)),
    }
