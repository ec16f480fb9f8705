"""Where a part of the master stands still: a crop of it then does so too, and is not frozen by mistake."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from campaign.media.detection.detected import Span
from campaign.media.fitting import within
from campaign.media.local.watching import SIDE
from campaign.media.probe import moving_picture, opened
from campaign.model.ratios import Size

BARELY = 1.0
"""Mean difference (of 255) that small pictures may have from the first of a still stretch: encoders flatten as much, and
in a letterbox it counts a third."""

Profile = NDArray[np.float64]


def still_spans(path: Path, spans: Iterable[Span], shown: Size, shape: Fraction) -> tuple[Span, ...]:
    """Those of `spans` in which a window of `shape`, as large as the picture `shown` allows, barely changes."""
    left = {span: _Watched(shape, shown.shape) for span in spans}
    last = max((span.end_frame for span in left), default=0)
    small = within(shown, Size(SIDE, SIDE))
    with opened(path) as container:
        for n, frame in enumerate(container.decode(moving_picture(container, path))):
            if n >= last:
                break
            inside = [watched for span, watched in left.items() if span.start_frame < n < span.end_frame - 1]
            if inside:
                picture = _upright(frame, small)
                for watched in inside:
                    watched.see(picture)
    return tuple(span for span, watched in left.items() if watched.still)


def _upright(frame: VideoFrame, size: Size) -> Profile:
    """The frame's luma as it is shown. A turn is a flip short of that, which makes no difference here."""
    if frame.rotation % 180:
        return frame.reformat(size.height, size.width, "gray").to_ndarray().astype(np.float64).T
    return frame.reformat(size.width, size.height, "gray").to_ndarray().astype(np.float64)


class _Watched:
    """One stretch: how far each window has moved away from the first picture, at most."""

    def __init__(self, shape: Fraction, shown: Fraction) -> None:
        self._axis = 1 if shape > shown else 0
        self._part = float(min(shape / shown, shown / shape))
        self._first: Profile | None = None
        self._most: Profile | None = None

    def see(self, picture: Profile) -> None:
        """Take the next picture."""
        if self._first is None:
            self._first = picture
        moved = np.abs(picture - self._first).mean(self._axis)
        window = max(1, round(len(moved) * self._part))
        windows = np.convolve(moved, np.full(window, 1 / window), "valid")
        self._most = windows if self._most is None else np.maximum(self._most, windows)

    @property
    def still(self) -> bool:
        """Whether some window never moved, as far as was seen."""
        return self._most is not None and float(self._most.min()) <= BARELY
