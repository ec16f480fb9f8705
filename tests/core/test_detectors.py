"""What ffmpeg's detectors print, read as frames."""

from fractions import Fraction

from campaign.media.detection.detected import Jump, Span, from_json, to_json
from campaign.media.detection.detectors import read_report

REPORT = """\
[info] ffmpeg stats and -progress period set to 3600.
[Parsed_scdet_2 @ 0x1] [info] lavfi.scd.score: 34.312, lavfi.scd.time: 3.003
[Parsed_scdet_2 @ 0x1] [info] lavfi.scd.score: 8.100, lavfi.scd.time: 5.005
[Parsed_blackdetect_3 @ 0x1] [info] black_start:1.001 black_end:2.002 black_duration:1.001
[freezedetect @ 0x1] [info] lavfi.freezedetect.freeze_start: 0.5005
[freezedetect @ 0x1] [info] lavfi.freezedetect.freeze_duration: 1.001
[freezedetect @ 0x1] [info] lavfi.freezedetect.freeze_end: 1.5015
[freezedetect @ 0x1] [info] lavfi.freezedetect.freeze_start: 7.007
[silencedetect @ 0x1] [info] silence_start: -0.0213333
[silencedetect @ 0x1] [info] silence_end: 1.001 | silence_duration: 1.0223
[h264 @ 0x1] [error] error while decoding MB 3 4, bytestream -5
[h264 @ 0x1] [error] error while decoding MB 3 4, bytestream -5
[info] frame=  185 fps=0.0 q=-0.0 size=N/A    [Parsed_ebur128_5 @ 0x1] [info] Summary:

  Integrated loudness:
    I:         -19.5 LUFS
    Threshold: -29.5 LUFS

  True peak:
    Peak:      -13.1 dBFS
[info] frame=  192 fps=0.0 q=-0.0 Lsize=N/A time=00:00:08.00
"""


def test_a_report_is_read_in_frames() -> None:
    seen = read_report(REPORT, Fraction(24000, 1001))
    assert seen.frames == 192
    assert (seen.cuts, seen.scores, seen.near) == ((72,), (34.312,), (Jump(120, 8.1),))
    assert seen.black == (Span(24, 48),)
    assert seen.freeze == (Span(12, 36), Span(168, 192))
    assert seen.silence == (Span(0, 24),)
    assert (seen.loudness_lufs, seen.true_peak_dbfs) == (-19.5, -13.1)
    assert seen.errors == ("error while decoding MB 3 4, bytestream -5",)


def test_silence_has_no_loudness() -> None:
    seen = read_report("    I:         -70.0 LUFS\n    Peak:       -inf dBFS\n[info] frame=   48 fps=0", Fraction(24))
    assert seen.loudness_lufs is None and seen.true_peak_dbfs is None and seen.frames == 48


def test_what_was_seen_survives_the_cache() -> None:
    seen = read_report(REPORT, Fraction(24000, 1001))
    assert from_json(to_json(seen)) == seen
