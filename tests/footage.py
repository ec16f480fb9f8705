"""Small films whose every frame carries its own number, and sound that cannot be mistaken for itself moved."""

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from campaign.media.engine import Engine, find_engine
from campaign.model.ratios import Size

BITS = 10
SMALL = Size(160, 90)
TICKS = 90_000
"""A second, in the stamps of `stamped`."""
LOSSLESS = {
    "libx264": {"preset": "ultrafast", "qp": "0"},
    "ffv1": {"level": "3"},
    "libvpx-vp9": {"lossless": "1", "cpu-used": "8"},
}


def a_film(
    path: Path,
    *,
    frames: int = 24,
    rate: Fraction = Fraction(24),
    size: Size = SMALL,
    first: int = 0,
    sound: str | None = "pcm_s16le",
    channels: int = 2,
    sample_rate: int = 48000,
    shift_s: float = 0.0,
) -> Path:
    """A film of numbered frames `first`, `first + 1` ... with a track of `sound` (a codec), late by `shift_s`."""
    with av.open(str(path), "w", format="mov" if path.suffix == ".mov" else None) as container:
        video = container.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "10"})
        video.width, video.height, video.pix_fmt = size.width, size.height, "yuv420p"
        video.codec_context.color_range, video.codec_context.colorspace = 1, 1
        video.codec_context.color_primaries, video.codec_context.color_trc = 1, 1
        track = None
        if sound:
            track = container.add_stream(sound, rate=sample_rate, layout="mono" if channels == 1 else "stereo")
        for n in range(first, first + frames):
            container.mux(video.encode(av.VideoFrame.from_ndarray(numbered(n, size), format="yuv420p")))
        container.mux(video.encode(None))
        if track is not None:
            heard = noises(round(frames / rate * sample_rate), sample_rate, channels, shift_s)
            frame = av.AudioFrame.from_ndarray(heard, format="s16", layout="mono" if channels == 1 else "stereo")
            frame.sample_rate = sample_rate
            for packet_of in (frame, None):
                container.mux(track.encode(packet_of))
    return path


def stamped(
    path: Path,
    at: Callable[[int], int],
    *,
    codec: str = "libx264",
    rate: int = 30,
    frames: int = 24,
    first: int = 0,
) -> Path:
    """A silent film of numbered frames, lossless, shown at the TICKS that `at` tells, under a header that tells `rate`."""
    lasts = {at(n): at(n + 1) - at(n) for n in range(frames)}
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=rate, options=LOSSLESS[codec])
        video.width, video.height, video.pix_fmt = SMALL.width, SMALL.height, "yuv420p"
        video.time_base = video.codec_context.time_base = Fraction(1, TICKS)
        video.codec_context.color_range, video.codec_context.colorspace = 1, 1
        pictures = [av.VideoFrame.from_ndarray(numbered(first + n, SMALL), format="yuv420p") for n in range(frames)]
        for pts, frame in zip(lasts, pictures, strict=True):
            frame.pts, frame.time_base = pts, Fraction(1, TICKS)
        for frame in (*pictures, None):
            for packet in video.encode(frame):
                packet.duration = lasts[packet.pts]
                container.mux(packet)
    return path


def in_hdr(into: Path, count: int = 30, curve: str = "smpte2084") -> Path:
    """A silent film of numbered frames with the tags of HDR."""
    tags = f"setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc={curve}"
    plain = a_film(into.with_name("plain.mp4"), frames=count, sound=None)
    ffmpeg("-i", plain, "-vf", f"format=yuv420p10le,{tags}", "-preset", "ultrafast", "-crf", "4", into)
    return into


def numbered(n: int, size: Size) -> NDArray[np.uint8]:
    """A grey picture (yuv420p planes) with `n` as BITS bars, low bit first; it moves, so no detector calls it frozen."""
    picture = np.full((size.height * 3 // 2, size.width), 128, np.uint8)
    for bit in range(BITS):
        left, right = size.width * bit // BITS, size.width * (bit + 1) // BITS
        picture[: size.height, left:right] = 200 if n >> bit & 1 else 50
    return picture


def numbers(path: Path) -> list[int]:
    """The number each frame of a film carries, in the order a player shows them."""
    with av.open(str(path)) as container:
        return [number(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


def number(picture: NDArray[np.uint8]) -> int:
    bars = np.array_split(np.arange(picture.shape[1]), BITS)
    means = [picture[:, bar[len(bar) // 4 : -len(bar) // 4]].mean() for bar in bars]
    return sum(1 << bit for bit, mean in enumerate(means) if mean > 125)


def hashes(path: Path, engine: Engine) -> list[str]:
    """What each frame decodes to."""
    argv = [engine.path, "-v", "error", "-i", path, "-map", "0:V:0", "-fps_mode", "passthrough", "-f", "framemd5", "-"]
    lines = subprocess.run(argv, capture_output=True, check=True, text=True).stdout.splitlines()
    return [line.split(",")[-1].strip() for line in lines if not line.startswith("#")]


def noises(samples: int, sample_rate: int, channels: int, shift_s: float = 0.0) -> NDArray[np.int16]:
    """Bursts of tone at irregular times over soft noise, packed; the two channels differ."""
    time = np.arange(samples) / sample_rate - shift_s
    sound = 0.02 * np.random.default_rng(7).standard_normal(samples)
    for n in range(int(samples / sample_rate * 7) + 2):
        at = n / 7 + 0.03 * ((n * 37) % 5)
        envelope = np.where(time > at, np.exp(-18 * np.clip(time - at, 0, None)), 0.0)
        sound += 0.3 * envelope * np.sin(2 * np.pi * (220 + 97 * (n % 7)) * (time - at))
    both = np.stack([sound, 0.6 * sound], axis=1)[:, :channels]
    return (np.clip(both, -1, 1) * 30000).astype(np.int16).reshape(1, -1)


def pcm(path: Path, channels: int = 2) -> NDArray[np.int16]:
    """The samples ffmpeg hears in a film's first track."""
    argv = [find_engine().path, "-v", "error", "-i", path, "-map", "0:a:0", "-f", "s16le", "-ac", str(channels), "-"]
    return np.frombuffer(subprocess.run(argv, capture_output=True, check=True).stdout, np.int16)


def ffmpeg(*arguments: str | Path) -> None:
    """Run the engine plainly, to make odd films."""
    argv = [find_engine().path, "-nostdin", "-v", "error", "-y", *arguments]
    subprocess.run([str(part) for part in argv], check=True, capture_output=True)
