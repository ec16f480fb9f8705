"""Dated facts about providers and destinations, as read from campaign/data: capabilities, prices, delivery specs."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from campaign.model.rates import Convert
from campaign.model.ratios import AspectRatio, Size

FAST = Fraction(30)
"""Frames a second above which platforms ask for the higher of two bit rates."""


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
    sold_seconds: tuple[int, ...] = ()
    """Lengths that a source is brought to, the shortest that holds it; empty = it goes out as long as it is."""
    agreed_frames: Limit | None = None
    """Frames in one piece up to which no document says no; above it some do and some do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One provider: its engine's name (part of a job's identity), tiers, limits and prices.

    `hdr` are resolutions at which its modify offers HDR (empty = never), `exr` whether it gives EXR beside it. Nobody
    reframes HDR.
    """

    name: str
    model: str
    generative: bool
    draft: str
    modify: OperationLimits
    reframe: OperationLimits
    hdr: tuple[str, ...]
    exr: bool
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
    convert: Convert = Convert.REFUSE
    """What becomes of a master whose rate is none of `rates`."""
    hold_seconds: Fraction | None = None
    """For how long the last frame is held, in silence, after the end: no part of the lengths above."""
    first_timecode: str | None = None
    """Timecode of the first frame (`10:00:00:00`); None = the master's own, where the container holds one."""


class Trust(StrEnum):
    """Who says a number. A number nobody says is absent, never guessed."""

    OFFICIAL = "official"
    MIRROR = "mirror"
    THIRD_PARTY = "third_party"
    CONTRADICTED = "contradicted"
    HOUSE_DEFAULT = "house_default"
    CAMPAIGN = "campaign"

    @property
    def binding(self) -> bool:
        """Whether a plan that breaks such a number is refused: the destination says it, or the campaign itself does."""
        return self in (Trust.OFFICIAL, Trust.MIRROR, Trust.CAMPAIGN)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where the numbers `of` these keys come from. `read` None = written for this campaign, hence never old."""

    of: tuple[str, ...]
    trust: Trust
    source: str
    read: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeZone:
    """The margins that a platform's buttons and captions cover, in `unit` px of the recommended size or fraction of the
    frame. `direction` is ltr or rtl, the way the captions read; `ratio` None = every ratio. A side of None nobody states.
    """

    direction: str
    unit: str
    ratio: AspectRatio | None = None
    top: float | None = None
    right: float | None = None
    bottom: float | None = None
    left: float | None = None

    def in_fractions(self, size: Size | None) -> "SafeZone | None":
        """The zone in fractions of a frame whose recommended size is `size`; None for pixels of a size nobody states."""
        if self.unit == "fraction":
            return self
        if size is None:
            return None
        (top, bottom), (right, left) = (
            tuple(None if px is None else px / whole for px in pair)
            for pair, whole in (((self.top, self.bottom), size.height), ((self.right, self.left), size.width))
        )
        return replace(self, unit="fraction", top=top, right=right, bottom=bottom, left=left)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """A destination: the `ratios` that it brings into a campaign, what else it `accepts`, and a spec for each of them.

    `market_seconds` are the lengths sold in each market where they differ. `fast_video_kbps` is aimed at above 30 frames a
    second. `unknown` names keys that no source states; `lacks` what the destination asks for and Fanout does not make, in
    words that follow "without"; `notes` are sentences to know.
    """

    id: str
    ratios: tuple[AspectRatio, ...]
    specs: Mapping[AspectRatio, DeliverySpec]
    accepts: tuple[AspectRatio, ...] = ()
    market_seconds: Mapping[str, tuple[Fraction, ...]] = field(default_factory=dict)
    fast_video_kbps: int | None = None
    needs_audio: bool = False
    safe_zones: tuple[SafeZone, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    unknown: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def spec(self, ratio: AspectRatio, market: str, rate: Fraction) -> DeliverySpec:
        """What a film of this ratio has to be for this market, at this frame rate. Raises KeyError for another ratio."""
        spec = self.specs[ratio]
        if market in self.market_seconds:
            spec = replace(spec, exact_seconds=self.market_seconds[market])
        if rate > FAST and self.fast_video_kbps is not None:
            spec = replace(spec, crf=None, video_kbps=self.fast_video_kbps)
        return spec

    def margins(self, ratio: AspectRatio) -> tuple[SafeZone, ...]:
        """The safe zones of one ratio, a direction each, in fractions of the frame; without those that nobody can place."""
        own = (zone for zone in self.safe_zones if zone.ratio in (None, ratio))
        return tuple(found for zone in own if (found := zone.in_fractions(self.specs[ratio].size)))

    def evidence_of(self, key: str) -> Evidence | None:
        """Where the number `key` comes from: what was said last; None when nobody is named."""
        return next((each for each in reversed(self.evidence) if key in each.of), None)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything in campaign/data."""

    providers: dict[str, Capability]
    specs: dict[str, DeliverySpec]
    placements: dict[str, Placement]
