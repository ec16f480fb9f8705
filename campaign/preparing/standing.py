"""Joins a plan with the ledger and the files: what is delivered, what failed and why, what is still to be made."""

from collections.abc import Callable, Mapping
from stat import S_ISREG

from campaign.ledger.ledger import Ledger
from campaign.ledger.records import JobRecord
from campaign.model.faults import with_subject
from campaign.model.finished import Finished
from campaign.model.outcomes import JobState, Reason, Status
from campaign.model.plan import Film, Output, Plan
from campaign.model.standing import FilmStanding, JobStanding, Standing
from campaign.planning.snapshot import compare
from campaign.preparing.clearance import Clearance
from campaign.preparing.history import PastRun
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
    plan: Plan, ledger: Ledger, store: Store, previous: PastRun | None, clearance: Clearance | None = None
) -> Standing:
    """Where every film of `plan` stands. `previous` is the last run, None when there was none; `clearance` tells which
    films may not be bought, None for a draft.

    What the ledger has but the store has lost counts as not made: the next run makes it again, or names it as lost. A
    film that lies among the deliverables is not lost.
    """
    records = ledger.records(plan.jobs)
    known = ledger.finished(output.key for film in plan.films for output in film.outputs)
    gone = {key: film for key, film in known.items() if not store.exists(film.sha256)}
    finished = {key: film for key, film in known.items() if key not in gone} | _in_place(plan, gone)
    jobs = {key: _job(record) for key, record in records.items()}
    changes = compare(previous.snapshot, plan) if previous is not None else None
    unmade = previous.unmade if previous is not None else frozenset()
    held = clearance.held(film for film in plan.films if not _finished(film, finished)) if clearance else {}
    films = tuple(
        stand_film(film, plan, jobs, finished, store.exists, held=held.get(film.id, "")) for film in plan.films
    )
    return Standing(films=films, jobs=jobs, finished=finished, changes=changes, unmade=unmade)


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
) -> FilmStanding:
    """Where one film stands. Delivered means: finished, passed, and the file lies there with its full size.

    `kept` tells whether the store has a sha256, `held` why the film may not be bought: what is finished is past that.
    """
    done = _finished(film, finished)
    todo = tuple(key for key in film.jobs if not _stored(jobs.get(key), kept, trusted=done))
    status, reason, sentence = _judge(film, plan, jobs, finished, held)
    return FilmStanding(film=film, status=status, reason=reason, sentence=sentence, todo=todo)


def _judge(
    film: Film, plan: Plan, jobs: Mapping[str, JobStanding], finished: Mapping[str, Finished], held: str
) -> tuple[Status | None, Reason | None, str]:
    if film.skip is not None:
        return Status.SKIPPED, film.skip, f"line {film.variant.line} of the sheet is left out"
    made = [finished.get(output.key) for output in film.outputs]
    for done in made:
        if done is not None and not done.report.passed:
            error = done.report.errors[0]
            return Status.FAILED, Reason.QC, f"{error.message} (measured {error.measured}, expected {error.expected})"
    if all(done is not None for done in made):
        present = all(_lies_there(plan, output, done) for output, done in zip(film.outputs, made, strict=True))
        return (Status.DELIVERED, None, "") if present else (None, None, "finished, waiting to be gathered")
    ended = [(key, job) for key in film.jobs if (job := jobs.get(key)) is not None and job.state in _REASONS]
    if held and all(job.state is not JobState.IN_DOUBT for _, job in ended):  # doubt about money comes before all else
        return Status.SKIPPED, Reason.NOT_APPROVED, held
    for key, job in ended:
        return (
            Status.FAILED,
            job.reason or _REASONS[job.state],
            f"job {key[:12]}: {with_subject(job.provider, job.note) or job.state}",
        )
    return None, None, ""


def _lies_there(plan: Plan, output: Output, done: Finished | None) -> bool:
    if done is None:
        return False
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
