"""Frames as an editor counts them."""

from fractions import Fraction

import pytest

from campaign.model.rates import Cadence
from campaign.model.timecode import timecode_at, timecode_in

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("frame", "rate", "first", "told"),
    [
        (73, Fraction(24), "00:00:00:00", "00:00:03:01"),
        (73, Fraction(24000, 1001), "10:00:00:00", "10:00:03:01"),
        (1, Fraction(60000, 1001), "00:00:00:59", "00:00:01:00"),
        (1, Fraction(25), "23:59:59:24", "00:00:00:00"),
        (1799, NTSC, "00:00:00;00", "00:00:59;29"),
        (1800, NTSC, "00:00:00;00", "00:01:00;02"),
        (17981, NTSC, "00:00:00;00", "00:09:59;29"),
        (17982, NTSC, "00:00:00;00", "00:10:00;00"),
        (107892, NTSC, "10:00:00;00", "11:00:00;00"),
        (1, NTSC, "00:59:59;29", "01:00:00;00"),
        (3600, 2 * NTSC, "00:00:00;00", "00:01:00;04"),
    ],
)
def test_a_frame_has_the_timecode_that_an_editor_reads(frame: int, rate: Fraction, first: str, told: str) -> None:
    assert timecode_at(frame, rate, first) == told


def test_a_film_at_another_rate_counts_the_same_moment_in_its_own_frames() -> None:
    assert timecode_in("10:00:00:24", Cadence(Fraction(50), repeat=2)) == "10:00:00:48"
    assert timecode_in("00:59:59;29", Cadence(2 * NTSC, repeat=2)) == "00:59:59;58"
    assert timecode_in("10:00:00:48", Cadence(Fraction(25), step=2)) == "10:00:00:24"
