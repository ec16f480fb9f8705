"""What the headers of a master tell of it as the campaign names it, kept beside the edit as it is used."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from campaign.media.counting import Counted
from campaign.media.probe import Probe


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A master before anything was mended. `coded` is the stored frame; `drift` how far (in frames) any frame lies off the
    grid of `rate`; `colour` = (range, matrix, primaries, transfer); `channels` of each track of sound."""

    container: str
    codec: str
    pixel_format: str
    bits: int
    coded: tuple[int, int]
    rate: Fraction
    constant: bool
    drift: float
    frames: int
    interlaced: bool
    rotation: int
    sample_aspect: Fraction
    colour: tuple[str, str, str, str]
    channels: tuple[int, ...]
    sound: str
    lead_s: float
    pictures: int


def told_of(facts: Probe, counted: Counted) -> Told:
    """The facts of a probed and counted master."""
    return Told(
        container=facts.format,
        codec=facts.codec,
        pixel_format=facts.pixel_format,
        bits=facts.bits,
        coded=(facts.coded.width, facts.coded.height),
        rate=counted.rate,
        constant=counted.constant,
        drift=float(counted.drift),
        frames=counted.frames,
        interlaced=facts.interlaced,
        rotation=facts.rotation % 360,
        sample_aspect=facts.sample_aspect,
        colour=facts.colour,
        channels=facts.channels,
        sound=f"{facts.audio.codec}, {facts.audio.sample_rate} Hz" if facts.audio else "",
        lead_s=float(facts.lead),
        pictures=facts.pictures,
    )


def as_plain(told: Told) -> dict[str, Any]:
    """For JSON; `from_plain` reads it back."""
    plain = {name: getattr(told, name) for name in Told.__slots__}
    return plain | {"rate": str(told.rate), "sample_aspect": str(told.sample_aspect)}


def from_plain(raw: dict[str, Any]) -> Told:
    """What `as_plain` wrote."""
    pairs = {name: tuple(raw[name]) for name in ("coded", "colour", "channels")}
    return Told(**(raw | pairs | {name: Fraction(raw[name]) for name in ("rate", "sample_aspect")}))
