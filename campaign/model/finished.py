"""A film that was finished: what the file is and what quality control said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from campaign.model.plan import Film, Output
from campaign.model.qc import PICTURE, FileFacts, Finding, QCReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The record of one finished output, kept in the ledger by the output's key.

    `sha256` and `poster_sha256` name the film and its poster (JPEG) in the store; a film that failed QC is kept there
    too, and just not delivered.
    """

    key: str
    campaign: str
    variant: str
    ratio: str
    placement: str | None
    sha256: str
    poster_sha256: str
    facts: FileFacts
    report: QCReport
    made_at: datetime
    told: tuple[Finding, ...] = ()
    """The findings of the report that are about its making and no part of judging it."""
    judged_by: str = ""
    """A mark of the limits and rules that the report follows."""


def held_by(output: Output, film: Film, finished: Mapping[str, Finished]) -> tuple[Finding, ...]:
    """The errors that keep back a finished output; none when it may be delivered. Each file is judged by itself, but for
    the picture that all files of its film share: an error of that, in whichever it was found, keeps all of them back."""
    own = finished[output.key].report.errors
    others = (finished[other.key].report.errors for other in film.outputs if other.key in finished)
    shared = (error for errors in others for error in errors if error.check in PICTURE)
    return own or tuple(dict.fromkeys(shared))


def held_words(film: Film, finished: Mapping[str, Finished]) -> str:
    """A sentence that names each file of a film that is held back, and why; empty for none."""
    files: dict[str, list[str]] = {}
    for output in film.outputs:
        if output.key in finished and (errors := held_by(output, film, finished)):
            files.setdefault(errors_text(errors), []).append(output.placement or film.ratio.label)
    if len(film.outputs) == 1:
        return next(iter(files), "")
    told = "; ".join(f"{', '.join(names)}: {why}" for why, names in files.items())
    return f"{sum(map(len, files.values()))} of {len(film.outputs)} files held back: {told}" if files else ""


def errors_text(errors: Iterable[Finding]) -> str:
    """Errors in one line, each with its check's name."""
    return "; ".join(map(str, errors))
