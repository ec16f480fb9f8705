"""Finds where a clip with frames too many or too few lies against the master: by what moves, which a restyle keeps."""

import asyncio
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from campaign.errors import MediaError
from campaign.media.engine import Engine
from campaign.media.film.commands import Take, decoded
from campaign.media.film.timing import UNSURE, Fit
from campaign.media.graph import Stream, compiled, exactly, reading
from campaign.media.run import run
from campaign.media.source import Source
from campaign.model.ratios import Size, same_shape

SMALL = Size(32, 18)
"""What motion is looked at in."""
CLEAR = 0.1
"""By how much the likeness (a correlation) of the best place exceeds that of any other."""
ALIKE = 0.3
"""The least likeness of a place that is believed."""
FEWEST = 4
"""Steps between frames below which nothing is compared."""
DEADLINE_S = 600

Steps = NDArray[np.float32]
"""(frames - 1, cells): how much each part of the picture changes from frame to frame."""


async def fit_of(take: Take, spare: int, master: Source, size: Size, start: int, rate: Fraction, engine: Engine) -> Fit:
    """Where `take`, which has `spare` frames too many (negative: too few), lies against the frames of the master (of
    `size`) that begin at `start`. One decode of both, small; a file that cannot be decoded fails where the film is made.
    """
    with tempfile.TemporaryDirectory(prefix="fanout-fit-") as folder:
        mine, own = Path(folder) / "take.gray", Path(folder) / "master.gray"
        frames = exactly(reading(master, 1, rate=rate)["V:0"], start, start + take.frames, rate)
        outputs = _grey(decoded(take, 0, rate), mine), _grey(frames, own)
        try:
            await run(compiled(engine, ffmpeg.merge_outputs(*outputs)), deadline_s=DEADLINE_S)
        except MediaError:
            return UNSURE
        whole = same_shape(take.size.shape, size.shape)
        steps = [await asyncio.to_thread(_steps, path, whole=whole) for path in (own, mine)]
    return best_fit(steps[0], steps[1], spare)


def _grey(video: Stream, into: Path) -> Stream:
    small = video.filter("scale", SMALL.width, SMALL.height, flags="area").filter("format", "gray")
    return ffmpeg.output(small, f"file:{into}", format="rawvideo", **{"fps_mode:v": "passthrough"})


def _steps(path: Path, *, whole: bool) -> Steps:
    """Of pictures of different shapes no part is known to be a part of the other: only how much changes in all."""
    film = np.fromfile(path, np.uint8).reshape(-1, SMALL.width * SMALL.height).astype(np.float32)
    steps = np.abs(np.diff(film, axis=0))
    return steps if whole else steps.mean(axis=1, keepdims=True)


def best_fit(master: Steps, take: Steps, spare: int) -> Fit:
    """The place between dropping (or holding) all at the tail and all at the head where the take moves most as the master."""
    places = range(min(spare, 0), max(spare, 0) + 1)
    alike = {skip: _alike(master, take, skip) for skip in places}
    best = max(alike, key=lambda skip: alike[skip])
    second = max((alike[skip] for skip in places if skip != best), default=0.0)
    sure = alike[best] >= ALIKE and alike[best] - second >= CLEAR
    return Fit(best, sure=True) if sure else UNSURE


def _alike(master: Steps, take: Steps, skip: int) -> float:
    """How alike both change over the frames they share: the correlation of each part's change with its own mean left out."""
    first, last = max(0, -skip), min(len(master), len(take) - skip)
    if last - first < FEWEST:
        return 0.0
    both: Sequence[Steps] = [
        steps - steps.mean(axis=0) for steps in (master[first:last], take[first + skip : last + skip])
    ]
    power = float((both[0] ** 2).sum() * (both[1] ** 2).sum())
    return float((both[0] * both[1]).sum()) / power**0.5 if power else 0.0
