"""The sample master edit: a small product spot, drawn and played from numbers, the same bytes at every render."""

import asyncio
import errno
import os
import tempfile
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import ffmpeg
from PIL import Image

from campaign.media.engine import Engine
from campaign.media.graph import CLEAN, THREADS, compiled, on_grid, scaled, stamps, tagged
from campaign.media.run import run
from campaign.media.spot.card import paint_card
from campaign.media.spot.coast import paint_coast
from campaign.media.spot.hands import paint_hands
from campaign.media.spot.kitchen import paint_kitchen
from campaign.media.spot.pour import paint_pour
from campaign.media.spot.sound import SAMPLE_RATE, make_sound
from campaign.media.spot.story import FRAMES, RATE, SHOTS, SIZE, subject_at
from campaign.model.ratios import Size

__all__ = ["FRAMES", "RATE", "SHOTS", "SIZE", "draw_frames", "render_sample", "subject_at"]

_DEADLINE_S = 300
_PAINTERS: tuple[Callable[[float], Callable[[float], Image.Image]], ...] = (
    paint_coast, paint_kitchen, paint_hands, paint_pour, paint_card,
)  # fmt: skip


def draw_frames(size: Size = SIZE) -> Iterator[Image.Image]:
    """Every frame of the edit in order, as RGB pictures. A smaller 16:9 size draws the same film faster."""
    for shot, painter in zip(SHOTS, _PAINTERS, strict=True):
        frame = painter(size.width / SIZE.width)
        for number in range(shot.frames):
            yield frame(number / (shot.frames - 1)).convert("RGB")


async def render_sample(into: Path, engine: Engine, *, size: Size = SIZE) -> None:
    """Render the sample edit as a MOV (H.264, stereo PCM, timecode 01:00:00:00) at `into`, complete or not at all.

    `size` is a 16:9 size for quick looks; the master is 1920x1080. Raises MediaError when ffmpeg fails.
    """
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".sample-", dir=into.parent) as name:
        folder = Path(name)
        pictures, sound, film = folder / "frames.rgb", folder / "sound.wav", folder / "film.mov"
        os.mkfifo(pictures)
        await asyncio.to_thread(_write_sound, sound)
        encoding = asyncio.create_task(run(sample_argv(engine, pictures, sound, size, film), deadline_s=_DEADLINE_S))
        try:
            await asyncio.to_thread(_pour_frames, pictures, size, encoding.done)
            await encoding
        finally:
            encoding.cancel()
            await asyncio.gather(encoding, return_exceptions=True)
        film.replace(into)


def sample_argv(engine: Engine, pictures: Path, sound: Path, size: Size, into: Path) -> list[str]:
    """The command that encodes raw RGB frames and a WAV into the master: the same input gives the same bytes."""
    guard = {"protocol_whitelist": "file,pipe"}
    # `s`, since ffmpeg-python takes a video_size of text for a pair of letters.
    raw = {"format": "rawvideo", "pix_fmt": "rgb24", "s": str(size), "framerate": str(RATE)}
    picture = ffmpeg.input(f"file:{pictures}", **raw, **guard)["v:0"]
    track = ffmpeg.input(f"file:{sound}", format="wav", **guard)["a:0"]
    codecs = {
        "c:v": "libx264",
        "preset": "veryfast",
        "crf": 14,
        "g": round(RATE),
        "threads:v": THREADS,
        "c:a": "pcm_s16le",
        "flags:v": "+bitexact",
        "flags:a": "+bitexact",
        "timecode": "01:00:00:00",
    }
    video = tagged(on_grid(scaled(picture, size, "auto"), RATE))
    return compiled(
        engine, ffmpeg.output(video, track, f"file:{into}", format="mov", **codecs, **stamps(RATE), **CLEAN)
    )


def _write_sound(path: Path) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(make_sound().astype("<i2").tobytes())


def _pour_frames(pipe: Path, size: Size, over: Callable[[], bool]) -> None:
    """Draw the frames into a named pipe; stops without a word when its reader is gone, whose own error tells why."""
    descriptor = _open_for_reader(pipe, over)
    if descriptor is None:
        return
    with os.fdopen(descriptor, "wb") as out:
        for frame in draw_frames(size):
            try:
                out.write(frame.tobytes())
            except BrokenPipeError:
                return


def _open_for_reader(pipe: Path, over: Callable[[], bool]) -> int | None:
    """A descriptor that writes to the pipe, once somebody reads it; None when `over` says that nobody will."""
    while not over():
        try:
            descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            time.sleep(0.02)
        else:
            os.set_blocking(descriptor, True)
            return descriptor
    return None
