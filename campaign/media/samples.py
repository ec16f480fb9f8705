"""Single frames of a film, small and side by side in memory: what comparisons look at."""

import asyncio
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from campaign.media.engine import Engine
from campaign.media.fitting import within
from campaign.media.graph import Stream, compiled, on_grid, reading, scaled
from campaign.media.once import name_of, once
from campaign.media.probe import probe
from campaign.media.run import run
from campaign.model.edit import MasterEdit
from campaign.model.ratios import Size

SIDE = 320
"""Pixels along the longer side: a logo a tenth as wide still has 32."""
RECIPE = "samples/1"
DEADLINE_S = 600

Planes = NDArray[np.uint8]
"""One frame: (3, height, width) of Y, Cb, Cr at video levels, as BT.709."""
Picture = NDArray[np.float32]
"""The same as numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Frames of one film by index. A frame that the film does not have is missing."""

    size: Size
    planes: dict[int, Planes]

    def __contains__(self, frame: int) -> bool:
        return frame in self.planes

    def __getitem__(self, frame: int) -> Planes:
        return self.planes[frame]


def small(size: Size) -> Size:
    """The size that samples of a picture have. A smaller picture stays as it is."""
    return size if max(size.width, size.height) <= SIDE else within(size, Size(SIDE, SIDE))


def sampled(video: Stream, size: Size, frames: Sequence[int], into: Path) -> Stream:
    """An output that writes `frames` of a film on its grid as bare planes, its pixels taken for what the tags should say.

    Averaged over areas: single overshooting pixels of an encoder do not count, as in EBU R 103.
    """
    told = video.filter("select", chosen({0, *frames}))  # a file without any frame cannot be written
    told = told.filter("setparams", range="tv", colorspace="bt709")
    told = told.filter("scale", size.width, size.height, flags="area").filter("format", "yuv444p")
    return ffmpeg.output(told, f"file:{into}", format="rawvideo", **{"fps_mode:v": "passthrough"})


def chosen(frames: Iterable[int]) -> str:
    """An expression that is true for these frames: a tree, since ffmpeg refuses a chain of more than a hundred terms."""
    terms = [f"between(n,{first},{last})" for first, last in _runs(sorted(set(frames)))]
    while len(terms) > 1:
        terms = [f"({'+'.join(terms[n : n + 2])})" for n in range(0, len(terms), 2)]
    return terms[0] if terms else "0"


def read_samples(path: Path, size: Size, frames: Iterable[int]) -> Samples:
    """What `sampled` wrote."""
    raw = np.fromfile(path, np.uint8)
    each = 3 * size.width * size.height
    whole = raw[: len(raw) // each * each].reshape(-1, 3, size.height, size.width)
    return Samples(size, dict(zip(sorted({0, *frames}), whole, strict=False)))


async def master_samples(master: MasterEdit, frames: Sequence[int], engine: Engine, cache: Path | None) -> Samples:
    """Frames of the master as its films should show them. Kept in the folder `cache`, since all films ask for the same."""
    size = small(master.size)

    async def make(part: Path) -> None:
        source = (await asyncio.to_thread(probe, master.path)).source
        video = on_grid(reading(source)["V:0"], master.rate).filter("select", chosen({0, *frames}))
        video = scaled(video, size, source.matrix).filter("format", "yuv444p")
        output = ffmpeg.output(video, f"file:{part}", format="rawvideo", **{"fps_mode:v": "passthrough"})
        await run(compiled(engine, output), deadline_s=DEADLINE_S)

    if cache is None:
        with tempfile.TemporaryDirectory(prefix="fanout-samples-") as folder:
            await make(part := Path(folder) / "master.yuv")
            return await asyncio.to_thread(read_samples, part, size, frames)
    what = (RECIPE, master.sha256, master.mezzanine, str(size), *sorted(set(frames)))
    kept = await once(cache / f"samples-{name_of(*what)}.yuv", make)
    return await asyncio.to_thread(read_samples, kept, size, frames)


def _runs(frames: Sequence[int]) -> Iterator[tuple[int, int]]:
    start = last = None
    for frame in frames:
        if start is None or last is None or frame != last + 1:
            if start is not None and last is not None:
                yield start, last
            start = frame
        last = frame
    if start is not None and last is not None:
        yield start, last


def resized(planes: NDArray[Any], size: Size) -> Picture:
    """A frame or a part of it at another size, as numbers: means over areas, parts of pixels counted."""
    height, width = planes.shape[1:]
    if (width, height) == (size.width, size.height):
        return planes.astype(np.float32)
    return np.asarray(_weights(height, size.height) @ planes.astype(np.float32) @ _weights(width, size.width).T)


@lru_cache(maxsize=64)
def _weights(old: int, new: int) -> Picture:
    """(new, old): how much of each pixel goes into each of the new ones."""
    edges = np.arange(new + 1) * old / new
    pixels = np.arange(old)
    inside = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(np.clip(inside, 0, None) * new / old, np.float32)


def halved(picture: Picture) -> Picture:
    """Half as wide and as high."""
    even = picture[:, : picture.shape[1] // 2 * 2, : picture.shape[2] // 2 * 2]
    rows = even[:, ::2] + even[:, 1::2]
    return np.asarray((rows[:, :, ::2] + rows[:, :, 1::2]) / 4, np.float32)
