"""Measures a master edit: counted frames, exact rate, display size, sound; refuses what cannot be conformed exactly."""

import hashlib
import shlex
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from campaign.errors import InputError, MediaError
from campaign.media.counting import Counted, count_frames
from campaign.media.probe import Probe, probe
from campaign.media.sound import count_samples
from campaign.model.edit import AudioTrack, MasterEdit
from campaign.model.faults import Fault

USUAL_RATES = tuple(Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60"))
TONEMAP = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=mobius:param=0.3:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv:dither=error_diffusion,format=yuv420p"
)


def measure(path: Path) -> MasterEdit:
    """The master as measured, its shots still empty. Reads the whole file once for its hash.

    Raises MediaError when it cannot be read, InputError with every reason why it cannot be used as it is.
    """
    before = path.stat() if path.exists() else None
    facts, counted = probe(path), count_frames(path)
    faults = tuple(_faults(facts, counted))
    if faults:
        raise InputError(faults)
    edit = MasterEdit(
        path=path.absolute(),
        sha256=_sha256(path),
        rate=counted.rate,
        frames=counted.frames,
        size=facts.size,
        codec=facts.codec,
        audio=_track(path, facts.audio),
        shots=(),
    )
    after = path.stat()
    if before is None or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise MediaError(f"{path}: changed while it was being read. Wait until it is written, then try again.")
    return edit


def _faults(facts: Probe, counted: Counted) -> Iterator[Fault]:
    if facts.interlaced:
        yield _fault(facts.path, "interlaced", "is interlaced", "progressive", "bwdif=mode=send_frame")
    if facts.hdr:
        yield _fault(facts.path, "hdr", f"is HDR ({facts.colour[3]}, {facts.colour[2]})", "sdr", TONEMAP)
    if facts.channels[:2] == (1, 1):
        yield _mono_tracks(facts)
    if not counted.constant:
        problem = f"has a variable frame rate (a frame lies {float(counted.drift):.1f} frames off its place)"
        yield _fault(facts.path, "vfr", problem, "cfr", f"fps={_usual(counted.pace)}:start_time=0:round=near")


def _fault(path: Path, rule: str, problem: str, word: str, graph: str) -> Fault:
    mended = path.with_name(f"{path.stem}-{word}.mov")
    line = f"ffmpeg -i {shlex.quote(str(path))} -vf {shlex.quote(graph)} -c:v libx264 -crf 10 -c:a pcm_s16le"
    cure = f"Mend it, look at the result, and name that as inputs.master: {line} {shlex.quote(str(mended))}"
    return Fault(file=str(path), place="", problem=f"the master {problem}.", cure=cure, rule=f"master.{rule}")


def _mono_tracks(facts: Probe) -> Fault:
    """Cameras and broadcasters write left and right as tracks of their own; films carry the first track."""
    path, mended = facts.path, facts.path.with_name(f"{facts.path.stem}-stereo.mov")
    graph = "[0:a:0][0:a:1]join=inputs=2:channel_layout=stereo[a]"
    line = (
        f"ffmpeg -i {shlex.quote(str(path))} -filter_complex {shlex.quote(graph)} -map 0:v:0 -map {shlex.quote('[a]')}"
    )
    cure = f"Join left and right, listen to the result, and name that as inputs.master: {line} -c:v copy -c:a pcm_s16le"
    return Fault(
        file=str(path),
        place="",
        problem=f"the master has its sound in {len(facts.channels)} tracks, the first two of them mono.",
        cure=f"{cure} {shlex.quote(str(mended))}",
        rule="master.tracks",
    )


def _usual(pace: Fraction) -> str:
    """The constant rate that a variable one was most likely meant to be: most gaps are a frame long."""
    near = min(USUAL_RATES, key=lambda usual: abs(usual - pace))
    return f"{near.numerator}/{near.denominator}"


def _track(path: Path, told: AudioTrack | None) -> AudioTrack | None:
    return told and AudioTrack(told.codec, told.channels, told.sample_rate, count_samples(path))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
