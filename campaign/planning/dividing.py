"""Dividing: where a run of frames that is too long for one piece is parted."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from math import ceil
from typing import NamedTuple


class _Terms(NamedTuple):
    """What a piece costs by its length, blocks and pieces in one number that only compares; and the longest pieces worth
    looking at: the longest for each number of blocks of each kind."""

    cost: tuple[int, ...]
    reaches: tuple[int, ...]

    def of(self, ends: Sequence[int]) -> int:
        """The cost of a division, told by where its pieces end."""
        return sum(self.cost[end - start] for start, end in zip((0, *ends[:-1]), ends, strict=True))


@lru_cache(maxsize=4096)
def divide(
    frames: int, limit: int, blocks: tuple[Fraction, ...], unbroken: tuple[tuple[int, int], ...]
) -> tuple[int, ...] | None:
    """The first frames of all pieces but the first, when frames [0, `frames`) are parted into pieces of at most `limit`.

    No mark lies inside a span [start, end) of `unbroken` (its ends are no inside). Of all divisions it is one that starts
    the fewest of the first of `blocks` (lengths in frames), then of the next, then has the fewest pieces, then the
    shortest longest piece; those equal, pieces as even as the spans allow. None when there is no such division.
    """
    places = _places(frames, unbroken)
    terms = _terms(frames, limit, blocks)
    best = _cheapest(places, limit, terms)
    if best is None:
        return None
    cost, shortest, enough = terms.of(best), -(-frames // len(best)), _longest(best)
    while shortest < enough:
        tried = (shortest + enough) // 2
        found = _cheapest(places, tried, terms)
        if found is not None and terms.of(found) == cost:
            best, enough = found, _longest(found)
        else:
            shortest = tried + 1
    return _evened(best, places, enough, terms)


def _places(frames: int, unbroken: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    """Frames at which a piece may begin or end, in order."""
    barred = bytearray(frames + 1)
    for start, end in unbroken:
        first, last = max(start + 1, 0), min(end, frames + 1)
        if first < last:
            barred[first:last] = b"\1" * (last - first)
    barred[0] = barred[frames] = 0
    return tuple(place for place, bar in enumerate(barred) if not bar)


def _terms(frames: int, limit: int, blocks: Sequence[Fraction]) -> _Terms:
    weight = 2 * frames + 2  # more than any sum of blocks or pieces of whole frames
    costs = []
    for length in range(limit + 1):
        cost = 0
        for block in blocks:
            cost = cost * weight + -(-length * block.denominator // block.numerator)
        costs.append(cost * weight + 1)
    full = {int(block * count) for block in blocks for count in range(1, ceil(limit / block) + 1)}
    return _Terms(tuple(costs), tuple(sorted(reach for reach in full if 0 < reach < limit)))


def _cheapest(places: Sequence[int], limit: int, terms: _Terms) -> tuple[int, ...] | None:
    """Where pieces of at most `limit` end in a cheapest division, the last end included.

    Whoever is further on for the same price is never worse off, so that from each frame only the furthest places for
    each number of blocks need be looked at.
    """
    reaches = (*(reach for reach in terms.reaches if reach < limit), limit)
    cheapest, came_from = {0: 0}, {0: 0}
    for here in places:
        if here not in cheapest:
            continue
        spent = cheapest[here]
        for reach in reaches:
            there = places[bisect_right(places, here + reach) - 1]
            if there <= here:
                continue
            cost = spent + terms.cost[there - here]
            if there not in cheapest or cost < cheapest[there]:
                cheapest[there], came_from[there] = cost, here
    if places[-1] not in cheapest:
        return None
    ends = [places[-1]]
    while came_from[ends[-1]]:
        ends.append(came_from[ends[-1]])
    return tuple(reversed(ends))


def _evened(ends: tuple[int, ...], places: Sequence[int], limit: int, terms: _Terms) -> tuple[int, ...]:
    """The marks of a division moved so that its pieces are even, at no more cost and no longer than `limit`."""
    count, frames = len(ends), ends[-1]
    plain = tuple(frames * n // count for n in range(1, count + 1))
    allowed = frozenset(places)
    if all(end in allowed for end in plain) and _longest(plain) <= limit and terms.of(plain) <= terms.of(ends):
        return plain[:-1]
    caps = [_cap(end - start, limit, terms) for start, end in zip((0, *ends[:-1]), ends, strict=True)]
    return _spread(caps, places, frames)


def _cap(length: int, limit: int, terms: _Terms) -> int:
    """The longest piece that costs no more than one of `length`."""
    return bisect_right(terms.cost, terms.cost[length], hi=limit + 1) - 1


def _spread(caps: Sequence[int], places: Sequence[int], frames: int) -> tuple[int, ...]:
    """Marks as even as they can be where the n-th piece has at most `caps[n]` frames."""
    least = [frames]
    for cap in reversed(caps[1:]):  # the earliest place from which the rest can be covered
        least.append(places[bisect_left(places, least[-1] - cap)])
    marks: list[int] = []
    here, left = 0, len(caps)
    for cap, earliest in zip(caps[:-1], reversed(least[1:]), strict=True):
        wanted = here + (frames - here) // left
        low = bisect_left(places, max(earliest, here + 1))
        high = bisect_right(places, min(here + cap, frames - 1)) - 1
        at = min(max(bisect_left(places, wanted), low), high)
        here = min(places[max(at - 1, low) : at + 1], key=lambda place: (abs(place - wanted), place))
        marks.append(here)
        left -= 1
    return tuple(marks)


def _longest(ends: Sequence[int]) -> int:
    return max(end - start for start, end in zip((0, *ends[:-1]), ends, strict=True))
