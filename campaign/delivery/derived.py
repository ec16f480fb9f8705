"""How a film came from the master, as quality control wants to know it: which part of the master each stretch shows."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from campaign.delivery.pieces import CUTS
from campaign.media.engine import Engine
from campaign.media.film.cutting import cut_segment
from campaign.media.quality.comparing import Comparison
from campaign.media.quality.subject import kept_by
from campaign.media.quality.views import Stretch, View
from campaign.model.jobs import How, Job
from campaign.model.plan import Film, Output, Piece, Plan
from campaign.model.ratios import CENTRE, Size, frame_size, same_shape

SEEN = "360p"
"""The cut in which a subject is looked for where no job of the film has one."""


@dataclass(frozen=True, slots=True)
class _Crop:
    """A window over a piece: around a point, or (None) after the subject; `guide` is the size of the cut it is found in."""

    shape: Fraction
    focus: tuple[float, float] | None
    guide: Size


async def comparison_of(
    film: Film, output: Output, plan: Plan, *, home: Path, cache: Path, engine: Engine
) -> Comparison:
    """The film's stretches in order. Where an engine chose what is shown, nobody knows: no view.

    Windows that follow a subject are found again in the cut that the local engine found them in; `cache` keeps them.
    """
    stretches = []
    for piece in film.pieces:
        view, crop = (
            _own(piece, film, output, plan)
            if piece.key is None
            else _bought(piece, plan.jobs[piece.key].job, film, output, plan)
        )
        subject = None
        if crop is not None:
            clip = await cut_segment(plan.master, piece.segment, crop.guide, home / CUTS, engine)
            kept = await kept_by(clip, piece.segment.frames, crop.shape, crop.focus, cache)
            subject = (kept.loss.score, piece.segment.start_frame + kept.loss.frame)
            view = View("crop", path=kept.path) if crop.focus is None else view
        stretches.append(_stretch(piece, view, subject))
    return Comparison(tuple(stretches), plan.regions)


def _stretch(piece: Piece, view: View | None, subject: tuple[float, int] | None) -> Stretch:
    span = piece.segment
    return Stretch(
        shot=span.shot.id,
        start_frame=span.start_frame,
        end_frame=span.end_frame,
        own=piece.key is None,
        view=view,
        subject=subject,
    )


def _own(piece: Piece, film: Film, output: Output, plan: Plan) -> tuple[View | None, _Crop | None]:
    """The master's own frames. Art of the shot's own takes their place, and is no part of the master."""
    if any(art.ratio == film.ratio for art in piece.segment.shot.treatment.art):
        return None, None
    if piece.fit != "crop":
        return View(piece.fit), None
    guide = frame_size(plan.master.size.shape, SEEN)
    return View("crop", piece.focus), _crop(output.size.shape, piece.focus, guide, plan)


def _bought(piece: Piece, job: Job, film: Film, output: Output, plan: Plan) -> tuple[View | None, _Crop | None]:
    if job.ratio is None:
        view = View(piece.fit, piece.focus)
        return view, _crop(output.size.shape, piece.focus, job.size, plan) if piece.fit == "crop" else None
    parent = plan.jobs[job.parent].job if job.parent else None
    if (
        job.framing is None or parent is None or job.ratio != film.ratio or parent.ratio is not None
    ):  # a crop of what was itself reframed
        return None, None
    focus = job.framing.focus
    match job.framing.how:
        case How.PAD:
            return View("pad", focus), None
        case How.BLUR:
            return View("blur", CENTRE), None
        case How.CROP | How.DERIVE:
            return View("crop", focus), _crop(job.size.shape, focus, parent.size, plan)
        case How.TRACK | How.GENERATE:
            local = job.framing.how is How.TRACK or not plan.generative
            return None, _crop(job.size.shape, None, parent.size, plan) if local else None


def _crop(shape: Fraction, focus: tuple[float, float] | None, guide: Size, plan: Plan) -> _Crop | None:
    return None if same_shape(shape, plan.master.size.shape) else _Crop(shape, focus, guide)
