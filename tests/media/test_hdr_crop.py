"""The HDR crop of an HDR result: the window of the SDR film, its light untouched, kept beside it."""

import asyncio
from pathlib import Path

import av
import numpy as np
import pytest
from footage import ffmpeg, in_hdr
from numpy.typing import NDArray

from campaign.media.engine import Engine
from campaign.media.local.hdr_crop import crop_hdr
from campaign.media.probe import probe
from campaign.media.quality.originals import HDR, look_at
from campaign.model.jobs import Framing, How
from campaign.model.ratios import Size

FRAMES = 12
TALL = Size(50, 90)


def luma(path: Path) -> NDArray[np.uint16]:
    """The luma of the first frame, of ten bits."""
    with av.open(str(path)) as film:
        frame = next(film.decode(video=0))
        plane = frame.planes[0]
    return np.frombuffer(plane, "<u2").reshape(plane.height, -1)[:, : plane.width]


def moved(path: Path) -> Path:
    """The same with a bright square that goes from left to right: a window must follow it."""
    box = "geq=lum='if(between(X,N*12,N*12+24)*between(Y,30,54),800,lum(X,Y))':cb='cb(X,Y)':cr='cr(X,Y)'"
    ffmpeg("-i", path, "-vf", box, "-pix_fmt", "yuv420p10le", "-crf", "4", path.with_name("moved.mp4"))
    return path.with_name("moved.mp4")


@pytest.mark.parametrize("curve", ["smpte2084", "arib-std-b67"])
def test_it_is_the_window_of_the_clip_pixel_for_pixel_and_tagged_as_the_clip(
    curve: str, engine: Engine, tmp_path: Path
) -> None:
    clip, crop = in_hdr(tmp_path / "clip.mp4", FRAMES, curve), tmp_path / "crop.mp4"
    framing = Framing(How.CROP, (0.5, 0.5))
    asyncio.run(crop_hdr(clip, framing, size=TALL, frames=FRAMES, into=crop, engine=engine))
    facts = probe(crop)
    assert (facts.size, facts.bits, facts.colour) == (TALL, 10, ("tv", "bt2020nc", "bt2020", curve))
    assert look_at(HDR, crop, FRAMES).odd == ()
    left = (160 - 50) // 2 // 2 * 2
    own = luma(clip)[:, left : left + 50].astype(int)
    assert np.abs(luma(crop).astype(int) - own).mean() < 4


def test_a_window_that_follows_the_subject_stays_hdr_and_keeps_every_frame(engine: Engine, tmp_path: Path) -> None:
    clip, crop = moved(in_hdr(tmp_path / "back.mp4", FRAMES)), tmp_path / "crop.mp4"
    framing = Framing(How.TRACK, (0.5, 0.5))
    asyncio.run(crop_hdr(clip, framing, size=TALL, frames=FRAMES, into=crop, engine=engine))
    assert look_at(HDR, crop, FRAMES).odd == () and probe(crop).size == TALL
