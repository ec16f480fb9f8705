"""The shapes of specs and placements, in campaign/data and in a campaign's own specs folder. A door for pydantic."""
# ruff: noqa: RUF012 (pydantic copies the defaults of each instance)

import re
from datetime import date
from fractions import Fraction
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PlainValidator, model_validator

from campaign.intake import values
from campaign.intake.schema import Ratio, Section, Text, Twinless
from campaign.intake.values import wrong
from campaign.model.catalogue import Trust
from campaign.model.rates import Convert
from campaign.model.ratios import Size

CONTAINERS = {
    "mp4": ("libx264", "libx265", "libsvtav1", "aac"),
    "mov": ("libx264", "libx265", "prores_ks", "dnxhd", "aac", "pcm_s16le", "pcm_s24le"),
    "mxf": ("dnxhd", "pcm_s16le", "pcm_s24le"),
    "webm": ("libsvtav1", "libopus"),
    "mkv": ("libx264", "libx265", "ffv1", "aac", "flac", "pcm_s16le", "pcm_s24le"),
}
"""Containers, by their extension, and the codecs that each holds."""
VIDEO = ("libx264", "libx265", "prores_ks", "dnxhd", "ffv1", "libsvtav1")
AUDIO = ("aac", "pcm_s16le", "pcm_s24le", "flac", "libopus", "none")
PIXELS = ("yuv420p", "yuv420p10le", "yuv422p", "yuv422p10le", "yuv444p10le")
_NUMBER = re.compile(r"\d{1,9}(\.\d{1,9})?|\d{1,9}/[1-9]\d{0,8}")
_TIMECODE = re.compile(r"[0-2]\d:[0-5]\d:[0-5]\d[:;][0-9]\d")
_MARKET = re.compile(r"[A-Z]{2}")


def _exact(raw: Any) -> Fraction:
    """Seconds or frames a second, exactly."""
    text = str(raw) if isinstance(raw, int | float | str) and not isinstance(raw, bool) else ""
    if not _NUMBER.fullmatch(text) or not Fraction(text):
        raise wrong("is not a number above 0", 'Write 30, 2.5 or "30000/1001".')
    return Fraction(text)


def _size(raw: Any) -> Size:
    sides = raw if isinstance(raw, list) else []
    good = len(sides) == 2 and all(type(side) is int and 16 <= side <= 8192 for side in sides)
    if not good:
        raise wrong("is not a frame's size", "Write [width, height] in pixels, as in [1080, 1920].")
    return Size(*sides)


def _even(size: Size) -> Size:
    if size.width % 2 or size.height % 2:
        raise wrong("has an odd side", "Write even numbers: codecs halve them for colour.")
    return size


def _timecode(text: str) -> str:
    if not _TIMECODE.fullmatch(text):
        raise wrong("is not a timecode", 'Write hours, minutes, seconds and frames: "10:00:00:00".')
    return text


def _market(text: str) -> str:
    if not _MARKET.fullmatch(text):
        raise wrong("is not a market", "Write a country's two capitals, as in US.")
    return text


Exact = Annotated[Fraction, PlainValidator(_exact)]
Least = Annotated[Size, PlainValidator(_size)]
Sides = Annotated[Size, PlainValidator(_size), AfterValidator(_even)]
Market = Annotated[str, AfterValidator(_market)]
Kbps = Annotated[int, Field(ge=1, le=2_000_000)]
Loud = Annotated[float, Field(ge=-60, le=0)]
TrustName = Annotated[
    Trust, PlainValidator(values.choice(tuple(each.value for each in Trust if each is not Trust.CAMPAIGN), Trust))
]


def _one_of(*words: str) -> PlainValidator:
    return PlainValidator(values.choice(words))


