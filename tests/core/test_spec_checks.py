"""Judging a film against what its destination asks for."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from builders import a_spec, an_edit, an_output

from campaign.media.quality.packing import Packing
from campaign.media.quality.spec_checks import judge_spec, unchecked
from campaign.model.qc import FileFacts, Finding
from campaign.model.ratios import Size

FACTS = FileFacts(
    width=640,
    height=360,
    rate=Fraction(24000, 1001),
    frames=360,
    codec="h264",
    pixel_format="yuv420p",
    colour=("tv", "bt709", "bt709", "bt709"),
    audio="aac 48000 Hz stereo",
    audio_samples=720720,
    bytes=700_000,
)
PACKING = Packing(
    container="mp4",
    profile="High",
    video_kbps=2000.0,
    audio_kbps=192.4,
    discarded=0,
    timecode=None,
    index_first=True,
    edits=(),
)


def judged(packing: Packing = PACKING, *, timecode: str | None = None, **spec: Any) -> list[Finding]:
    return list(judge_spec(FACTS, packing, an_output(spec=a_spec(**spec)), an_edit(timecode=timecode)))


@pytest.mark.parametrize(
    ("spec", "check", "measured", "expected"),
    [
        ({"profile": "main"}, "profile", "High", "main"),
        ({"container": "mov"}, "container", "mp4", "mov"),
        ({"size": Size(1080, 1920)}, "size", "640x360", "1080x1920"),
        ({"min_size": Size(640, 640)}, "size", "640x360", "at least 640x640"),
        ({"rates": (Fraction(25), Fraction(30))}, "rate", "23.976", "25, 30"),
        ({"min_seconds": Fraction(16)}, "duration", "15.015 s", "at least 16 s"),
        ({"max_seconds": Fraction(6)}, "duration", "15.015 s", "at most 6 s"),
        ({"exact_seconds": (Fraction(6), Fraction(30))}, "duration", "15.015 s", "6 s or 30 s"),
        ({"max_bytes": 1000}, "bytes", "700,000 bytes", "at most 1,000 bytes"),
        ({"min_video_kbps": 8000}, "bit_rate", "2,000 kbit/s", "at least 8,000 kbit/s"),
        ({"max_video_kbps": 1500}, "bit_rate", "2,000 kbit/s", "at most 1,500 kbit/s"),
        ({"first_timecode": "10:00:00:00"}, "timecode", "none", "10:00:00:00"),
    ],
)
def test_each_broken_wish_is_an_error_with_both_values(
    spec: dict[str, Any], check: str, measured: str, expected: str
) -> None:
    (found,) = judged(**spec)
    assert (found.check, found.severity, found.measured, found.expected) == (check, "error", measured, expected)


@pytest.mark.parametrize(
    "spec",
    [
        {"exact_seconds": (Fraction(15),)},
        {"max_seconds": Fraction(15)},
        {"rates": (Fraction(24000, 1001),)},
        {"profile": "high"},
        {"min_size": Size(640, 360), "min_video_kbps": 2000, "max_bytes": 700_000},
    ],
)
def test_what_is_kept_is_not_told(spec: dict[str, Any]) -> None:
    assert judged(**spec) == []


def test_drop_frame_timecode_names_the_same_frame() -> None:
    packing = replace(PACKING, timecode="10:00:00;00")
    assert judged(packing, first_timecode="10:00:00:00") == []


def test_the_master_s_timecode_is_expected_where_the_film_holds_one() -> None:
    assert judged(timecode="01:00:00:00") == []
    (found,) = judged(replace(PACKING, timecode="00:00:00:00"), timecode="01:00:00:00")
    assert (found.check, found.expected) == ("timecode", "01:00:00:00")
    (found,) = judged(replace(PACKING, container="mov"), container="mov", timecode="01:00:00:00")
    assert (found.check, found.measured) == ("timecode", "none")


def test_a_film_that_cannot_stream_or_hides_frames_is_not_delivered() -> None:
    assert [(found.check, found.severity) for found in judged(replace(PACKING, index_first=False))] == [
        ("index", "error")
    ]
    assert [(found.check, found.severity) for found in judged(replace(PACKING, discarded=3))] == [
        ("edit_list", "error")
    ]
    assert [(found.check, found.severity) for found in judged(replace(PACKING, edits=("an empty entry",)))] == [
        ("edit_list", "warning")
    ]


def test_an_enlarged_picture_is_refused_where_the_spec_forbids_it() -> None:
    output = an_output(spec=a_spec(upscale=False), upscaled_from=Size(320, 180))
    (found,) = judge_spec(FACTS, PACKING, output, an_edit())
    assert (found.check, found.severity) == ("upscale", "error")


def test_a_starved_track_warns_and_a_silent_one_does_not() -> None:
    packing = replace(PACKING, audio_kbps=60.0)
    assert [(found.check, found.severity) for found in judged(packing)] == [("audio_rate", "warning")]
    assert not list(judge_spec(FACTS, packing, an_output(), an_edit(), audible=False))


def test_what_the_spec_leaves_open_is_named_as_not_checked_and_never_as_passed() -> None:
    told = unchecked(a_spec(max_bytes=5), PACKING)
    assert told.severity == "info" and told.message.startswith("not checked: ")
    assert "largest file" not in told.message
    assert all(name in told.message for name in ("loudness target", "length", "photosensitive flashes"))
    assert (told.measured, told.expected) == ("nothing", "nothing")
