"""Sound as numbers: how many samples a track has, and whether a film's sound is the master's."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

from campaign.errors import MediaError
from campaign.media.probe import opened, probe

RATE = 16_000
"""Comparison rate in Hz: one sample is 63 microseconds, and codecs keep what lies below 8 kHz."""
BLOCK = RATE // 2
PACKET = 1024
"""Samples in an AAC packet: how far a track may miss the picture's end."""
HUSH = 1e-6
"""Mean square (-60 dBFS) below which a stretch says nothing about likeness."""

Wave = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Likeness:
    """Two tracks compared. `lag_s`: how late the second is. `similarity` -1 to 1 once aligned, gain left out.

    `worst` is the least similar half second and `worst_s` where it begins; `gain_db` how much louder the second is.
    """

    lag_s: float
    similarity: float
    worst: float
    worst_s: float
    gain_db: float


def count_samples(path: Path) -> int:
    """Samples a player hears: decoded ones, without what the container says to drop at the end. 0 without a track."""
    with opened(path, master=True) as container:
        if not container.streams.audio:
            return 0
        track = container.streams.audio[0]
        heard = sum(frame.samples for frame in _frames(container))
        told = round(Fraction(track.duration or 0) * (track.time_base or 0) * track.codec_context.sample_rate)
        return min(heard, told) if told else heard


def mono(path: Path) -> Wave:
    """The first track of a film as mono samples at `RATE`, beginning with the picture. Raises MediaError without one."""
    lead = probe(path, master=True).lead
    with opened(path, master=True) as container:
        if not container.streams.audio:
            raise MediaError(f"{path}: has no sound to compare.")
        single = container.streams.audio[0].codec_context.channels == 1
        resampler = av.AudioResampler(format="fltp", layout="mono" if single else "stereo", rate=RATE)
        parts: list[Wave] = []
        for frame in _frames(container):
            parts += [_mixed(out.to_ndarray()) for out in resampler.resample(frame)]
        parts += [_mixed(out.to_ndarray()) for out in resampler.resample(None)]
    return _from_zero(np.concatenate(parts) if parts else np.zeros(0, np.float32), round(lead * RATE))


def _mixed(planes: NDArray[Any]) -> Wave:
    """Left and half of right: a sum of equals would lose what is wide or turned in phase."""
    return planes[0] if len(planes) == 1 else np.asarray((2 * planes[0] + planes[1]) / 3, np.float32)


def _frames(container: InputContainer) -> Iterator[av.AudioFrame]:
    """Frames of the first track. What does not decode is left out: it is missed in the count, and ffmpeg names it."""
    for packet in container.demux(container.streams.audio[0]):
        with suppress(FFmpegError):
            yield from packet.decode()


@lru_cache(maxsize=2)
def master_mono(path: Path, sha256: str) -> Wave:
    """The master's track; kept, since every film of a campaign is compared with it. `sha256` keys what was read."""
    return mono(path)


def compare(one: Wave, other: Wave) -> Likeness:
    """How `other` relates to `one`. Two silent tracks are alike; a silent one is unlike any other."""
    if _power(one) < HUSH or _power(other) < HUSH:
        alike = 1.0 if _power(one) < HUSH and _power(other) < HUSH else 0.0
        return Likeness(0.0, alike, alike, 0.0, 0.0)
    lag = _lag(one, other)
    first, second = _overlap(one, other, lag)
    scores = [(_similarity(a, b), n) for n, a, b in _blocks(first, second) if _power(a) >= HUSH]
    worst, place = min(scores, default=(1.0, 0))
    gain = 20 * float(np.log10(_rms(second) / _rms(first))) if _power(second) else 0.0
    return Likeness(lag / RATE, _similarity(first, second), worst, place / RATE, gain)


def _lag(one: Wave, other: Wave) -> int:
    """Samples that `other` must be moved back by, at the peak of the cross-correlation."""
    size = 1 << (len(one) + len(other) - 1).bit_length()
    product = np.fft.rfft(other, size) * np.conj(np.fft.rfft(one, size))
    peak = int(np.argmax(np.fft.irfft(product, size)))
    return peak if peak < size // 2 else peak - size


def _overlap(one: Wave, other: Wave, lag: int) -> tuple[Wave, Wave]:
    first, second = one[max(-lag, 0) :], other[max(lag, 0) :]
    length = min(len(first), len(second))
    return first[:length], second[:length]


def _blocks(one: Wave, other: Wave) -> list[tuple[int, Wave, Wave]]:
    starts = range(0, max(len(one) - BLOCK, 0) + 1, BLOCK)
    return [(n, one[n : n + BLOCK], other[n : n + BLOCK]) for n in starts]


def _similarity(one: Wave, other: Wave) -> float:
    scale = float(np.linalg.norm(one)) * float(np.linalg.norm(other))
    return float(np.dot(one, other)) / scale if scale else 0.0


def _from_zero(wave: Wave, start: int) -> Wave:
    if start > 0:
        return np.concatenate([np.zeros(start, np.float32), wave])
    return wave[-start:]


def _power(wave: Wave) -> float:
    return float(np.mean(np.square(wave))) if len(wave) else 0.0


def _rms(wave: Wave) -> float:
    return float(np.sqrt(_power(wave)))
