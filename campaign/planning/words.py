"""Words: what a film is asked to be, hashed apart from tier and edition, so that a draft and its final say the same."""

from collections.abc import Callable
from hashlib import sha256

from campaign.model.jobs import Job
from campaign.model.plan import Film, Piece
from campaign.planning.identity import fragment


class Words:
    """Hashes films. `job_of` gives a job by its key."""

    def __init__(self, job_of: Callable[[str], Job]) -> None:
        self._job_of = job_of
        self._told: dict[str, str] = {}

    def of(self, film: Film) -> str:
        """The hash (hex) of a film's prompts in order, of all that steers them, and of the master's frames they are said of.

        In it: modifies by segment, then reframes, each with prompt, controls, look, guide pictures that a template names,
        framing; and how frames that pass through are fitted. Not in it: engine, resolution, HDR, editions, pins, names.
        """
        jobs = [self._of_job(key) for key in film.jobs]
        passed = [_passed(piece) for piece in film.pieces if piece.key is None]
        return sha256("\n".join((*jobs, *passed)).encode("ascii")).hexdigest()

    def _of_job(self, key: str) -> str:
        told = self._told.get(key)
        if told is None:
            told = self._told[key] = _asked(self._job_of(key))
        return told


def _asked(job: Job) -> str:
    own = tuple(each for each in job.keyframes if not each.pinned)
    steered = fragment((job.controls, job.look, own, job.ratio and job.ratio.label, job.framing))
    frames = f"{job.segment.start_frame}-{job.segment.end_frame}"
    return f"{job.operation.value} {job.master_sha256} {frames} {job.prompt.sha256} {steered}"


def _passed(piece: Piece) -> str:
    """A stretch of the master itself; which master, the jobs say, and without a job there is nothing to approve."""
    return f"pass {fragment((piece.segment.start_frame, piece.segment.end_frame, piece.fit, piece.focus))}"
