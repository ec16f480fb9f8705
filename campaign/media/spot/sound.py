"""The sound of the sample spot, made from numbers: chords, bass, beat and bells, and the effects that the picture asks for."""

import math

import numpy as np
from numpy.typing import NDArray

from campaign.media.spot.story import FRAMES, OPENING_FRAME, RATE, SHOTS

SAMPLE_RATE = 48_000
SAMPLES = int(FRAMES / RATE * SAMPLE_RATE)
PEAK = 0.62
"""Highest sample, of full scale: -4.2 dBFS leaves lossy encoders room."""

Wave = NDArray[np.float64]

_BEAT = SAMPLE_RATE // 2
_CHORDS = ((57, 60, 64, 67), (53, 57, 60, 64), (55, 59, 62, 67), (48, 55, 64, 67))
"""Am7, Fmaj7, G, C as MIDI notes, one a bar of four beats."""
_TUNE = (
    (0.0, 76), (0.75, 79), (1.5, 81), (2.5, 79), (3.0, 76), (4.0, 77), (4.75, 76), (5.5, 72), (7.0, 74), (7.5, 76),
    (8.0, 79), (8.75, 83), (9.5, 81), (10.5, 79), (11.5, 74), (12.0, 76), (12.75, 79), (13.5, 84),
)  # fmt: skip


def make_sound() -> NDArray[np.int16]:
    """The whole track: (samples, 2) at 48 kHz, as long as the picture to the sample, the same at every call."""
    track = np.zeros((SAMPLES, 2))
    for part in (_pads, _bass, _beat, _tune, _whooshes, _can, _pour):
        part(track)
    track = np.tanh(1.9 * track / np.abs(track).max())  # rounds off the loudest beats, so that the rest may be louder
    track *= PEAK / np.abs(track).max()
    track[-6000:] *= np.linspace(1, 0, 6000)[:, None] ** 1.5
    return np.asarray(np.rint(track * 32767), np.int16)


def _hz(note: float) -> float:
    return float(440 * 2 ** ((note - 69) / 12))


def _seconds(length: int) -> Wave:
    return np.arange(length) / SAMPLE_RATE


def _lay(track: Wave, sound: Wave, start: int, pan: float = 0.0) -> None:
    """Mix a mono sound in at a sample; `pan` is -1 (left) to 1 (right), at equal power."""
    sound = sound[: max(0, SAMPLES - start)]
    angle = (pan + 1) * math.pi / 4
    track[start : start + len(sound)] += sound[:, None] * (math.cos(angle), math.sin(angle))


