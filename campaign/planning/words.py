"""Words: what a film is asked to be, hashed apart from tier and edition, so that a draft and its final say the same."""

from collections.abc import Callable
from hashlib import sha256

from campaign.model.jobs import How, Job
from campaign.model.plan import Film, Piece
from campaign.model.ratios import CENTRE
from campaign.planning.identity import fragment

CROPS = (How.CROP, How.DERIVE)


class Words:
    """Hashes films. `job_of` gives a job by its key."""

    def __init__(self, job_of: Callable[[str], Job]) -> None:
        self._job_of = job_of
        self._told: dict[str, str] = {}

    def of(self, film: Film) -> str:
        """The hash (hex) of a film's prompts in order, of all that steers them, and of the master's frames they are said of.

        In it: modifies by segment, then reframes, each with prompt, controls, look, guide pictures that a template names,
        framing; and how frames that pass through are fitted and others cropped or padded, be that a job (of HDR) or not.
        Not in it: engine, resolution, HDR, editions, pins, names.
        """
        jobs = [self._of_job(key) for key in film.jobs if not self._is_crop(key)]
        shaped = [_passed(piece) if piece.key is None else self._window(piece) for piece in film.pieces]
        return sha256("\n".join((*jobs, *filter(None, shaped))).encode("ascii")).hexdigest()

    def _is_crop(self, key: str) -> bool:
        framing = self._job_of(key).framing
        return framing is not None and framing.how in CROPS

    def _window(self, piece: Piece) -> str:
        """How a result is shown; nothing to be said of one that is shown whole, or cropped around its middle."""
        assert piece.key is not None
        framing = self._job_of(piece.key).framing
        shown = ("crop", framing.focus) if framing and framing.how in CROPS else (piece.fit, piece.focus)
        return (
            ""
            if shown == ("crop", CENTRE)
            else f"show {piece.segment.start_frame}-{piece.segment.end_frame} {fragment(shown)}"
        )

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
