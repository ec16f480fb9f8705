"""Pixels outside video range: what a full-range picture looks like under a tag that says `tv`."""

from dataclasses import dataclass

import numpy as np

from campaign.media.samples import Planes, Samples

BELOW, ABOVE = 16 - 3, 235 + 3
CHROMA_BELOW, CHROMA_ABOVE = 16 - 3, 240 + 3
"""Three steps of grace on area means: encoders ring."""
EACH = 3
"""One sampled frame in so many is looked at: they come in runs."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Which part of a frame lies outside: `luma` and `chroma`, 0 to 1."""

    frame: int
    luma: float
    chroma: float


def outside(frame: int, planes: Planes) -> Outside:
    """How much of one frame is not video."""
    luma = (planes[0] < BELOW) | (planes[0] > ABOVE)
    chroma = (planes[1:] < CHROMA_BELOW) | (planes[1:] > CHROMA_ABOVE)
    return Outside(frame, float(np.mean(luma)), float(np.mean(chroma.any(0))))


def worst_outside(samples: Samples) -> Outside | None:
    """The sampled frame with most outside; None without any frame."""
    found = [outside(frame, samples[frame]) for frame in sorted(samples.planes)[::EACH]]
    return max(found, key=lambda each: each.luma + each.chroma, default=None)
