"""Whatever stamps a clip comes back with: with just its segment's frames, each is in the film as it was."""

import asyncio
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest
from builders import a_spec, an_output
from footage import SMALL, a_film, numbered

from campaign.media.engine import Engine
from campaign.media.film.finishing import Clip, finish_film
from campaign.media.master.master import read_master
from campaign.model.edit import Shot
from campaign.model.qc import Finding

TICKS = 90_000
RATES = (5, 12, 24, 25, 30, 50, 60, 120, 1000)
CONTAINERS = {"mp4": "libx264", "mov": "libx264", "mkv": "ffv1", "webm": "libvpx-vp9"}
LOSSLESS = {
    "libx264": {"preset": "ultrafast", "qp": "0"},
    "ffv1": {"level": "3"},
    "libvpx-vp9": {"lossless": "1", "cpu-used": "8"},
}
VARIABLE: dict[str, Callable[[int], int]] = {
    "a camera's jitter": lambda n: n * 3750 + (n * 7919) % 900,
    "ever faster": lambda n: n * 9000 - n * n * 150,
    "ever slower": lambda n: n * 900 + n * n * 300,
    "a gap before the last": lambda n: n * 3750 + (50_000 if n == 23 else 0),
    "in bursts": lambda n: n // 6 * 22_500 + n % 6 * 90,
}


def stamped(path: Path, codec: str, at: Callable[[int], int], rate: int) -> Path:
    """24 numbered frames, lossless, shown at the ticks that `at` tells, under a header that tells `rate`."""
    lasts = {at(n): at(n + 1) - at(n) for n in range(24)}
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=rate, options=LOSSLESS[codec])
        video.width, video.height, video.pix_fmt = SMALL.width, SMALL.height, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, TICKS)
        video.codec_context.color_range, video.codec_context.colorspace = 1, 1
        pictures = [av.VideoFrame.from_ndarray(numbered(24 + n, SMALL), format="yuv420p") for n in range(24)]
        for pts, frame in zip(lasts, pictures, strict=True):
            frame.pts, frame.time_base = pts, Fraction(1, TICKS)
        for frame in (*pictures, None):
            for packet in video.encode(frame):
                packet.duration = lasts[packet.pts]
                container.mux(packet)
    return path


def hashes(path: Path, engine: Engine) -> list[str]:
    """What each frame decodes to."""
    argv = [engine.path, "-v", "error", "-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-"]
    lines = subprocess.run(argv, capture_output=True, check=True, text=True).stdout.splitlines()
    return [line.split(",")[-1].strip() for line in lines if not line.startswith("#")]


def filmed(clip: Path, master: Path, engine: Engine, folder: Path) -> tuple[Path, tuple[Finding, ...]]:
    """A lossless film of 24 frames as they should be, then the clip."""
    good, film = a_film(folder / "good.mp4", frames=24, sound=None), folder / "film.mp4"
    clips = [Clip(path=path, frames=24, fit="crop", focus=(0.5, 0.5), ordered=True) for path in (good, clip)]
    output = an_output(spec=a_spec(preset="ultrafast", crf=0), size=SMALL)
    edit = asyncio.run(read_master(master, (Shot(id="all", start_frame=0, end_frame=48),), engine, folder / "cache"))
    making = finish_film(clips, master=edit, output=output, into=film, poster=folder / "p.jpg", engine=engine)
    return film, asyncio.run(making)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("stamps", [*RATES, *VARIABLE])
def test_every_frame_of_a_restamped_clip_is_in_the_film(
    stamps: int | str, container: str, master_file: Path, engine: Engine, tmp_path: Path
) -> None:
    at, rate = (VARIABLE[stamps], 240) if isinstance(stamps, str) else (lambda n: n * TICKS // stamps, stamps)
    back = stamped(tmp_path / f"back.{container}", CONTAINERS[container], at, rate)
    film, told = filmed(back, master_file, engine, tmp_path)
    assert hashes(film, engine)[24:] == hashes(back, engine)
    assert {finding.severity for finding in told} <= {"warning"}
