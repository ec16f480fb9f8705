"""The facts of a master report, from what was measured. Pure: nouns in, nouns out."""

from collections.abc import Iterator

from campaign.media.detection.detected import Detected
from campaign.media.master.reporting_cuts import possible_cuts_of
from campaign.media.master.reporting_picture import colour_of, look_of, said_of, shape_of
from campaign.media.master.survey import Survey
from campaign.media.master.told import Told
from campaign.model.edit import MasterEdit
from campaign.model.master_report import Fact, Verdict

LOUD, HOT = -9.0, -0.1
"""LUFS above which sound is crushed, dBTP above which it clips when coded."""
_CONTAINERS = {
    "mov": "MOV/MP4",
    "matroska": "Matroska",
    "asf": "Windows Media (ASF)",
    "avi": "AVI",
    "mxf": "MXF",
    "mpegts": "MPEG-TS",
}
_PICTURES = {"mov", "matroska"}


def facts_of(told: Told, edit: MasterEdit, seen: Detected, surveyed: Survey) -> tuple[Fact, ...]:
    """All facts in the order they are shown."""
    return (
        *_stored(told, edit),
        *_time(told, edit),
        _shots(edit),
        *possible_cuts_of(edit, seen),
        *colour_of(told, surveyed),
        *shape_of(told, edit, surveyed),
        *_sound(told, edit, seen),
        *look_of(edit, seen, surveyed),
        Fact("frame hashes", surveyed.index),
    )


def _stored(told: Told, edit: MasterEdit) -> Iterator[Fact]:
    mended = Verdict.FINE if told.container in _PICTURES else Verdict.MENDED
    yield Fact("container", _CONTAINERS.get(told.container, told.container), mended, said_of(edit, "Taken out of"))
    yield Fact("codec", told.codec)
    yield Fact("pixel format", told.pixel_format)
    yield Fact("bit depth", str(told.bits))
    if told.pictures > 1:
        yield Fact(
            "tracks of pictures", str(told.pictures), Verdict.TOLD, "Films are made of the first; a cover is none."
        )


def _time(told: Told, edit: MasterEdit) -> Iterator[Fact]:
    rate = f"{float(told.rate):.6g} fps ({told.rate})"
    if told.constant:
        yield Fact("frame rate", f"{rate}, constant")
    else:
        yield Fact("frame rate", f"about {rate}, variable", Verdict.MENDED, said_of(edit, "The frame rate varies"))
    frames = Fact("frames", str(edit.frames))
    if edit.frames != told.frames:
        frames = Fact("frames", str(edit.frames), Verdict.MENDED, f"The file holds {told.frames}.")
    yield frames
    yield Fact("duration", f"{float(edit.seconds):.3f} s")
    yield Fact("timecode", edit.timecode or "none")
    if edit.audio is None:
        return
    held = said_of(edit, "The picture begins")
    late = f"{-told.lead_s:+.3f} s after the sound" if abs(told.lead_s) > 0.001 else "with the sound"
    yield Fact("start of picture", late, Verdict.MENDED if held else Verdict.FINE, held)


def _shots(edit: MasterEdit) -> Fact:
    """Where each begins, and who says so."""
    starts = (f"{shot.id} at {shot.start_frame}" + (f" ({shot.found})" if shot.found else "") for shot in edit.shots)
    return Fact("shots", f"{len(edit.shots)}: {', '.join(starts)}")


def _sound(told: Told, edit: MasterEdit, seen: Detected) -> Iterator[Fact]:
    if edit.audio is None:
        yield Fact("sound", "none", Verdict.TOLD, "Every film will be silent.")
        return
    layout = " + ".join(_channels(count) for count in told.channels)
    value = f"{told.sound}, {layout}"
    joined = said_of(edit, "Left and right")
    if joined:
        yield Fact("sound", value, Verdict.MENDED, joined)
    elif len(told.channels) > 1:
        yield Fact("sound", value, Verdict.TOLD, "Films carry the first track only.")
    else:
        yield Fact("sound", value)
    if seen.loudness_lufs is None:
        yield Fact("loudness", "silence", Verdict.TOLD, "Its track is silent from end to end.")
        return
    loud = seen.loudness_lufs > LOUD
    said = "Louder than any destination takes: a placement with a target turns it down." if loud else ""
    yield Fact("loudness", f"{seen.loudness_lufs:.1f} LUFS", Verdict.TOLD if loud else Verdict.FINE, said)
    if seen.true_peak_dbfs is not None:
        hot = seen.true_peak_dbfs > HOT
        said = "It may clip when it is coded." if hot else ""
        yield Fact("true peak", f"{seen.true_peak_dbfs:.1f} dBTP", Verdict.TOLD if hot else Verdict.FINE, said)


def _channels(count: int) -> str:
    return {1: "mono", 2: "stereo", 6: "5.1"}.get(count, f"{count} channels")
