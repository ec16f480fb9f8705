"""Clips decoded small, for the eyes of the tracker."""

from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import numpy as np

from campaign.errors import MediaError
from campaign.media.fitting import within
from campaign.media.local.saliency import Attention, Frames, attention
from campaign.media.probe import moving_picture, opened
from campaign.model.ratios import Size

SIDE = 160
"""Pixels along the longer side."""


def attention_of(clip: Path, frames: int) -> Attention:
    """What draws the eye in a clip of one shot. All variants and ratios share one guide, so it is looked at once."""
    facts = clip.stat()
    return _attention(clip, (facts.st_mtime_ns, facts.st_size), frames)


@lru_cache(maxsize=256)
def _attention(clip: Path, state: tuple[int, int], frames: int) -> Attention:
    return attention(watch(clip, frames))


def watch(path: Path, frames: int) -> Frames:
    """The first `frames` frames of a clip as small planes of Y, Cb and Cr. Raises MediaError when there are fewer."""
    with opened(path) as container:
        stream = moving_picture(container, path)
        size = _small(Size(stream.width, stream.height), stream.sample_aspect_ratio or Fraction(1))
        pictures = []
        for frame in container.decode(stream):
            pictures.append(frame.reformat(size.width, size.height, "yuv444p").to_ndarray())
            if len(pictures) == frames:
                return np.stack(pictures)
    raise MediaError(f"{path}: has {len(pictures)} frames, not {frames}.")


def _small(coded: Size, aspect: Fraction) -> Size:
    shown = Size(max(1, round(coded.width * aspect)), coded.height)
    return within(shown, Size(SIDE, SIDE))
