"""What is done to a clip so that it becomes exactly its segment's frames, and from where on that is too much. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from campaign.media.counting import Counted
from campaign.media.film.timing import Timing, fps, frame_count
from campaign.media.probe import Probe
from campaign.model.qc import Finding
from campaign.model.ratios import Size, same_shape

MISSING_FRAMES = 2
MISSING_PART = Fraction(1, 50)
"""Frames that may be missing after retiming, and the part of all that may: the greater counts. More is an error."""
CUT_PART = Fraction(1, 10)
"""How much of its picture a clip of another shape than was ordered may lose in the film. More is an error."""
BT601 = ("bt470bg", "smpte170m")


@dataclass(frozen=True, slots=True)
class Measured:
    """A clip's file: its facts and its frames. `hidden` = frames that an edit list hides and that are taken all the same;
    `timing` = how they become the film's."""

    facts: Probe
    counted: Counted
    hidden: int = 0
    timing: Timing = Timing(False, ())


@dataclass(frozen=True, slots=True)
class Correction:
    """Something done to a clip; `beyond` = more than may be mended, so that the film is not to be delivered; `meant` = just
    what was ordered."""

    text: str
    beyond: bool = False
    meant: bool = False


def measured(facts: Probe, counted: Counted, wanted: int) -> Measured:
    """A file as it is read for `wanted` frames: whole where it holds just those and its edit list hides some of them."""
    if counted.frames < wanted == facts.frames and facts.format == "mov":
        return Measured(facts, replace(counted, frames=wanted), wanted - counted.frames)
    return Measured(facts, counted)


def corrections(
    seen: Measured,
    *,
    frames: int,
    size: Size,
    fit: str,
    ordered: bool,
    enlarged: bool,
    hdr: bool = False,
) -> Iterator[Correction]:
    """All that is done to a clip. Of one that was `ordered` (not the master's own) shape, size and colour are told too;
    `enlarged` = the plan says itself that the film is larger than what it is made of, `hdr` = it was ordered in HDR."""
    facts = seen.facts
    if seen.hidden:
        yield Correction(f"its edit list hides {frame_count(seen.hidden)}: they are shown")
    timed = seen.timing
    beyond = timed.missing > MISSING_FRAMES and timed.missing > MISSING_PART * frames
    for text in timed.told:
        yield Correction(text, beyond and text.startswith(frame_count(timed.missing)))
    if not ordered:
        return
    if facts.pictures > 1:
        yield Correction(
            f"returned with {facts.pictures} tracks of pictures: the first ({facts.codec}, {facts.size}) is used"
        )
    if not same_shape(facts.size.shape, size.shape):
        shape = facts.size.shape / size.shape
        lost = 1 - (shape if shape < 1 else 1 / shape)
        text = f"returned as {facts.size}, which is not the shape of {size}: fitted by {fit}"
        yield Correction(f"{text}, {float(lost):.0%} of it lost" if fit == "crop" else text, lost > CUT_PART)
    elif facts.size.width < size.width and not enlarged:
        yield Correction(f"returned as {facts.size}: enlarged to {size}")
    elif facts.size.width > size.width:
        yield Correction(f"returned as {facts.size}: reduced to {size}")
    yield from _recoloured(facts, hdr)


def _recoloured(facts: Probe, hdr: bool) -> Iterator[Correction]:
    spread, matrix, primaries, transfer = facts.colour
    if facts.curved:
        yield _trim(transfer, hdr)
    elif hdr:
        yield Correction("was ordered in HDR and returned without an HDR curve: taken for SDR")
    if spread == "pc":
        yield Correction("full range brought to video levels")
    if matrix == "unknown" and facts.source.matrix != "auto":
        yield Correction(f"without a colour matrix: taken for {facts.source.matrix} by its size")
    elif not facts.curved and (matrix in BT601 or matrix.startswith("bt2020")):
        yield Correction(f"colour matrix {matrix} converted to bt709")
    if primaries == "bt2020" and not facts.curved:
        yield Correction("primaries bt2020 are shown as bt709: colours are paler than meant")


def _trim(curve: str, hdr: bool) -> Correction:
    if hdr:
        return Correction(f"SDR trim of an HDR result ({curve})", meant=True)
    return Correction(f"returned as HDR ({curve}), which was not ordered", beyond=True)


def finding(correction: Correction, seen: Measured, *, who: str, frame: int, asked: str) -> Finding:
    """A correction as quality control tells it: whom it concerns, what came and what was asked."""
    came = f"{seen.counted.frames} frames at {fps(seen.counted.rate)}, {seen.facts.size}"
    severity = "error" if correction.beyond else "info" if correction.meant else "warning"
    text = f"{who}: {correction.text}"
    message = f"{text}. That is more than may be mended: regenerate it" if correction.beyond else text
    return Finding(check="conform", severity=severity, message=message, measured=came, expected=asked, frame=frame)


def stored(facts: Probe) -> str | None:
    """The pixel format of a clip that needs no conversion but its tags: BT.709, video levels, square pixels, upright."""
    plain = facts.coded == facts.size and not facts.rotation and facts.sample_aspect == 1
    matrix = facts.source.matrix if facts.colour[1] == "unknown" else facts.colour[1]
    level = facts.colour[0] != "pc" and not facts.pixel_format.startswith("yuvj")
    return facts.pixel_format if plain and level and not facts.curved and matrix == "bt709" else None
