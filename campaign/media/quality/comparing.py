"""A film's picture beside the master's: what to sample, and what is measured of it."""

from dataclasses import dataclass, replace

from campaign.media.detection.detected import Span
from campaign.media.quality.drift import Beside, drifts, places, side_by_side
from campaign.media.quality.levels import worst_outside
from campaign.media.quality.measures import Changed, Compared, Subject
from campaign.media.quality.patches import explain
from campaign.media.quality.regions import frames_of, regions_seen, regions_unseen
from campaign.media.quality.seams import around, joins, seam
from campaign.media.quality.views import Stretch, in_cadence
from campaign.media.samples import Samples
from campaign.model.qc import Region
from campaign.model.rates import Cadence
from campaign.model.ratios import Size


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a film came from the master: its stretches in order, none when nobody knows, and the regions a person marked."""

    stretches: tuple[Stretch, ...] = ()
    regions: tuple[Region, ...] = ()

    @property
    def drawn(self) -> tuple[Span, ...]:
        """Frames that show a shot's own art: it may stand still, or be black, where the master does not."""
        art = (stretch for stretch in self.stretches if stretch.own and stretch.view is None)
        return tuple(Span(stretch.start_frame, stretch.end_frame) for stretch in art)

    def in_cadence(self, cadence: Cadence) -> "Comparison":
        """The same of a film that shows the master's frames so: in the film's frames."""
        regions = (
            replace(each, start_frame=cadence.place(each.start_frame), end_frame=cadence.place(each.end_frame))
            for each in self.regions
        )
        return Comparison(tuple(in_cadence(each, cadence) for each in self.stretches), tuple(regions))

    def frames(self, whole: int) -> tuple[int, ...]:
        """Frames of a film of `whole` frames that must be sampled."""
        wanted = {*places(self.stretches), *around(joins(self.stretches), whole), *frames_of(self.regions)}
        return tuple(sorted(frame for frame in wanted if frame < whole))


def compare_pictures(comparison: Comparison, own: Samples, shown: Samples, master: Size, film: Size) -> Compared:
    """All that is measured of the film's picture beside the master's."""
    stretches = comparison.stretches
    passed: list[Beside] = []
    changed: list[Changed] = []
    for stretch in stretches:
        pairs = side_by_side(stretch, own, shown, master, film)
        if stretch.own:
            passed += pairs
        else:
            changed.append(Changed(stretch.shot, drifts(pairs)))
    return Compared(
        passed=drifts(passed),
        explained=explain(passed) if passed else None,
        changed=tuple(changed),
        seams=tuple(found for join in joins(stretches) if (found := seam(join, own, shown)) is not None),
        outside=worst_outside(shown),
        own_outside=worst_outside(own),
        regions=tuple(regions_seen(comparison.regions, stretches, own, shown, master, film)),
        subjects=tuple(Subject(each.shot, *each.subject) for each in stretches if each.subject is not None),
        unseen=tuple(regions_unseen(comparison.regions, stretches)),
        unknown=tuple(sorted({stretch.shot for stretch in stretches if stretch.view is None})),
    )
