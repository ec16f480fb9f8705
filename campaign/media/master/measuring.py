"""Measures a master edit: counted frames, exact rate, display size, sound, timecode; refuses what nobody may decide alone."""

import hashlib
import shlex
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from campaign.errors import InputError, MediaError
from campaign.media.counting import Counted, count_frames
from campaign.media.master.mending import Mending, mending
from campaign.media.master.mezzanine import RECIPE
from campaign.media.probe import Probe, probe
from campaign.media.sound import count_samples
from campaign.model.edit import AudioTrack, MasterEdit
from campaign.model.faults import Fault

TONEMAP = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:param=0.3:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv:dither=error_diffusion,format=yuv420p"
)
CHANGED = Fraction(1, 100)
"""A mezzanine farther (relative) from the rate that it was made at was stamped anew from zero in its middle."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A master as it is: its facts, its frames counted, its hash; what it needs before it can be used, None for nothing."""

    facts: Probe
    counted: Counted
    sha256: str
    mending: Mending | None


def measure(path: Path) -> Measured:
    """A master as the campaign names it. Reads the whole file once for its hash.

    Raises MediaError when it cannot be read, InputError when only a person can decide how it becomes usable.
    """
    before = path.stat() if path.exists() else None
    facts, counted = probe(path, master=True), count_frames(path, master=True)
    if facts.hdr:
        raise InputError((_hdr(facts),))
    measured = Measured(facts, counted, _sha256(path), mending(facts, counted))
    after = path.stat()
    if before is None or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise MediaError(f"{path}: changed while it was being read. Wait until it is written, then try again.")
    return measured


def as_used(film: Path, measured: Measured) -> MasterEdit:
    """The edit that `film` holds, its shots still empty: the master itself, or the mezzanine that was made of it."""
    facts, counted, mended = measured.facts, measured.counted, measured.mending
    if mended:
        facts, counted = probe(film), count_frames(film)
        if counted.frames > 1 and abs(counted.rate / mended.rate - 1) > CHANGED:
            problem = "its frames change their size or pixel format on the way"
            raise MediaError(f"{measured.facts.path}: {problem}. Export it in one format from beginning to end.")
    return MasterEdit(
        path=film.absolute(),
        sha256=measured.sha256,
        rate=counted.rate,
        frames=counted.frames,
        size=facts.size,
        codec=facts.codec,
        audio=_track(film, facts.audio),
        shots=(),
        mezzanine=RECIPE if mended else "",
        mended=mended.done if mended else (),
        timecode=measured.facts.timecode,
    )


def _hdr(facts: Probe) -> Fault:
    path, mended = facts.path, facts.path.with_name(f"{facts.path.stem}-sdr.mov")
    line = f"ffmpeg -i {shlex.quote(str(path))} -vf {shlex.quote(TONEMAP)} -c:v libx264 -crf 10 -c:a pcm_s16le"
    cure = f"Mend it, look at the result, and name that as inputs.master: {line} {shlex.quote(str(mended))}"
    problem = f"the master is HDR ({facts.colour[3]}, {facts.colour[2]})."
    return Fault(file=str(path), place="", problem=problem, cure=cure, rule="master.hdr")


def _track(path: Path, told: AudioTrack | None) -> AudioTrack | None:
    return told and AudioTrack(told.codec, told.channels, told.sample_rate, count_samples(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
