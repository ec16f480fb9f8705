"""What a master needs before its frames can be counted on, and in which words that is told. Pure: facts in, nouns out."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from campaign.media.counting import USUAL_RATES, Counted
from campaign.media.probe import Probe
from campaign.model.rates import rate_text
from campaign.model.ratios import Size

LATE = Fraction(1, 10)
"""Seconds. Sound that begins less before the picture is a codec's run-up and dropped; more is heard over its first frame."""
_CONTAINERS = {"asf": "Windows Media (ASF)", "avi": "AVI", "mxf": "MXF", "mpegts": "MPEG-TS"}
_KEPT = {
    ("420", False): "yuv420p",
    ("422", False): "yuv422p",
    ("444", False): "yuv444p",
    ("420", True): "yuv420p10le",
    ("422", True): "yuv422p10le",
    ("444", True): "yuv444p10le",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mending:
    """How a mezzanine is made: `rate` of its frames; whether they are `retimed` onto it or taken one by one, and into how
    many (`frames`; None = as long as the last is shown); copies of the first put before it (`head`); its `size` in square
    pixels, taken out of `shown` (larger by an odd column or row).

    `tracks` of sound that become one (0 = silent), `lead` as in Sound, in samples of `sample_rate`; `deep` sound has more
    than 16 bits. `done` tells each step in a sentence.
    """

    rate: Fraction
    retimed: bool
    frames: int | None
    head: int
    deinterlaced: bool
    shown: Size
    size: Size
    pixel_format: str
    matrix: str
    tracks: int
    lead: int
    sample_rate: int
    deep: bool
    done: tuple[str, ...]


def mending(facts: Probe, counted: Counted) -> Mending | None:
    """What is to be done to a master, None when it can be used as it is."""
    rate = counted.rate if counted.constant else _usual(counted.pace)
    late = -facts.lead
    head = int(late * rate) if late >= LATE else 0
    size = Size(facts.size.width // 2 * 2, facts.size.height // 2 * 2)
    joined = facts.channels[:2] == (1, 1)
    done = tuple(_done(facts, counted, rate, head, size, joined))
    if not done:
        return None
    chroma = {"rgb": "444", "grey": "420"}.get(facts.chroma, facts.chroma)
    sample_rate = facts.audio.sample_rate if facts.audio else 0
    return Mending(
        rate=rate,
        retimed=not counted.constant,
        frames=_frames(facts, counted, rate),
        head=head,
        deinterlaced=facts.interlaced,
        shown=facts.size if facts.sample_aspect == 1 else size,
        size=size,
        pixel_format=_KEPT[chroma, facts.bits > 8],
        matrix=_matrix(facts),
        tracks=2 if joined else min(1, len(facts.channels)),
        lead=round((facts.lead + head / rate) * sample_rate),
        sample_rate=sample_rate,
        deep=facts.audio is not None and facts.audio.codec not in ("pcm_s16le", "pcm_s16be", "pcm_u8"),
        done=done,
    )


def _done(facts: Probe, counted: Counted, rate: Fraction, head: int, size: Size, joined: bool) -> Iterator[str]:
    if facts.format in _CONTAINERS:
        yield f"Taken out of {_CONTAINERS[facts.format]}, whose frames cannot be reached by number."
    if not counted.constant:
        drift = f"(a frame lies {float(counted.drift):.1f} frames off its place)"
        yield f"The frame rate varies {drift}: every frame put in its place at {rate_text(rate)} fps."
    if facts.interlaced:
        yield "Interlaced: each pair of fields made into one whole frame (bwdif)."
    if facts.rotation:
        yield f"Turned upright by {facts.rotation % 360} degrees."
    if facts.sample_aspect != 1:
        aspect = f"{facts.sample_aspect.numerator}:{facts.sample_aspect.denominator}"
        yield f"Its pixels are {aspect}: scaled to square ones, {size.width}x{size.height}."
    elif size != facts.size:
        yield f"{facts.size.width}x{facts.size.height} is odd: the last column or row cut off, {size.width}x{size.height}."
    if head:
        yield f"The picture begins {float(-facts.lead):.3f} s after the sound: its first frame held for {head} more."
    if joined:
        yield f"Left and right in tracks of their own (of {len(facts.channels)}): joined to stereo."


def _frames(facts: Probe, counted: Counted, rate: Fraction) -> int | None:
    """How long the last frame is shown is a guess where a container does not say."""
    if counted.constant or counted.span is None or facts.format not in _CONTAINERS:
        return None
    return round(counted.span * rate) + 1


def _matrix(facts: Probe) -> str:
    """The matrix of the pixels by its name: as tagged, or as players take untagged ones."""
    if facts.chroma == "rgb":
        return "bt709"
    return facts.colour[1] if facts.source.matrix == "auto" else facts.source.matrix


def _usual(pace: Fraction) -> Fraction:
    """The constant rate that a variable one was most likely meant to be: most gaps are a frame long."""
    return min(USUAL_RATES, key=lambda usual: abs(usual - pace))
