"""What was measured of a film can be kept, and judged again without another look at it."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from builders import a_finished, a_spec, an_edit, an_output

from campaign.media.detection.detected import Detected, Span
from campaign.media.quality.drift import Drift
from campaign.media.quality.judging import judge, judges
from campaign.media.quality.keeping import Kept, keep, kept_as
from campaign.media.quality.levels import Outside
from campaign.media.quality.measures import (
    Changed,
    Compared,
    Measures,
    Subject,
    measured_by,
)
from campaign.media.quality.packing import Packing
from campaign.media.quality.patches import Explanation
from campaign.media.quality.regions import Seen, Unseen
from campaign.media.quality.seams import Seam
from campaign.media.sound import Likeness
from campaign.model.qc import Finding, Region
from campaign.model.ratios import Size

DRIFT = Drift(frame=7, luma=0.5, colour=0.25, structure=0.99, motion=None)
SEEN = Detected(
    frames=192, cuts=(97,), black=(Span(0, 3),), freeze=(), silence=(), loudness_lufs=-20.5, true_peak_dbfs=-3.0,
    errors=(), scores=(31.4,),
)  # fmt: skip
FACTS = a_finished().facts
MEASURES = Measures(
    facts=FACTS,
    coded=Size(FACTS.width, FACTS.height),
    shown=Size(FACTS.width, FACTS.height),
    packing=Packing(
        container="mp4", profile="High", video_kbps=900.5, audio_kbps=128.0, discarded=0, timecode=None,
        index_first=True, edits=(),
    ),
    seen=SEEN,
    own=SEEN,
    still=(Span(5, 9),),
    likeness=Likeness(0.0, 1.0, 0.99, 0.5, 0.0),
    compared=Compared(
        passed=(DRIFT,),
        explained=Explanation("", 0.5, 0.5),
        changed=(Changed("hero", (replace(DRIFT, motion=0.9),)),),
        seams=(Seam(frame=48, kind="luma", jump=0.7),),
        outside=Outside(3, 0.0, 0.001),
        own_outside=None,
        regions=(Seen(name="logo", frame=3, visible=1.0, place=(0.1, 0.1, 0.2, 0.2), structure=None),),
        subjects=(Subject("hero", 0.4, 12),),
        unknown=("pour",),
        unseen=(Unseen("logo", ("pour",)),),
    ),
)  # fmt: skip


def test_measures_come_back_as_they_were_kept(tmp_path: Path) -> None:
    silent = replace(MEASURES, likeness=None, compared=None, facts=replace(FACTS, rate=Fraction(30000, 1001)))
    told = (Finding(check="conform", severity="warning", message="m", measured="a", expected="b", frame=3),)
    for name, measures in (("whole", MEASURES), ("silent", silent)):
        kept = Kept(sha256="f", poster_sha256="p", told=told, mark=measured_by(()), measures=measures)
        keep(tmp_path, name, kept)
        assert kept_as(tmp_path, name) == kept
    (tmp_path / "whole.json").write_text('{"sha256": "f"}', encoding="utf-8")
    assert kept_as(tmp_path, "whole") is None


def test_the_same_measures_are_judged_by_what_is_asked_now() -> None:
    output, master = an_output(spec=a_spec(loudness_lufs=-14.0)), an_edit()
    missed = [each for each in judge(MEASURES, output, master).errors if each.check == "loudness"]
    assert [each.measured for each in missed] == ["-20.5 LUFS"]
    wide = replace(output, spec=replace(output.spec, loudness_tolerance_lu=7.0))
    assert not [each for each in judge(MEASURES, wide, master).errors if each.check == "loudness"]


def test_marks_tell_limits_from_measuring() -> None:
    region = Region(name="logo", box=(0.1, 0.1, 0.2, 0.2), start_frame=0, end_frame=9)
    assert measured_by(()) != measured_by((region,)) == measured_by((replace(region),))
    assert len(judges()) == 32
