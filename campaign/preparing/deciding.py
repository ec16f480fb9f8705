"""Deciding: what a person says of delivered drafts, bound to the bytes that were looked at and to the words behind them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from stat import S_ISREG

from campaign.model.approvals import Approval, Take, Verdict
from campaign.model.finished import Finished
from campaign.model.jobs import Operation
from campaign.model.outcomes import Status
from campaign.model.plan import Film, Output, Plan
from campaign.model.standing import FilmStanding, Standing
from campaign.planning.words import Words
from campaign.preparing.prepare import Prepared
from campaign.preparing.stills import stills_of

AGAIN = "`fanout run --draft` makes it"
BACK = "`fanout run --draft` puts the draft back, and what lies there into superseded/"


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided, and why some films could not be decided about: sentences by the film's id."""

    decisions: tuple[Approval, ...]
    refused: Mapping[str, str]


def decide(
    prepared: Prepared,
    standing: Standing,
    films: Sequence[FilmStanding],
    verdict: Verdict,
    *,
    by: str,
    at: datetime,
    note: str = "",
) -> Decided:
    """Write down a verdict about the drafts of `films`, which are of `prepared`, a draft plan.

    Every file is hashed anew and must be what was finished: a draft that is not made, not delivered or not those bytes is
    refused by name, and the others are decided. Approved drafts of a generative engine leave the pictures that will pin
    their finals; where such a picture cannot be made, the film is refused.
    """
    plan = prepared.plan
    refused = {film.film.id: why for film in films if (why := _undecidable(film, plan, standing))}
    words = Words(lambda key: plan.jobs[key].job)
    decisions = [
        Approval(
            campaign=plan.campaign,
            variant=film.film.variant.key,
            ratio=film.film.ratio.label,
            verdict=verdict,
            file=film.film.outputs[0].file,
            file_sha256=standing.finished[film.film.outputs[0].key].sha256,
            prompt_sha256=words.of(film.film),
            model=plan.model,
            takes=_takes(film.film, plan, standing),
            by=by,
            at=at,
            note=note,
        )
        for film in films
        if film.film.id not in refused
    ]
    if verdict is Verdict.APPROVED and plan.generative:
        decisions = _pinnable(decisions, prepared, refused)
    prepared.ledger.decide(decisions)
    return Decided(tuple(decisions), refused)


def _undecidable(film: FilmStanding, plan: Plan, standing: Standing) -> str:
    """Why nothing can be said of a draft; empty when it lies there as it was made."""
    made = [standing.finished.get(output.key) for output in film.film.outputs]
    if film.status in (Status.FAILED, Status.SKIPPED):
        return f"its draft was not delivered ({film.reason}): {film.sentence}"
    found = (_changed(plan, output, done) for output, done in zip(film.film.outputs, made, strict=True))
    return next(filter(None, found), "")


def _changed(plan: Plan, output: Output, done: Finished | None) -> str:
    if done is None:
        return f"its draft is not made yet: {AGAIN}"
    path = plan.out / output.file
    try:
        plain = S_ISREG(path.lstat().st_mode)
        with path.open("rb") as file:
            same = plain and hashlib.file_digest(file, "sha256").hexdigest() == done.sha256
    except FileNotFoundError:
        return f"its draft does not lie there ({output.file}): `fanout run --draft` puts it back"
    except OSError as error:
        return f"its draft cannot be read ({output.file}: {error.strerror}): {BACK}"
    return "" if same else f"somebody has changed {output.file}: it is not the film that was made: {BACK}"


def _takes(film: Film, plan: Plan, standing: Standing) -> tuple[Take, ...]:
    """The modify results that a film shows, in order."""
    takes = []
    for key in film.jobs:
        job, known = plan.jobs[key].job, standing.jobs.get(key)
        if job.operation is Operation.MODIFY and known is not None and known.artifact_sha256 is not None:
            takes.append(Take(job.segment.start_frame, job.segment.end_frame, known.artifact_sha256))
    return tuple(takes)


def _pinnable(decisions: Sequence[Approval], prepared: Prepared, refused: dict[str, str]) -> list[Approval]:
    """Those of which every take gives its pictures; the others are added to `refused`."""
    stills = stills_of(
        [take for each in decisions for take in each.takes],
        rate=prepared.plan.master.rate,
        home=prepared.home,
        store=prepared.store,
        engine=prepared.engine,
    )
    lost = [each for each in decisions if not all(take in stills for take in each.takes)]
    for each in lost:
        refused[f"{each.variant} {each.ratio}"] = (
            f"the footage behind its draft is lost or cannot be read, so its look could not be kept: {AGAIN} anew"
        )
    return [each for each in decisions if each not in lost]
