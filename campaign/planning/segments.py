"""Segments: the master edit cut into pieces that one generation can hold, as few price blocks as can be."""

from fractions import Fraction
from itertools import pairwise

from campaign.model.catalogue import Capability
from campaign.model.edit import MasterEdit, Segment, Shot
from campaign.model.jobs import Operation
from campaign.planning.dividing import divide


def segment_edit(edit: MasterEdit, limit_frames: int | None, blocks: tuple[Fraction, ...] = ()) -> tuple[Segment, ...]:
    """Cut shots into pieces of at most `limit_frames`, never across a cut nor inside `Shot.unbroken`; None = any length.

    `blocks` are price blocks in frames, the dearest first (`block_frames`): the pieces start as few of them as can be,
    then are as few as can be, then the longest is as short as can be. A shot that is not modified stays whole: nobody
    is asked to take it. So does one that cannot be divided (`undividable`), which is then too long. Raises ValueError
    for a limit below one frame.
    """
    if limit_frames is not None and limit_frames < 1:
        raise ValueError(f"a piece needs at least one frame, the limit is {limit_frames}")
    return tuple(segment for shot in edit.shots for segment in _pieces(shot, limit_frames, blocks))


def segments_for(edit: MasterEdit, engine: Capability) -> tuple[Segment, ...]:
    """The pieces in which `engine` would be asked for the edit: by its limits and price blocks, whatever is asked."""
    return segment_edit(edit, limit_frames(engine, edit.rate) or None, block_frames(engine, edit.rate))


def undividable(edit: MasterEdit, limit_frames: int | None) -> tuple[Shot, ...]:
    """Shots to be modified that no division brings within the limit: a transition in them lasts too long."""
    if not limit_frames:
        return ()
    shots = (shot for shot in edit.shots if shot.treatment.modify and shot.frames > limit_frames)
    return tuple(shot for shot in shots if _marks(shot, limit_frames, ()) is None)


def limit_frames(capability: Capability, rate: Fraction) -> int | None:
    """The most frames that the provider takes in one piece, for its modify and its reframe; None = nobody says.

    Both limits hold always, so that asking for one more ratio never changes where a shot is split.
    """
    seconds = [limit.value for limit in (capability.modify.max_seconds, capability.reframe.max_seconds)]
    stated = [value for value in seconds if value is not None]
    return int(min(stated) * rate) if stated else None


def block_frames(capability: Capability, rate: Fraction) -> tuple[Fraction, ...]:
    """The provider's price blocks in frames: of its modify, then of its reframe; empty where nothing is billed.

    Those of every resolution alike, so that a draft is divided as its final is.
    """
    if not capability.generative:
        return ()
    found: dict[Fraction, None] = {}
    for operation in (Operation.MODIFY, Operation.REFRAME):
        lengths = {price.block_seconds for price in capability.prices if price.operation == operation.value}
        found.update(dict.fromkeys(length * rate for length in sorted(lengths, reverse=True)))
    return tuple(found)


def _pieces(shot: Shot, limit: int | None, blocks: tuple[Fraction, ...]) -> list[Segment]:
    marks = _marks(shot, limit, blocks) if shot.treatment.modify and limit is not None and shot.frames > limit else None
    start = shot.start_frame
    edges = (start, *(start + mark for mark in marks or ()), shot.end_frame)
    return [Segment(shot, one, other) for one, other in pairwise(edges)]


def _marks(shot: Shot, limit: int, blocks: tuple[Fraction, ...]) -> tuple[int, ...] | None:
    spans = tuple((start - shot.start_frame, end - shot.start_frame) for start, end in shot.unbroken)
    return divide(shot.frames, limit, blocks, spans)
