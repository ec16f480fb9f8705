"""How a film came from the master, as quality control wants to know it: which part of the master each stretch shows."""

from campaign.media.comparing import Comparison
from campaign.media.views import CENTRE, Stretch, View
from campaign.model.jobs import Framing, How
from campaign.model.plan import Film, Piece, Plan

FITS = {How.CROP: "crop", How.DERIVE: "crop", How.PAD: "pad", How.BLUR: "blur"}
"""Framings that put the picture where a rule says."""


def comparison_of(film: Film, plan: Plan) -> Comparison:
    """The film's stretches in order. Where an engine chose what is shown, nobody knows: no view."""
    stretches = []
    for piece in film.pieces:
        span, own = piece.segment, piece.key is None
        stretches.append(
            Stretch(
                shot=span.shot.id,
                start_frame=span.start_frame,
                end_frame=span.end_frame,
                own=own,
                view=_passed(piece, film) if own else _bought(piece, plan),
            )
        )
    return Comparison(tuple(stretches), plan.regions)


def _passed(piece: Piece, film: Film) -> View | None:
    """The master's own frames. Art of the shot's own takes their place, and is no part of the master."""
    if any(art.ratio == film.ratio for art in piece.segment.shot.art):
        return None
    return View(piece.fit, piece.focus if piece.fit == "crop" else CENTRE)


def _bought(piece: Piece, plan: Plan) -> View | None:
    job = plan.jobs[piece.key or ""].job
    if job.ratio is None:
        return View(piece.fit, piece.focus)
    parent = plan.jobs[job.parent].job if job.parent else None
    if job.framing is None or parent is None or parent.ratio is not None:  # a crop of what was itself reframed
        return None
    return _placed(job.framing)


def _placed(framing: Framing) -> View | None:
    fit = FITS.get(framing.how)
    return View(fit, framing.focus) if fit else None
