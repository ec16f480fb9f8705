"""Dated facts about providers and destinations, as read from campaign/data: capabilities, prices, delivery specs."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from campaign.model.ratios import AspectRatio, Size


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
    """How a deliverable is written, and what its destination asks of it. The default spec is `web.h264`.

    What is None or empty nobody says: it is not checked, and QC tells so. Bit rates are in kbit/s, loudness in LUFS, peaks
    in dBTP, lengths in seconds. `crf` (constant quality) and `video_kbps` (an average to aim at) exclude each other.
    """

    id: str
    container: str
    video_codec: str
    pixel_format: str
    audio_codec: str | None
    crf: int | None = None
    preset: str | None = None
    profile: str | None = None
    video_kbps: int | None = None
    min_video_kbps: int | None = None
    max_video_kbps: int | None = None
    gop_seconds: Fraction = Fraction(2)
    audio_kbps: int = 192
    audio_rate: int = 48000
    audio_channels: int = 2
    size: Size | None = None
    """The exact frame of the deliverable; None = as the plan's resolution gives it."""
    min_size: Size | None = None
    rates: tuple[Fraction, ...] = ()
    """Frame rates that the destination takes; empty = nobody says, or any."""
    min_seconds: Fraction | None = None
    max_seconds: Fraction | None = None
    exact_seconds: tuple[Fraction, ...] = ()
    """Lengths that are sold; empty = any between the limits."""
    max_bytes: int | None = None
    loudness_lufs: float | None = None
    loudness_tolerance_lu: float = 1.0
    true_peak_dbtp: float | None = None
    upscale: bool = True
    """Whether a picture that was blown up may be delivered."""
    first_timecode: str | None = None
    """Timecode of the first frame (`10:00:00:00`); None = the master's own, where the container holds one."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything in campaign/data."""

    providers: dict[str, Capability]
    specs: dict[str, DeliverySpec]
    placements: dict[str, tuple[AspectRatio, ...]]
