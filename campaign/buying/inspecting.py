"""A look at what was fetched before it is kept: whole, and about what was asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from campaign.media.decoding import decode_through
from campaign.media.probe import probe
from campaign.model.jobs import Job
from campaign.model.ratios import same_shape

FRAMES_OFF = 2
"""So many frames fewer than were sent are nothing to speak of: engines work on grids of their own."""
SHORT = Fraction(3, 4)
"""A film below this part of its length may be the clean beginning of a longer one."""
_MEGABITS = {"360p": 4, "540p": 8, "720p": 16, "1080p": 40}
_EXR_BYTES = 8
"""Of a pixel of an EXR frame: four channels of 16 bits, not compressed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A whole film. `findings` say in sentences what differs from the order; `short` that much of it may be missing."""

    findings: tuple[str, ...] = ()
    short: bool = False


Inspect = Callable[[Path, Job | None, Fraction], Seen]
"""Looks at the film fetched for a job (None: one that is in no plan any more) whose source runs at a rate (frames a second).
Raises MediaError when it is no film, or not whole."""


def inspect_film(path: Path, job: Job | None, rate: Fraction) -> Seen:
    """Probe a film, decode it to its end, hold it against the job: differences are findings, not refusals."""
    facts = probe(path)
    frames = decode_through(path)
    if job is None:
        return Seen()
    wanted = job.segment.frames / rate * facts.rate
    findings = []
    if frames < wanted - FRAMES_OFF:  # a longer one loses its tail when it is laid into the edit
        findings.append(f"It has {frames} frames at {float(facts.rate):g} fps, about {round(wanted)} were expected.")
    small = min(facts.size.width, facts.size.height) < min(job.size.width, job.size.height)
    if small or not same_shape(facts.size.shape, job.size.shape):
        findings.append(f"It is {facts.size}, {job.size} was expected.")
    return Seen(tuple(findings), frames < wanted * SHORT)


def expected_bytes(job: Job | None, rate: Fraction) -> int:
    """About the most that a job's result weighs, for judging whether the disk has room; 0 when nothing is known of it."""
    if job is None:
        return 0
    film = _MEGABITS.get(job.resolution, 40) * 125_000 * job.segment.frames / rate
    extras = job.size.width * job.size.height * _EXR_BYTES * job.segment.frames if job.exr else 0
    return int(film) + extras
