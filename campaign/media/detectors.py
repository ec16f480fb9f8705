"""Runs ffmpeg's detectors over a film in one decode, and reads what they say."""

import re
from collections.abc import Iterator
from fractions import Fraction

from campaign.media.commands import detect_argv
from campaign.media.detected import Detected, Span
from campaign.media.engine import Engine
from campaign.media.run import run
from campaign.media.source import Source

DEADLINE_S = 600
GATE_LUFS = -70  # what ebur128 says when it heard nothing
_ERROR = re.compile(r"\[(?:error|fatal)\] (.+)")
_FRAMES = re.compile(r"frame= *(\d+)")
_LOUDNESS = re.compile(r"^ +I: +(-?[\d.]+) LUFS", re.MULTILINE)
_PEAK = re.compile(r"^ +Peak: +(-?[\d.]+) dBFS", re.MULTILINE)
_CUT = re.compile(r"lavfi\.scd\.time: ([\d.]+)")


async def detect(source: Source, rate: Fraction, *, sound: bool, engine: Engine) -> Detected:
    """Decode a film once under all detectors. Raises MediaError when it cannot be decoded at all."""
    stderr = await run(detect_argv(engine, source, rate, sound=sound), deadline_s=DEADLINE_S)
    return read_report(stderr, rate)


def read_report(stderr: str, rate: Fraction) -> Detected:
    """The detectors' lines (black_start:1.5, lavfi.freezedetect.freeze_start: 6, silence_end: 2.0) as frames."""
    frames = max((int(count) for count in _FRAMES.findall(stderr)), default=0)
    peaks = [float(peak) for peak in _PEAK.findall(stderr)]
    loudness = [float(value) for value in _LOUDNESS.findall(stderr)]
    return Detected(
        frames=frames,
        cuts=tuple(round(Fraction(time) * rate) for time in _CUT.findall(stderr)),
        black=tuple(_spans(stderr, "black", rate, frames)),
        freeze=tuple(_spans(stderr, "freeze", rate, frames)),
        silence=tuple(_spans(stderr, "silence", rate, frames)),
        loudness_lufs=loudness[-1] if loudness and loudness[-1] > GATE_LUFS else None,
        true_peak_dbfs=peaks[-1] if peaks else None,
        errors=tuple(dict.fromkeys(_ERROR.findall(stderr))),
    )


def _spans(stderr: str, what: str, rate: Fraction, frames: int) -> Iterator[Span]:
    """Spans of one kind; what lasts until the end is announced with a start only."""
    start: int | None = None
    for edge, seconds in re.findall(rf"\b{what}_(start|end): *(-?[\d.]+)", stderr):
        frame = min(max(round(Fraction(seconds) * rate), 0), frames)
        if edge == "start":
            start = frame
        elif start is not None:
            yield Span(start, frame)
            start = None
    if start is not None:
        yield Span(start, frames)
