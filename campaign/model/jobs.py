"""Jobs: what is asked of an engine, identified by content alone."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from campaign.model.controls import ControlSet
from campaign.model.edit import Segment
from campaign.model.looks import Look
from campaign.model.prompts import Keyframe, Prompt
from campaign.model.ratios import AspectRatio, Size


class Operation(StrEnum):
    """The two things a model does to footage."""

    MODIFY = "modify"
    REFRAME = "reframe"


class How(StrEnum):
    """How a ratio is made: by the provider's reframe, cropped from a neighbour, or locally from the modify result.

    A static window (derive, crop, pad) is no job: finishing shows what is there through it. But a crop of HDR is one.
    """

    GENERATE = "generate"
    DERIVE = "derive"
    CROP = "crop"
    PAD = "pad"
    BLUR = "blur"
    TRACK = "track"


@dataclass(frozen=True, slots=True)
class Framing:
    """How a reframe places the picture. `focus` is the point to keep, as fractions of width and height from top left."""

    how: How
    focus: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One generation to buy (or render): operation x segment x prompt x engine, never vendor, campaign, row or time.

    `key` (64 hex digits) is the hash of everything asked for, edition and parent's key included; `ask_key` the same
    without any edition, so that an edition can be bumped by it. `model` is the engine and its version.
    A modify starts from the master's frames (`parent` None, `master_sha256` + `segment`); a reframe from its parent job.
    `size` is the picture's size as planned; the engine may return another, conform mends it.
    `ratio` and `framing` are None for a modify; `look` is None for engines that read prompts.
    """

    key: str
    ask_key: str
    operation: Operation
    model: str
    master_sha256: str
    segment: Segment
    parent: str | None
    prompt: Prompt
    controls: ControlSet
    look: Look | None
    keyframes: tuple[Keyframe, ...]
    hdr: bool
    exr: bool
    resolution: str
    size: Size
    ratio: AspectRatio | None
    framing: Framing | None
    edition: int

    @property
    def deep(self) -> bool:
        """Whether its result is ordered as an HDR picture. A reframe of ours has `hdr` where its parent is one."""
        return self.hdr and self.operation is Operation.MODIFY

    @property
    def short(self) -> str:
        """The key as people quote it."""
        return self.key[:12]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedJob:
    """A job with what it means for this campaign: who makes it, its highest price, and who waits for it.

    `variants` are the keys of the rows that share it, the first that planned it first; `priority` the highest of theirs.
    """

    job: Job
    provider: str
    price_usd: Decimal
    variants: tuple[str, ...]
    priority: int = 0
