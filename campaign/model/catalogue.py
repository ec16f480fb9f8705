"""Dated facts about providers and destinations, as read from campaign/data: capabilities, prices, delivery specs."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from campaign.model.ratios import AspectRatio


@dataclass(frozen=True, slots=True)
class Limit:
    """A number with its provenance. `value` None = nobody says: checked never, reported as unproved."""

    value: Fraction | None
    source: str
    read: date


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationLimits:
    """What one provider's modify or reframe takes. Seconds are of source footage."""

    max_seconds: Limit
    max_fps: Limit
    max_keyframes: Limit
    resolutions: tuple[str, ...]
    ratios: tuple[AspectRatio, ...]
    refused: tuple[tuple[str, str], ...]
    """(resolution, ratio) pairs that are refused although each alone is taken."""
    hdr: tuple[str, ...]
    """Resolutions at which HDR is offered; empty = never."""
    exr: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One provider: its engine's name (part of a job's identity), tiers, limits and prices."""

    name: str
    model: str
    generative: bool
    draft: str
    modify: OperationLimits
    reframe: OperationLimits
    prices: tuple["Price", ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """USD for one started block of `block_seconds` of source at a resolution; `mode` is sdr, hdr or hdr+exr."""

    operation: str
    resolution: str
    mode: str
    usd: Decimal
    block_seconds: int
    source: str
    read: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverySpec:
    """How a deliverable is written. The default spec is `web.h264`; placements bring their own."""

    id: str
    container: str
    video_codec: str
    pixel_format: str
    crf: int
    preset: str
    audio_codec: str | None
    audio_kbps: int
    audio_rate: int
    audio_channels: int
    min_seconds: Fraction | None = None
    max_seconds: Fraction | None = None
    max_bytes: int | None = None
    loudness_lufs: float | None = None
    true_peak_dbtp: float | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything in campaign/data."""

    providers: dict[str, Capability]
    specs: dict[str, DeliverySpec]
    placements: dict[str, tuple[AspectRatio, ...]]
