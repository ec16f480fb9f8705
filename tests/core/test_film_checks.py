"""Judging a film by numbers."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from builders import a_spec, an_edit, an_output

from campaign.media.detection.detected import Detected, Span
from campaign.media.quality.checks import judge_file, judge_loudness, judge_picture, judge_sound
from campaign.media.sound import Likeness
from campaign.model.qc import FileFacts

MASTER = an_edit()


def some_facts(**changes: Any) -> FileFacts:
    base = FileFacts(
        width=640,
        height=360,
        rate=Fraction(24),
        frames=192,
        codec="h264",
        pixel_format="yuv420p",
        colour=("tv", "bt709", "bt709", "bt709"),
        audio="aac 48000 Hz stereo",
        audio_samples=384000,
        bytes=700_000,
    )
    return replace(base, **changes)


def as_seen(**changes: Any) -> Detected:
    base = Detected(
        frames=192, cuts=(), black=(), freeze=(), silence=(), loudness_lufs=-20.0, true_peak_dbfs=-3.0, errors=()
    )
    return replace(base, **changes)


def test_a_film_as_ordered_has_no_findings() -> None:
    assert not list(judge_file(some_facts(), an_output(), MASTER))
    assert not list(judge_picture(as_seen(), as_seen(), some_facts()))


@pytest.mark.parametrize(
    ("changes", "check", "measured", "expected"),
    [
        ({"frames": 191}, "frames", "191", "192"),
        ({"rate": Fraction(24000, 1001)}, "rate", "24000/1001", "24"),
        ({"width": 642}, "size", "642x360", "640x360"),
        ({"codec": "hevc"}, "codec", "hevc", "h264"),
        ({"pixel_format": "yuv444p"}, "pixel_format", "yuv444p", "yuv420p"),
        ({"colour": ("pc", "bt709", "unknown", "bt709")}, "colour", "pc/bt709/unknown/bt709", "tv/bt709/bt709/bt709"),
        ({"audio": None, "audio_samples": 0}, "audio", "no track", "a track"),
        ({"audio": "aac 44100 Hz mono"}, "audio", "aac 44100 Hz mono", "aac 48000 Hz stereo"),
        ({"audio_samples": 380000}, "duration", "380000 samples", "384000 samples"),
    ],
)
def test_each_wrong_fact_is_an_error_with_both_values(
    changes: dict[str, Any], check: str, measured: str, expected: str
) -> None:
    finding = next(found for found in judge_file(some_facts(**changes), an_output(), MASTER) if found.check == check)
    assert (finding.severity, finding.measured, finding.expected) == ("error", measured, expected)


def test_a_spec_without_sound_wants_no_track_at_all() -> None:
    silent = an_output(spec=a_spec(audio_codec=None))
    assert [finding.check for finding in judge_file(some_facts(), silent, MASTER)] == ["audio"]
    assert not list(judge_file(some_facts(audio=None, audio_samples=0), silent, MASTER))


def test_black_that_the_master_has_too_is_only_told() -> None:
    own = as_seen(black=(Span(100, 130),))
    (same,) = judge_picture(as_seen(black=(Span(97, 133),)), own, some_facts())
    (other,) = judge_picture(as_seen(black=(Span(20, 50),)), own, some_facts())
    assert (same.severity, same.frame) == ("info", 97)
    assert (other.severity, other.frame, other.measured) == ("error", 20, "1.25 s from frame 20")


def test_a_short_stretch_warns_and_a_long_one_fails() -> None:
    short, long = as_seen(freeze=(Span(0, 14),)), as_seen(freeze=(Span(0, 30),))
    assert [finding.severity for finding in judge_picture(short, as_seen(), some_facts())] == ["warning"]
    assert [finding.severity for finding in judge_picture(long, as_seen(), some_facts())] == ["error"]


def test_frames_that_do_not_decode_are_an_error() -> None:
    found = list(judge_picture(as_seen(frames=190, errors=("bad slice",)), as_seen(), some_facts()))
    assert [finding.check for finding in found] == ["decode", "decode"]


def test_loudness_is_judged_only_against_a_target() -> None:
    (told,) = judge_loudness(as_seen(), a_spec())
    assert (told.severity, told.measured) == ("info", "-20.0 LUFS")
    (missed,) = judge_loudness(as_seen(), a_spec(loudness_lufs=-14.0, true_peak_dbtp=-1.0))
    assert (missed.check, missed.severity) == ("loudness", "error")
    (_, peak) = judge_loudness(as_seen(true_peak_dbfs=-0.4), a_spec(loudness_lufs=-20.0, true_peak_dbtp=-1.0))
    assert (peak.check, peak.severity, peak.measured) == ("true_peak", "error", "-0.4 dBTP")


def test_the_tolerance_of_loudness_is_the_spec_s_own() -> None:
    spec = a_spec(loudness_lufs=-21.5, loudness_tolerance_lu=0.5)
    assert [finding.severity for finding in judge_loudness(as_seen(), spec)] == ["error"]
    assert [finding.severity for finding in judge_loudness(as_seen(loudness_lufs=-21.0), spec)] == ["info"]


def test_a_target_that_nothing_could_be_measured_against_is_told() -> None:
    seen = as_seen(loudness_lufs=None, true_peak_dbfs=None)
    (found,) = judge_loudness(seen, a_spec(loudness_lufs=-23.0))
    assert (found.check, found.severity) == ("loudness", "warning")
    assert not list(judge_loudness(seen, a_spec()))


def test_sound_out_of_sync_or_of_another_film_is_an_error() -> None:
    late = Likeness(lag_s=0.04, similarity=0.99, worst=0.98, worst_s=0, gain_db=0)
    foreign = Likeness(lag_s=0.0, similarity=0.2, worst=0.1, worst_s=2, gain_db=0)
    assert next((f.check, f.severity) for f in judge_sound(late, Fraction(24))) == ("audio_sync", "error")
    (found,) = judge_sound(foreign, Fraction(24))
    assert (found.check, found.severity, found.frame) == ("audio_match", "error", 48)
