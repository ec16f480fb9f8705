"""Marked parts of the picture, a logo say: whether a film still shows them as the master does."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from campaign.media.quality.drift import edges, likeness
from campaign.media.quality.views import Box, Stretch, aligned, boxes
from campaign.media.samples import Samples
from campaign.model.qc import Region
from campaign.model.ratios import Size

LOOKS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A region on its worst frame: how much of it is in the film's frame (0 to 1), where that lies there, and how alike its
    edges are (None when too little of it is left to tell)."""

    name: str
    frame: int
    visible: float
    place: Box
    structure: float | None


@dataclass(frozen=True, slots=True)
class Unseen:
    """A region that cannot be looked for in these shots: nobody knows which part of the master they show."""

    name: str
    shots: tuple[str, ...]


def frames_of(regions: Iterable[Region]) -> tuple[int, ...]:
    """Frames that must be sampled to judge these regions."""
    return tuple(sorted({frame for region in regions for frame in _looks(region)}))


def regions_seen(
    regions: Sequence[Region], stretches: Sequence[Stretch], own: Samples, shown: Samples, master: Size, film: Size
) -> Iterator[Seen]:
    """Each region where it looks worst. Where nobody knows what a film shows of the master, `regions_unseen` tells."""
    for region in regions:
        found = [
            _look(region, frame, stretch, own, shown, master, film)
            for stretch in stretches
            for frame in _looks(region)
            if stretch.start_frame <= frame < stretch.end_frame and stretch.view is not None
            if frame in own and frame in shown
        ]
        if found:
            yield min(found, key=lambda seen: (seen.visible, 1.0 if seen.structure is None else seen.structure))


def regions_unseen(regions: Iterable[Region], stretches: Sequence[Stretch]) -> Iterator[Unseen]:
    """Regions in shots of which nobody knows what they show."""
    for region in regions:
        blind = [
            each
            for each in stretches
            if each.view is None and each.start_frame < region.end_frame and region.start_frame < each.end_frame
        ]
        if blind:
            yield Unseen(region.name, tuple(dict.fromkeys(each.shot for each in blind)))


def _look(region: Region, frame: int, stretch: Stretch, own: Samples, shown: Samples, master: Size, film: Size) -> Seen:
    assert stretch.view is not None
    inside, place = boxes(stretch.view, frame - stretch.start_frame, master, film)
    common = _common(region.box, inside)
    visible = common[2] * common[3] / (region.box[2] * region.box[3])
    there = _within(common, inside, place)
    pair = aligned(own[frame], shown[frame], (common, there)) if visible else None
    structure = likeness(edges(pair[0][0]), edges(pair[1][0])) if pair else None
    return Seen(name=region.name, frame=frame, visible=visible, place=there, structure=structure)


def _looks(region: Region) -> list[int]:
    length = region.end_frame - region.start_frame
    return sorted({region.start_frame + length * (2 * n + 1) // (2 * LOOKS) for n in range(LOOKS)})


def _common(one: Box, other: Box) -> Box:
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[0] + one[2], other[0] + other[2]), min(one[1] + one[3], other[1] + other[3])
    return (left, top, max(right - left, 0.0), max(bottom - top, 0.0))


def _within(box: Box, source: Box, target: Box) -> Box:
    """Where a box of the master lies in the film, when `source` is shown in `target`."""
    across, down = target[2] / source[2], target[3] / source[3]
    left, top = target[0] + (box[0] - source[0]) * across, target[1] + (box[1] - source[1]) * down
    return (left, top, box[2] * across, box[3] * down)