class SpecKeys(Section):
    """One spec: the keys of `DeliverySpec`, those that are left out unknown."""

    container: Annotated[str | None, _one_of(*CONTAINERS)] = None
    video_codec: Annotated[str | None, _one_of(*VIDEO)] = None
    pixel_format: Annotated[str | None, _one_of(*PIXELS)] = None
    audio_codec: Annotated[str | None, _one_of(*AUDIO)] = None
    crf: Annotated[int | None, Field(ge=0, le=51)] = None
    preset: Text | None = None
    profile: Text | None = None
    video_kbps: Kbps | None = None
    min_video_kbps: Kbps | None = None
    max_video_kbps: Kbps | None = None
    gop_seconds: Exact | None = None
    audio_kbps: Kbps | None = None
    audio_rate: Annotated[int | None, Field(ge=8000, le=192000)] = None
    audio_channels: Annotated[int | None, Field(ge=1, le=2)] = None
    size: Sides | None = None
    min_size: Least | None = None
    rates: list[Exact] = []
    convert: Annotated[Convert, PlainValidator(values.choice(tuple(each.value for each in Convert), Convert))] = (
        Convert.REFUSE
    )
    min_seconds: Exact | None = None
    max_seconds: Exact | None = None
    exact_seconds: list[Exact] = []
    max_bytes: Annotated[int | None, Field(ge=1)] = None
    loudness_lufs: Loud | None = None
    loudness_tolerance_lu: Annotated[float | None, Field(ge=0.1, le=20)] = None
    true_peak_dbtp: Loud | None = None
    upscale: bool = True
    hold_seconds: Exact | None = None
    first_timecode: Annotated[str | None, AfterValidator(_timecode)] = None
    evidence: list[dict[str, Any]] = []

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.crf is not None and self.video_kbps is not None:
            raise wrong("cannot be combined with crf", "Keep one: a quality or an average.", keys=["crf", "video_kbps"])
        for low, high in (("min_seconds", "max_seconds"), ("min_video_kbps", "max_video_kbps")):
            least, most = getattr(self, low), getattr(self, high)
            if least is not None and most is not None and least > most:
                raise wrong(f"is below {low}", "Put the smaller number first.", keys=[low, high])
        return self

    def said(self) -> dict[str, Any]:
        """What the table says, in the model's types."""
        return {name: _plain(getattr(self, name)) for name in self.model_fields_set if name != "evidence"}


class PlacementKeys(SpecKeys):
    """One placement: a spec's numbers where they differ from those of `spec`, and what only placements have."""

    ratios: list[Ratio] = []
    accepts: list[Ratio] = []
    spec: Text = "web.h264"
    sizes: Annotated[dict[Ratio, Sides], Twinless] = {}
    min_sizes: Annotated[dict[Ratio, Least], Twinless] = {}
    market_seconds: dict[Market, list[Exact]] = {}
    fast_video_kbps: Kbps | None = None
    needs_audio: bool = False
    safe: list[dict[str, Any]] = []
    unknown: list[Text] = []
    lacks: list[Text] = []
    notes: list[Text] = []

    def said(self) -> dict[str, Any]:
        """As above; the safe zones are read apart."""
        return {name: value for name, value in super().said().items() if name != "safe"}


class EvidenceKeys(Section):
    """One source of numbers."""

    of: list[Text] = []
    trust: TrustName = Trust.HOUSE_DEFAULT
    source: Text = ""
    read: date | None = None


Margin = Annotated[float | None, Field(ge=0, le=8192)]


class SafeKeys(Section):
    """One safe zone."""

    direction: Annotated[str, _one_of("ltr", "rtl")] = "ltr"
    unit: Annotated[str, _one_of("px", "fraction")] = "px"
    ratio: Ratio | None = None
    top: Margin = None
    right: Margin = None
    bottom: Margin = None
    left: Margin = None

    @model_validator(mode="after")
    def _in_the_frame(self) -> Self:
        sides = {side: getattr(self, side) for side in ("top", "right", "bottom", "left")}
        over = [side for side, margin in sides.items() if self.unit == "fraction" and (margin or 0) >= 1]
        if over:
            raise wrong("is the whole frame", 'A fraction is below 1; write unit = "px" for pixels.', keys=over[:1])
        return self


class SpecFile(Section):
    """A whole file: its tables, not yet looked into."""

    specs: dict[str, dict[str, Any]] = {}
    placements: dict[str, dict[str, Any]] = {}


NUMBERS = frozenset(SpecKeys.model_fields) - {"evidence"}
"""Keys that a spec shares with `DeliverySpec`, which has no others."""


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
