"""What quality control measured of a film: enough to judge it again by other limits, without another look at it."""

from dataclasses import dataclass

from campaign.media.detection.detected import Detected, Span
from campaign.media.once import name_of
from campaign.media.quality.drift import Drift
from campaign.media.quality.levels import Outside
from campaign.media.quality.packing import Packing
from campaign.media.quality.patches import Explanation
from campaign.media.quality.regions import Seen, Unseen
from campaign.media.quality.seams import Seam
from campaign.media.sound import Likeness
from campaign.model.qc import FileFacts, Region
from campaign.model.ratios import Size

MEASURE_RECIPE = "measure/2"
"""How films are measured. A new version measures every film again, from the store, and makes none anew."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A stretch of a shot that was changed on purpose, beside the master's."""

    shot: str
    drifts: tuple[Drift, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """What the crop of a shot loses of its subject (`subject.Loss.score`), and the frame of the film where most is lost."""

    shot: str
    score: float
    frame: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A film's picture beside the master's. `passed` are frames that must not have changed, `explained` what their
    differences look like; `unknown` are shots of which nobody knows what part of the master they show, `unseen` the
    regions in them."""

    passed: tuple[Drift, ...]
    explained: Explanation | None
    changed: tuple[Changed, ...]
    seams: tuple[Seam, ...]
    outside: Outside | None
    own_outside: Outside | None
    regions: tuple[Seen, ...]
    subjects: tuple[Subject, ...]
    unknown: tuple[str, ...]
    unseen: tuple[Unseen, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """One film: `seen` by the detectors, `own` the master's view of the same frames, `still` the freezes during which a
    part of the master stands still. `coded` is its stored frame, `shown` how a player shows it."""

    facts: FileFacts
    coded: Size
    shown: Size
    packing: Packing
    seen: Detected
    own: Detected
    still: tuple[Span, ...]
    likeness: Likeness | None
    compared: Compared | None


def measured_by(regions: tuple[Region, ...]) -> str:
    """A mark of all that decides what is measured of a film, but for the film: the recipe, what a person marked."""
    return name_of(MEASURE_RECIPE, [repr(region) for region in regions])
