from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from builders import an_edit
from hypothesis import given
from hypothesis import strategies as st
from plans import a_capability, a_limit

from campaign.model.edit import Shot
from campaign.planning.segments import limit_frames, segment_edit


def test_a_shot_within_the_limit_is_one_segment() -> None:
    edit = an_edit(shots=3, frames=192)
    assert [segment.name for segment in segment_edit(edit, 64)] == ["shot-1", "shot-2", "shot-3"]


def test_a_longer_shot_is_cut_into_near_equal_pieces() -> None:
    edit = an_edit(shots=1, frames=500)
    pieces = segment_edit(edit, 432)
    assert [(piece.start_frame, piece.end_frame) for piece in pieces] == [(0, 250), (250, 500)]
    assert pieces[0].name == "shot-1[0:250]"


def test_a_shot_that_passes_through_is_never_cut() -> None:
    edit = an_edit(shots=1, frames=500)
    passing = replace(edit, shots=(replace(edit.shots[0], modify=False),))
    assert [piece.frames for piece in segment_edit(passing, 100)] == [500]


def test_a_limit_below_a_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="one frame"):
        segment_edit(an_edit(), 0)


@given(
    cuts=st.lists(st.integers(1, 400), min_size=1, max_size=6),
    modify=st.lists(st.booleans(), min_size=6, max_size=6),
    limit=st.one_of(st.none(), st.integers(1, 300)),
)
def test_segments_cover_every_frame_once_and_never_cross_a_cut(
    cuts: list[int], modify: list[bool], limit: int | None
) -> None:
    shots, start = [], 0
    for index, length in enumerate(cuts):
        shots.append(Shot(id=str(index), start_frame=start, end_frame=start + length, modify=modify[index]))
        start += length
    segments = segment_edit(replace(an_edit(), frames=start, shots=tuple(shots)), limit)
    assert segments[0].start_frame == 0
    assert segments[-1].end_frame == start
    assert all(one.end_frame == other.start_frame for one, other in pairwise(segments))
    for shot in shots:
        pieces = [segment.frames for segment in segments if segment.shot is shot]
        assert sum(pieces) == shot.frames
        if shot.modify and limit:
            assert max(pieces) <= limit
            assert max(pieces) - min(pieces) <= 1
            assert len(pieces) == -(-shot.frames // limit)


def test_the_limit_is_the_shorter_of_modify_and_reframe_in_whole_frames() -> None:
    luma = a_capability()
    assert limit_frames(luma, Fraction(24000, 1001)) == 431
    short = replace(luma, reframe=replace(luma.reframe, max_seconds=a_limit(10)))
    assert limit_frames(short, Fraction(25)) == 250
    assert limit_frames(a_capability("local"), Fraction(25)) is None