def _noise(length: int, low: float, high: float, seed: int) -> Wave:
    """Noise between two frequencies, at a level of 1 RMS."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=length))
    pitch = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    edge = np.clip((pitch - low * 0.7) / (low * 0.3 + 1), 0, 1) * np.clip((high * 1.4 - pitch) / (high * 0.4), 0, 1)
    sound = np.fft.irfft(spectrum * edge, length)
    return np.asarray(sound / np.sqrt(np.mean(sound**2)))


def _frame_sample(frame: int) -> int:
    return int(frame / RATE * SAMPLE_RATE)


def _pads(track: Wave) -> None:
    for bar, chord in enumerate(_CHORDS):
        time = _seconds(4 * _BEAT + 9000)
        swell = np.minimum(1, time / 0.18) * np.clip((len(time) / SAMPLE_RATE - time) / 0.19, 0, 1)
        for n, note in enumerate(chord):
            for detune, pan in ((-0.05, -0.7), (0.05, 0.7)):
                base = _hz(note + detune)
                tone = sum(np.sin(math.tau * base * k * time + n) / k**1.8 for k in range(1, 6))
                _lay(track, 0.050 * tone * swell, bar * 4 * _BEAT, pan)


def _bass(track: Wave) -> None:
    for bar, chord in enumerate(_CHORDS):
        root = min(chord) - 12 if min(chord) > 50 else min(chord)
        for beat, length in ((0.0, 1.2), (1.5, 0.4), (2.0, 0.8), (3.0, 0.4), (3.5, 0.4)):
            time = _seconds(int(length * _BEAT))
            shape = np.minimum(1, time / 0.008) * np.exp(-2.2 * time) * np.clip((time[-1] - time) / 0.02, 0, 1)
            tone = np.sin(math.tau * _hz(root) * time) + 0.35 * np.sin(math.tau * 2 * _hz(root) * time)
            _lay(track, 0.26 * tone * shape, int((bar * 4 + beat) * _BEAT))


def _beat(track: Wave) -> None:
    time = _seconds(12_000)
    kick = np.sin(math.tau * (46 * time + 5.2 * (1 - np.exp(-28 * time)))) * np.exp(-11 * time)
    clap = _noise(7_000, 900, 5_200, 1) * np.exp(-26 * _seconds(7_000))
    hat = _noise(2_600, 7_000, 15_000, 2) * np.exp(-75 * _seconds(2_600))
    for step in range(32):
        start = step * _BEAT // 2
        if step % 4 == 0 and step < 28:
            _lay(track, 0.50 * kick, start)
        if step % 8 == 4:
            _lay(track, 0.075 * clap, start, 0.1)
        if step >= 4:
            _lay(track, (0.030 if step % 2 else 0.016) * hat, start, 0.35 if step % 2 else -0.25)


def _tune(track: Wave) -> None:
    """A marimba, and a last bell on the brand."""
    time = _seconds(26_000)
    for n, (beat, note) in enumerate(_TUNE):
        base = _hz(note)
        tone = np.sin(math.tau * base * time) * np.exp(-7 * time) + 0.3 * np.sin(
            math.tau * 3.93 * base * time
        ) * np.exp(-22 * time)
        _lay(track, 0.15 * tone * np.minimum(1, time / 0.003), int(beat * _BEAT), 0.4 * math.sin(n))
    bell = _seconds(60_000)
    for n, note in enumerate((72, 79, 84, 88)):
        base = _hz(note)
        tone = np.sin(math.tau * base * bell) + 0.4 * np.sin(math.tau * 2.76 * base * bell) * np.exp(-5 * bell)
        _lay(
            track, 0.075 * tone * np.exp(-2.6 * bell), _frame_sample(SHOTS[-1].start_frame) + n * 2_400, (n - 1.5) * 0.4
        )


def _whooshes(track: Wave) -> None:
    """Air that rises into each cut and dies behind it, passing from one side to the other."""
    length, top = 26_000, 16_000
    time = np.arange(length)
    for n, shot in enumerate(SHOTS[1:]):
        shape = np.where(time < top, (time / top) ** 2.5, np.exp(-(time - top) / 2_800))
        low, high = _noise(length, 250, 1_400, 10 + n), _noise(length, 1_400, 7_500, 20 + n)
        rise = np.clip(time / top, 0, 1)
        sound = 0.075 * shape * (low * (1 - rise) + high * rise * 0.8)
        side = np.clip(time / length * 2 - 1, -1, 1) * (-1 if n % 2 else 1)
        start = _frame_sample(shot.start_frame) - top
        stereo = np.column_stack((sound * np.sqrt((1 - side) / 2), sound * np.sqrt((1 + side) / 2)))
        track[start : start + length] += stereo[: SAMPLES - start]


def _can(track: Wave) -> None:
    """Click of the tab, crack of the lid, the gas, and the fizz that follows; on the left, where the can is."""
    start = _frame_sample(OPENING_FRAME)
    click = _seconds(1_600)
    _lay(track, 0.22 * np.sin(math.tau * 2_350 * click) * np.exp(-190 * click), start - 5_200, -0.35)
    crack = _seconds(3_600)
    ring = np.sin(math.tau * 1_320 * crack) + 0.6 * np.sin(math.tau * 3_170 * crack)
    _lay(
        track,
        0.30 * ring * np.exp(-95 * crack) + 0.25 * _noise(3_600, 900, 9_000, 31) * np.exp(-120 * crack),
        start,
        -0.35,
    )
    gas = _seconds(30_000)
    _lay(
        track, 0.24 * _noise(30_000, 3_200, 14_000, 32) * np.minimum(1, gas / 0.006) * np.exp(-6.5 * gas), start, -0.35
    )
    _fizz(track, start + 4_000, _frame_sample(SHOTS[3].end_frame), 700, 33)


def _fizz(track: Wave, start: int, end: int, pops: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    time = _seconds(260)
    for at in np.sort(rng.integers(start, end, pops)):
        tone = np.sin(math.tau * rng.uniform(3_800, 11_000) * time) * np.exp(-rng.uniform(500, 1_400) * time)
        _lay(track, rng.uniform(0.008, 0.05) * tone, int(at), rng.uniform(-0.6, 0.6))


def _pour(track: Wave) -> None:
    """The drink filling the glass: gurgles whose pitch rises with the level; on the right, where the glass is."""
    shot = SHOTS[3]
    start, length = _frame_sample(shot.start_frame), _frame_sample(shot.frames)
    part = np.arange(length) / length
    rng = np.random.default_rng(41)
    shape = np.minimum(1, part * 9) * np.minimum(1, (1 - part) * 7)
    flow = _noise(length, 400, 2_600, 42) * (0.6 + 0.4 * np.sin(math.tau * np.cumsum(9 + 5 * part) / SAMPLE_RATE))
    _lay(track, 0.055 * flow * shape, start, 0.4)
    for _ in range(38):
        at = rng.uniform(0.02, 0.9)
        time = _seconds(int(rng.integers(1_600, 3_200)))
        pitch = (330 + 520 * at) * rng.uniform(0.85, 1.2)
        glug = np.sin(math.tau * (pitch * time + 900 * time**2)) * np.sin(math.pi * np.linspace(0, 1, len(time)))
        _lay(track, 0.075 * glug, start + int(at * length), 0.4)
