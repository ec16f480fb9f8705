"""Which frame of the master lies beside a frame of a film."""

from dataclasses import replace
from fractions import Fraction

import pytest
from builders import a_finished, an_edit

from campaign.delivery.evidence import master_frame


@pytest.mark.parametrize(
    ("rate", "frame", "own"),
    [(24, 7, 7), (48, 7, 3), (48, 8, 4), (12, 7, 14), (Fraction(24000, 1001), 7, 7), (24, 400, 191), (12, 100, 191)],
)
def test_it_is_the_one_that_the_film_shows_there(rate: Fraction, frame: int, own: int) -> None:
    done = a_finished()
    done = replace(done, facts=replace(done.facts, rate=Fraction(rate)))
    assert master_frame(done, an_edit(frames=192, rate=Fraction(24)), frame) == own
