"""The canvas of a reframe, for vendors that are told its pixels and not its ratio."""

from fractions import Fraction
from math import isqrt

from campaign.model.ratios import RESOLUTIONS, AspectRatio, Size

PROVED = (Size(1280, 720), Size(720, 1280), Size(960, 960), Size(1920, 1080))
"""Pairs seen in Runware's pages on luma:ray@3.2 (read 2026-11-20). The full list is in a schema that was out of reach."""

_WIDE = Fraction(16, 9)


def canvas_of(ratio: AspectRatio, resolution: str) -> Size:
    """The even canvas of exactly this shape whose area is nearest to that of 16:9 at the tier (720p: 1280x720).

    The proved pairs follow this rule, a square of 960x960 among them; the others are computed and may be refused.
    Raises KeyError for an unknown tier.
    """
    lines = RESOLUTIONS[resolution]
    step_across, step_down = 2 * ratio.value.numerator, 2 * ratio.value.denominator
    area = lines * lines * _WIDE
    low = isqrt(int(area / (step_across * step_down)))
    steps = min((low, low + 1), key=lambda count: abs(count * count * step_across * step_down - area))
    return Size(steps * step_across, steps * step_down)
