"""The whole argv of what is done to a master, and what is to be done to it, without running anything."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from campaign.media.counting import Counted
from campaign.media.engine import Engine
from campaign.media.master.mending import Mending, mending
from campaign.media.master.mezzanine import mezzanine_argv
from campaign.media.master.survey import survey_argv
from campaign.media.probe import Probe
from campaign.media.source import Source
from campaign.model.edit import AudioTrack
from campaign.model.ratios import Size

ENGINE = Engine(Path("/opt/ffmpeg"), "9.0.2")
PLAIN = Probe(
    path=Path("/edit/master.mov"),
    format="mov",
    codec="h264",
    pixel_format="yuv420p",
    coded=Size(720, 576),
    size=Size(720, 576),
    sample_aspect=Fraction(1),
    rotation=0,
    rate=Fraction(25),
    frames=100,
    seconds=Fraction(4),
    interlaced=False,
    colour=("tv", "bt470bg", "unknown", "unknown"),
    audio=AudioTrack("pcm_s16le", 2, 48000, 192000),
    starts=(Fraction(0), Fraction(0)),
    channels=(2,),
    bits=8,
    chroma="420",
    timecode=None,
)
STEADY = Counted(100, Fraction(25), Fraction(0), Fraction(25), Fraction(99, 25))
LOOSE = Counted(90, Fraction(25), Fraction(9), Fraction(25), Fraction(99, 25))


def needed(facts: Probe, counted: Counted = STEADY) -> Mending:
    found = mending(facts, counted)
    assert found is not None
    return found


TELEVISION = replace(
    PLAIN, format="mxf", interlaced=True, sample_aspect=Fraction(16, 11), size=Size(1047, 576), channels=(1, 1, 1, 1)
)
PHONE = replace(PLAIN, rotation=90, size=Size(576, 720), starts=(Fraction(1, 2), Fraction(0)))


def test_a_plain_master_needs_nothing() -> None:
    assert mending(PLAIN, STEADY) is None


def test_untagged_pixels_keep_the_matrix_that_players_take_for_the_size_they_were_stored_in() -> None:
    on_its_side = replace(PLAIN, colour=("unknown",) * 4, rotation=90, coded=Size(640, 480), size=Size(480, 640))
    assert needed(on_its_side).matrix == "smpte170m"


@pytest.mark.parametrize(
    ("chroma", "bits", "kept"),
    [("420", 8, "yuv420p"), ("422", 10, "yuv422p10le"), ("444", 12, "yuv444p10le"), ("rgb", 8, "yuv444p")],
)
def test_depth_and_colour_detail_are_kept(chroma: str, bits: int, kept: str) -> None:
    assert needed(replace(PLAIN, format="avi", chroma=chroma, bits=bits)).pixel_format == kept


def test_a_run_up_of_the_sound_is_no_late_picture() -> None:
    late = replace(PLAIN, format="asf", starts=(Fraction(43, 1000), Fraction(0)))
    assert (needed(late).head, needed(late).lead) == (0, -2064)


@pytest.mark.parametrize(
    ("name", "facts", "counted"), [("mezzanine-television", TELEVISION, STEADY), ("mezzanine-phone", PHONE, LOOSE)]
)
def test_the_whole_command_is_as_reviewed(
    name: str, facts: Probe, counted: Counted, golden: Callable[[str, str], None]
) -> None:
    source = Source(facts.path, facts.format)
    argv = mezzanine_argv(ENGINE, source, needed(facts, counted), Path("/cache/m.mov"), Path("/cache/m.framehash"))
    golden(f"argv/{name}.txt", "\n".join(argv) + "\n")


def test_the_survey_is_as_reviewed(golden: Callable[[str, str], None]) -> None:
    small, index = Path("/cache/s.gray"), Path("/cache/s.framehash")
    argv = survey_argv(ENGINE, Source(PLAIN.path, "mov"), Fraction(25), 100, Size(160, 128), small, index)
    golden("argv/survey.txt", "\n".join(argv) + "\n")
