"""Runs ffmpeg's detectors over a film in one decode, and reads what they say."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from campaign.errors import MediaError
from campaign.media.detection.detected import Detected, Jump, Span
from campaign.media.detection.detecting import LIT, Heard, Wanted, detect_argv
from campaign.media.detection.flashes import without_flashes, without_lights
from campaign.media.detection.near import standing_clear
from campaign.media.engine import Engine
from campaign.media.probe import probe
from campaign.media.run import run
from campaign.media.source import Source
from campaign.model.edit import MasterEdit

DEADLINE_S = 600
LEAST_SURE = 10.0
"""scdet's score from which on a jump is a cut; also that of one which it did not see, right behind a flash."""
PICTURE = "picture: "
"""How an error of the picture's decoder begins."""
GATE_LUFS = -70  # what ebur128 says when it heard nothing
_ERROR = re.compile(
    r"^(\[vist#.*)?.*\[(?:error|fatal)\] (.+)|^\[vist#.*\[warning\] (corrupt decoded frame)", re.MULTILINE
)
_CHANGED = re.compile(r"because video parameters changed to (.+?)(?:, \w+ alpha)?$", re.MULTILINE)
_FRAMES = re.compile(r"frame= *(\d+)")
_LOUDNESS = re.compile(r"^ +I: +(-?[\d.]+) LUFS", re.MULTILINE)
_PEAK = re.compile(r"^ +Peak: +(-?[\d.]+) dBFS", re.MULTILINE)
_JUMP = re.compile(r"^(\[scdet@colour)?.*?lavfi\.scd\.score: *([\d.]+), lavfi\.scd\.time: *([\d.]+)", re.MULTILINE)


async def detect(
    source: Source,
    rate: Fraction,
    *,
    sound: bool,
    engine: Engine,
    heard: Heard | None = None,
    lit: float = LIT,
    wanted: Wanted | None = None,
    coloured: bool = False,
) -> Detected:
    """Decode a film once under all detectors (`detect_argv`). Raises MediaError when it cannot be decoded at all."""
    argv = detect_argv(engine, source, rate, sound=sound, heard=heard, lit=lit, wanted=wanted, coloured=coloured)
    stderr = await run(argv, deadline_s=DEADLINE_S)
    return read_report(stderr, rate)


async def detect_master(edit: MasterEdit, engine: Engine) -> Detected:
    """What the detectors see in the master, its sound heard as films will carry it: from the picture's start to its end.
    A flash is no cut.

    Raises MediaError when not every frame of its picture can be decoded whole.
    """
    facts = await asyncio.to_thread(probe, edit.path)
    track = edit.audio
    heard = None
    if track is not None:
        at = track.sample_rate
        heard = Heard(lead=round(facts.lead * at), samples=round(edit.seconds * at))
    seen = await detect(facts.source, edit.rate, sound=track is not None, engine=engine, heard=heard, coloured=True)
    wrong = [error for error in seen.errors if error.startswith(PICTURE)]
    if seen.frames != edit.frames:
        wrong.append(f"{seen.frames} of {edit.frames} frames can be decoded")
    if wrong:
        raise MediaError(f"{edit.path}: damaged ({wrong[0]}). Copy it again from where it came, or export it again.")
    sure = dict(zip(seen.cuts, seen.scores, strict=True))
    cuts = await asyncio.to_thread(without_lights, edit.path, seen.cuts, seen.tinted)
    cuts = await asyncio.to_thread(without_flashes, edit.path, cuts, edit.rate)
    near = await asyncio.to_thread(standing_clear, edit.path, seen.near, (*seen.cuts, *cuts), edit.rate)
    return replace(seen, cuts=cuts, scores=tuple(sure.get(cut, LEAST_SURE) for cut in cuts), near=near)


def read_report(stderr: str, rate: Fraction) -> Detected:
    """The detectors' lines (black_start:1.5, lavfi.freezedetect.freeze_start: 6, silence_end: 2.0) as frames."""
    frames = max((int(count) for count in _FRAMES.findall(stderr)), default=0)
    peaks = [float(peak) for peak in _PEAK.findall(stderr)]
    loudness = [float(value) for value in _LOUDNESS.findall(stderr)]
    light, both = _jumps(stderr, rate)
    jumps = tuple(Jump(frame, score) for frame, score in sorted(both.items()))
    cuts = [jump for jump in jumps if jump.score >= LEAST_SURE]
    return Detected(
        frames=frames,
        cuts=tuple(jump.frame for jump in cuts),
        scores=tuple(jump.score for jump in cuts),
        near=tuple(jump for jump in jumps if jump not in cuts),
        tinted=tuple(jump.frame for jump in cuts if light.get(jump.frame, 0) < LEAST_SURE),
        black=tuple(_spans(stderr, "black", rate, frames)),
        freeze=tuple(_spans(stderr, "freeze", rate, frames)),
        silence=tuple(_spans(stderr, "silence", rate, frames)),
        loudness_lufs=loudness[-1] if loudness and loudness[-1] > GATE_LUFS else None,
        true_peak_dbfs=peaks[-1] if peaks else None,
        errors=tuple(dict.fromkeys(_complaints(stderr))),
    )


def _jumps(stderr: str, rate: Fraction) -> tuple[dict[int, float], dict[int, float]]:
    """The scores of frames that jump: by their light alone, and by light or colour, whichever is greater."""
    light, both = dict[int, float](), dict[int, float]()
    for colour, told, time in _JUMP.findall(stderr):
        frame, score = round(Fraction(time) * rate), float(told)
        both[frame] = max(score, both.get(frame, 0))
        if not colour:
            light[frame] = score
    return light, both


def _complaints(stderr: str) -> Iterator[str]:
    """What went wrong, as ffmpeg says it; of a broken frame it only warns."""
    for of_picture, error, corrupt in _ERROR.findall(stderr):
        yield f"{PICTURE}{error or corrupt}" if of_picture or corrupt else error
    for other in _CHANGED.findall(stderr):  # every filter then counts its frames from zero again
        yield f"{PICTURE}its frames become {other} on the way"


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
