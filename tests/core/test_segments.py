from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise
from math import ceil

import pytest
from builders import an_edit
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import a_brief, a_capability, a_limit, a_plan

from campaign.model.edit import MasterEdit, Shot, Treatment
from campaign.planning.dividing import divide
from campaign.planning.segments import (
    block_frames,
    limit_frames,
    segment_edit,
    segments_for,
    undividable,
)

Spans = tuple[tuple[int, int], ...]
SPANS = st.lists(st.tuples(st.integers(0, 11), st.integers(1, 4)), max_size=2).map(
    lambda raw: tuple((start, start + length) for start, length in raw)
)
BLOCKS = st.lists(st.fractions(1, 12, max_denominator=3), max_size=2).map(tuple)


def lengths(marks: tuple[int, ...], frames: int) -> list[int]:
    return [end - start for start, end in pairwise((0, *marks, frames))]


def price(pieces: list[int], blocks: tuple[Fraction, ...]) -> tuple[int, ...]:
    """What a division is judged by: blocks started of each kind, pieces, the longest piece."""
    return (*(sum(ceil(n / block) for n in pieces) for block in blocks), len(pieces), max(pieces))


def every_division(frames: int, limit: int, spans: Spans) -> list[list[int]]:
    free = [mark for mark in range(1, frames) if not any(start < mark < end for start, end in spans)]
    found = [lengths(marks, frames) for count in range(frames) for marks in combinations(free, count)]
    return [pieces for pieces in found if max(pieces) <= limit]


@settings(deadline=None, max_examples=60)
@given(frames=st.integers(1, 11), limit=st.integers(1, 12), blocks=BLOCKS, spans=SPANS)
def test_no_division_starts_fewer_blocks_nor_has_fewer_seams_nor_a_shorter_longest_piece(
    frames: int, limit: int, blocks: tuple[Fraction, ...], spans: Spans
) -> None:
    ways = every_division(frames, limit, spans)
    marks = divide(frames, limit, blocks, spans)
    if not ways:
        assert marks is None
        return
    assert marks is not None
    assert not any(start < mark < end for mark in marks for start, end in spans)
    assert price(lengths(marks, frames), blocks) == min(price(pieces, blocks) for pieces in ways)


@settings(deadline=None, max_examples=60)
@given(
    seconds=st.fractions(1, 60, max_denominator=25),
    rate=st.sampled_from([Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60000, 1001)]),
    spans=st.lists(st.tuples(st.integers(0, 1500), st.integers(1, 60)), max_size=4),
)
def test_long_shots_at_real_rates_are_divided_within_all_laws(
    seconds: Fraction, rate: Fraction, spans: list[tuple[int, int]]
) -> None:
    frames = max(1, round(seconds * rate))
    unbroken = tuple((start, min(start + length, frames)) for start, length in spans if start < frames)
    edit = one_shot(frames, rate=rate, unbroken=unbroken)
    engine = a_capability()
    pieces = segments_for(edit, engine)
    assert pieces[0].start_frame == 0 and pieces[-1].end_frame == frames
    assert all(one.end_frame == other.start_frame for one, other in pairwise(pieces))
    assert all(piece.frames / rate <= 18 for piece in pieces)
    assert not any(start < piece.start_frame < end for piece in pieces for start, end in unbroken)


def one_shot(frames: int, unbroken: Spans = (), **changes: object) -> MasterEdit:
    shot = Shot(id="long", start_frame=0, end_frame=frames, unbroken=unbroken)
    return replace(an_edit(frames=frames), shots=(shot,), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("seconds", "pieces"),
    [(31, [15, 16]), (19, [9, 10]), (54, [9, 15, 15, 15]), (36, [18, 18]), (18, [18]), (61, [15, 15, 15, 16])],
)
def test_a_long_shot_is_parted_where_the_fewest_blocks_are_started(seconds: int, pieces: list[int]) -> None:
    found = segments_for(one_shot(seconds * 25, rate=Fraction(25)), a_capability())
    assert [piece.frames / 25 for piece in found] == pieces
    blocks = sum(ceil(piece.frames / Fraction(125)) for piece in found)
    assert blocks == -(-seconds // 5) if seconds != 36 else 8


def test_at_ntsc_rates_a_piece_of_five_seconds_is_one_block() -> None:
    modify, reframe = block_frames(a_capability(), Fraction(24000, 1001))
    assert (modify, reframe) == (Fraction(120000, 1001), Fraction(24000, 1001))
    assert 119 < modify < 120


def test_no_blocks_where_nothing_is_billed() -> None:
    assert block_frames(a_capability("local"), Fraction(24)) == ()


def test_a_transition_longer_than_the_limit_cannot_be_divided_and_is_refused_by_name() -> None:
    edit = one_shot(25 * 30, unbroken=((50, 700),), rate=Fraction(25))
    assert [shot.id for shot in undividable(edit, 450)] == ["long"]
    plan = a_plan(a_brief(), edit)
    refusal = next(each for each in plan.own_refusals if each.rule == "luma.edit.unbroken")
    assert "shot long" in refusal.scope
    assert "frames 50 to 700" in refusal.problem and "450 frames" in refusal.problem


def test_a_plan_buys_prices_and_warns_of_the_same_pieces() -> None:
    edit = one_shot(31 * 25, unbroken=((370, 380),), rate=Fraction(25))
    plan = a_plan(a_brief(), edit)
    starts = sorted({planned.job.segment.start_frame for planned in plan.jobs.values()})
    assert starts == [0, 400]
    seam = next(fault for fault in plan.faults if fault.rule == "plan.seam")
    assert "joined at frame 400" in seam.problem
    assert plan.prices["luma"] == sum(planned.price_usd for planned in plan.jobs.values())


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
    passing = replace(edit, shots=(replace(edit.shots[0], treatment=Treatment(modify=False)),))
    assert [piece.frames for piece in segment_edit(passing, 100)] == [500]


def test_a_limit_below_a_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="one frame"):
        segment_edit(an_edit(), 0)


@given(
    cuts=st.lists(st.integers(1, 400), min_size=1, max_size=6),
    modify=st.lists(st.booleans(), min_size=6, max_size=6),
    limit=st.one_of(st.none(), st.integers(20, 300)),
)
def test_segments_cover_every_frame_once_and_never_cross_a_cut(
    cuts: list[int], modify: list[bool], limit: int | None
) -> None:
    shots, start = [], 0
    for index, length in enumerate(cuts):
        treatment = Treatment(modify=modify[index])
        shots.append(Shot(id=str(index), start_frame=start, end_frame=start + length, treatment=treatment))
        start += length
    segments = segment_edit(replace(an_edit(), frames=start, shots=tuple(shots)), limit)
    assert segments[0].start_frame == 0
    assert segments[-1].end_frame == start
    assert all(one.end_frame == other.start_frame for one, other in pairwise(segments))
    for shot in shots:
        pieces = [segment.frames for segment in segments if segment.shot is shot]
        assert sum(pieces) == shot.frames
        if shot.treatment.modify and limit:
            assert max(pieces) <= limit
            assert max(pieces) - min(pieces) <= 1
            assert len(pieces) == -(-shot.frames // limit)


def test_the_limit_is_the_shorter_of_modify_and_reframe_in_whole_frames() -> None:
    luma = a_capability()
    assert limit_frames(luma, Fraction(24000, 1001)) == 431
    short = replace(luma, reframe=replace(luma.reframe, max_seconds=a_limit(10)))
    assert limit_frames(short, Fraction(25)) == 250
    assert limit_frames(a_capability("local"), Fraction(25)) is None
