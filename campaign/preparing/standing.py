"""Joins a plan with the ledger and the files: what is delivered, what failed and why, what is still to be made."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from stat import S_ISREG

from campaign.ledger.ledger import Ledger
from campaign.ledger.records import JobRecord
from campaign.media.quality.keeping import MEASURES
from campaign.model.faults import with_subject
from campaign.model.finished import Finished, errors_text, held_by, held_words
from campaign.model.outcomes import JobState, Reason, Status
from campaign.model.plan import Film, Output, Plan
from campaign.model.standing import FilmStanding, JobStanding, OutputStanding, Standing
from campaign.planning.snapshot import compare
from campaign.preparing.clearance import Clearance
from campaign.preparing.history import PastRun
from campaign.preparing.verdicts import up_to_date
from campaign.store.files import Store

_REASONS = {
    JobState.REJECTED: Reason.REJECTED,
    JobState.DEAD: Reason.REJECTED,
    JobState.LOST: Reason.LOST,
    JobState.IN_DOUBT: Reason.IN_DOUBT,
    JobState.BUDGET: Reason.BUDGET,
    JobState.CANCELLED: Reason.CANCELLED,
}


def stand(
    plan: Plan, ledger: Ledger, store: Store, home: Path, previous: PastRun | None, clearance: Clearance | None = None
) -> Standing:
    """Where every film of `plan` stands. `home` is .fanout; `previous` is the last run, None when there was none;
    `clearance` tells which films may not be bought, None for a draft. Verdicts are those of today's limits.

    What the ledger has but the store has lost counts as not made: the next run makes it again, or names it as lost. A
    film that lies among the deliverables is not lost.
    """
    records = ledger.records(plan.jobs)
    known = ledger.finished(output.key for film in plan.films for output in film.outputs)
    gone = {key: film for key, film in known.items() if not store.exists(film.sha256)}
    finished = {key: film for key, film in known.items() if key not in gone} | _in_place(plan, gone)
    finished, void = up_to_date(plan, finished, ledger, home / MEASURES)
    stale = void - gone.keys()  # of what only lies among the deliverables nothing more can be measured
    jobs = {key: _job(record) for key, record in records.items()}
    changes = compare(previous.snapshot, plan) if previous is not None else None
    unmade = previous.unmade if previous is not None else frozenset()
    held = clearance.held(film for film in plan.films if not _finished(film, finished)) if clearance else {}
    films = tuple(
        stand_film(film, plan, jobs, finished, store.exists, held=held.get(film.id, ""), stale=stale)
        for film in plan.films
    )
    return Standing(films=films, jobs=jobs, finished=finished, changes=changes, unmade=unmade, stale=stale)


def _finished(film: Film, finished: Mapping[str, Finished]) -> bool:
    return bool(film.outputs) and all(output.key in finished for output in film.outputs)


def _in_place(plan: Plan, gone: Mapping[str, Finished]) -> dict[str, Finished]:
    outputs = (output for film in plan.films for output in film.outputs if output.key in gone)
    return {output.key: gone[output.key] for output in outputs if _lies_there(plan, output, gone[output.key])}


def stand_film(
    film: Film,
    plan: Plan,
    jobs: Mapping[str, JobStanding],
    finished: Mapping[str, Finished],
    kept: Callable[[str], bool],
    held: str = "",
    stale: frozenset[str] = frozenset(),
) -> FilmStanding:
    """Where one film stands, and each of its files. Delivered means: finished, passed, and the file lies there with its
    full size.

    `kept` tells whether the store has a sha256, `held` why the film may not be bought: what is finished is past that.
    `stale` are keys of finished outputs that are to be judged anew.
    """
    done = _finished(film, finished)
    todo = tuple(key for key in film.jobs if not _stored(jobs.get(key), kept, trusted=done))
    unmade = _skipped(film) if film.skip is not None else _unmade(film, jobs, held)
    outputs = tuple(
        _output(output, film, plan, finished, stale)
        if output.key in finished
        else OutputStanding(output=output, status=unmade[0], reason=unmade[1], sentence=unmade[2])
        for output in film.outputs
    )
    status, reason, sentence = _whole(film, outputs, finished) if outputs else unmade
    return FilmStanding(film=film, status=status, reason=reason, sentence=sentence, todo=todo, outputs=outputs)


AGAIN = "made, to be measured and judged anew: what is measured, or a region, has changed since"
Fate = tuple[Status | None, Reason | None, str]


def _skipped(film: Film) -> Fate:
    return Status.SKIPPED, film.skip, f"line {film.variant.line} of the sheet is left out"


def _unmade(film: Film, jobs: Mapping[str, JobStanding], held: str) -> Fate:
    """Where the files of a film stand that are not finished, by its jobs."""
    ended = [(key, job) for key in film.jobs if (job := jobs.get(key)) is not None and job.state in _REASONS]
    if held and all(job.state is not JobState.IN_DOUBT for _, job in ended):  # doubt about money comes before all else
        return Status.SKIPPED, Reason.NOT_APPROVED, held
    for key, job in ended:
        why = with_subject(job.provider, job.note) or job.state
        return Status.FAILED, job.reason or _REASONS[job.state], f"job {key[:12]}: {why}"
    return None, None, ""


def _output(
    output: Output, film: Film, plan: Plan, finished: Mapping[str, Finished], stale: frozenset[str]
) -> OutputStanding:
    """Where a finished file stands: quality control judges each by itself."""
    done = finished[output.key]
    if output.key in stale:
        return OutputStanding(output=output, status=None, reason=None, sentence=AGAIN)
    errors = held_by(output, film, finished)
    if errors:
        told = errors_text(errors)
        sentence = told if done.report.errors else f"its picture, as seen in another file of the film: {told}"
        return OutputStanding(output=output, status=Status.FAILED, reason=Reason.QC, sentence=sentence)
    lies = _lies_there(plan, output, done)
    status, sentence = (Status.DELIVERED, "") if lies else (None, "finished, waiting to be gathered")
    return OutputStanding(output=output, status=status, reason=None, sentence=sentence)


def _whole(film: Film, outputs: Sequence[OutputStanding], finished: Mapping[str, Finished]) -> Fate:
    """The film by its files: what is not made comes before what is held back, and that before what waits."""
    missing = [each for each in outputs if each.status is not Status.DELIVERED]
    if not missing:
        return Status.DELIVERED, None, ""
    worst = min(missing, key=lambda each: (each.status is None, each.reason is Reason.QC))
    if worst.reason is Reason.QC:
        return Status.FAILED, Reason.QC, held_words(film, finished)
    return worst.status, worst.reason, worst.sentence


def _lies_there(plan: Plan, output: Output, done: Finished) -> bool:
    try:
        told = (plan.out / output.file).lstat()
    except OSError:
        return False
    return S_ISREG(told.st_mode) and told.st_size == done.facts.bytes  # a link is nobody's deliverable


def _stored(job: JobStanding | None, kept: Callable[[str], bool], *, trusted: bool) -> bool:
    """Whether a job's result is stored; not looked for when `trusted`, since the film that needed it is finished."""
    if job is None or job.state is not JobState.STORED:
        return False
    return trusted or (job.artifact_sha256 is not None and kept(job.artifact_sha256))


def _job(record: JobRecord) -> JobStanding:
    return JobStanding(
        state=record.state,
        reason=record.reason,
        provider=record.provider,
        remote_id=record.remote_id,
        price_reserved_usd=record.price_reserved_usd,
        price_final_usd=record.price_final_usd,
        artifact_sha256=record.artifact_sha256,
        note=record.note,
    )
