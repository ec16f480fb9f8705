"""Segments: the master edit cut into pieces that one generation can hold."""

from fractions import Fraction
from itertools import pairwise

from campaign.model.catalogue import Capability
from campaign.model.edit import MasterEdit, Segment, Shot


def segment_edit(edit: MasterEdit, limit_frames: int | None) -> tuple[Segment, ...]:
    """Cut shots into pieces of at most `limit_frames`, never across a cut; None = any length.

    Pieces of one shot differ by at most a frame, so no stub is bought at the price of a block. A shot that is not
    modified stays whole: nobody is asked to take it. Raises ValueError for a limit below one frame.
    """
    if limit_frames is not None and limit_frames < 1:
        raise ValueError(f"a piece needs at least one frame, the limit is {limit_frames}")
    return tuple(segment for shot in edit.shots for segment in _pieces(shot, limit_frames))


def limit_frames(capability: Capability, rate: Fraction) -> int | None:
    """The most frames that the provider takes in one piece, for its modify and its reframe; None = nobody says.

    Both limits hold always, so that asking for one more ratio never changes where a shot is split.
    """
    seconds = [limit.value for limit in (capability.modify.max_seconds, capability.reframe.max_seconds)]
    stated = [value for value in seconds if value is not None]
    return int(min(stated) * rate) if stated else None


def _pieces(shot: Shot, limit: int | None) -> list[Segment]:
    count = -(-shot.frames // limit) if shot.modify and limit is not None else 1
    marks = [shot.start_frame + shot.frames * n // count for n in range(count + 1)]
    return [Segment(shot, start, end) for start, end in pairwise(marks)]
