"""Where the old picture lies in a reframed one."""

from dataclasses import dataclass
from fractions import Fraction

from campaign.media.probe import probe
from campaign.model.jobs import Operation
from campaign.model.ratios import CENTRE, AspectRatio
from campaign.providers.base import Order

_DIGITS = 6


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle as fractions of the new canvas: its left and top edge, its width and height."""

    x: float
    y: float
    width: float
    height: float


def box_of(order: Order) -> Box | None:
    """Where a reframe's source is to lie; None for the centre, and for an edit. Reads the source's size.

    Raises MediaError for a source that cannot be read.
    """
    job = order.job
    if job.operation is not Operation.REFRAME or job.ratio is None or job.framing is None:
        return None
    if job.framing.focus == CENTRE:
        return None
    return place_source(probe(order.source).size.shape, job.ratio, job.framing.focus)


def place_source(shape: Fraction, ratio: AspectRatio, focus: tuple[float, float]) -> Box | None:
    """The whole old picture (width over height: `shape`), as large as the canvas allows, its centre as near to `focus` as
    the edges allow; None where it comes to lie in the centre, which is what vendors do unasked.
    """
    wider = shape / ratio.value
    size = float(min(Fraction(1), wider)), float(min(Fraction(1), 1 / wider))
    box = _placed(size, focus)
    return None if box == _placed(size, CENTRE) else box


def _placed(size: tuple[float, float], focus: tuple[float, float]) -> Box:
    corner = tuple(_offset(window, point) for window, point in zip(size, focus, strict=True))
    return Box(*(round(each, _DIGITS) for each in (*corner, *size)))


def _offset(window: float, focus: float) -> float:
    return min(max(focus - window / 2, 0.0), 1.0 - window)
