"""Shots made from cuts, and given shots held against the master's frames."""

import pytest

from campaign.errors import InputError
from campaign.media.detection.shots import require_fit, shots_at
from campaign.model.edit import Shot


def test_cuts_become_named_shots_that_cover_every_frame() -> None:
    shots = shots_at((72, 144), 192)
    assert [(shot.id, shot.start_frame, shot.end_frame) for shot in shots] == [
        ("shot-01", 0, 72),
        ("shot-02", 72, 144),
        ("shot-03", 144, 192),
    ]


def test_a_film_without_cuts_is_one_shot() -> None:
    assert [(shot.start_frame, shot.end_frame) for shot in shots_at((), 48)] == [(0, 48)]


def test_a_jump_in_the_first_or_last_frames_is_no_edit() -> None:
    assert [shot.start_frame for shot in shots_at((2, 190), 192)] == [0]


def test_shots_that_fit_are_taken() -> None:
    require_fit((Shot(id="a", start_frame=0, end_frame=97), Shot(id="b", start_frame=97, end_frame=192)), 192)


def test_every_shot_that_does_not_fit_is_named_with_the_true_number_of_frames() -> None:
    shots = (Shot(id="hero", start_frame=0, end_frame=97), Shot(id="card", start_frame=99, end_frame=200))
    with pytest.raises(InputError) as caught:
        require_fit(shots, 192)
    first, second = caught.value.faults
    assert (first.file, first.place, first.value) == ("campaign.toml", "shots[1].start", "99")
    assert "start = 97" in first.cure
    assert (second.place, second.value) == ("shots[1].end", "200")
    assert "192" in second.problem


def test_frames_that_no_shot_holds_are_told() -> None:
    with pytest.raises(InputError) as caught:
        require_fit((Shot(id="hero", start_frame=0, end_frame=97),), 192)
    assert [fault.place for fault in caught.value.faults] == ["shots[0].end"]
    assert "192" in caught.value.faults[0].cure
