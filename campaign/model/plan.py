"""The plan: every job, film and file of a campaign as frozen data. Printing it is the dry run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from campaign.model.catalogue import DeliverySpec, SafeZone
from campaign.model.edit import Art, MasterEdit, Segment
from campaign.model.faults import Fault
from campaign.model.jobs import How, PlannedJob
from campaign.model.outcomes import Reason
from campaign.model.qc import Region
from campaign.model.rates import Cadence
from campaign.model.ratios import AspectRatio, Size
from campaign.model.sheets import SheetOrigin
from campaign.model.variants import Variant


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of a film: the result of job `key`, or (None) the shot's `art` for the film's ratio, or (None too) the
    master's own frames; shaped by `fit` around `focus` where its shape is not the film's."""

    segment: Segment
    key: str | None
    fit: str
    focus: tuple[float, float]
    art: Art | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """One file to be: its spec, its name, and where it will lie (`deliverables/9x16/name.mp4`, relative to out/<campaign>).

    `cadence` is how the film shows the master's frames where its rate is another, None where it is the same.
    `safe_zones` are the placement's for this ratio, in fractions of the frame, for people to look at.
    `key` is the hash of all that decides its bytes: pieces, spec, size, sound, version of the finishing recipe.
    """

    key: str
    placement: str | None
    spec: DeliverySpec
    size: Size
    upscaled_from: Size | None
    name: str
    file: str
    safe_zones: tuple[SafeZone, ...] = ()
    cadence: Cadence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """One variant in one ratio: the unit of finishing. Its pieces cover the master's frames in order, without a gap.

    `how` is the way its ratio is made, None for the master's own. `jobs` are the keys of every job it hangs on, parents
    before children. `edition` only rises. `skip` says why it is not made at all (bad_row, not_due); then it has no pieces,
    no jobs and no outputs.
    """

    variant: Variant
    ratio: AspectRatio
    pieces: tuple[Piece, ...]
    jobs: tuple[str, ...]
    outputs: tuple[Output, ...]
    edition: int
    skip: Reason | None = None
    how: How | None = None

    @property
    def window(self) -> bool:
        """Whether it only shows, in another ratio, what was made for the master's: nothing of it can be made anew alone."""
        shown = {piece.key for piece in self.pieces if piece.key is not None}
        return self.how is not None and shown.issuperset(self.jobs)

    @property
    def id(self) -> str:
        """`de-de-winter-families 9:16`: unique in the plan, fit for run names."""
        return f"{self.variant.key} {self.ratio}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A provider limit that the plan breaks: the rule, whom it stops, and which providers would take it.

    `scope` is what it is about: a segment, a ratio, a variant. `provider` is who refuses; `accepted_by` names providers
    (may be empty). It stops the run only when `provider` is the plan's own.
    """

    rule: str
    provider: str
    scope: str
    problem: str
    accepted_by: tuple[str, ...]
    cure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What the campaign is, as of now. Frozen, whole (selection comes later), the same for plan and run.

    `jobs` is ordered parents first. `prices` gives, for every provider in the catalogue, the price of the whole plan had it
    been chosen, or None where that provider refuses. `faults` are warnings and notes (errors stop before a plan exists).
    """

    campaign: str
    brand: str
    provider: str
    model: str
    generative: bool
    resolution: str
    draft: bool
    master: MasterEdit
    jobs: Mapping[str, PlannedJob]
    films: tuple[Film, ...]
    refusals: tuple[Refusal, ...]
    prices: Mapping[str, Decimal | None]
    faults: tuple[Fault, ...]
    out: Path
    sheet_sha256: str
    notes: tuple[str, ...] = field(default=())
    regions: tuple[Region, ...] = ()
    sheet_origin: SheetOrigin | None = None

    @property
    def own_refusals(self) -> tuple[Refusal, ...]:
        """What the plan's own provider refuses: these stop a run."""
        return tuple(refusal for refusal in self.refusals if refusal.provider == self.provider)
