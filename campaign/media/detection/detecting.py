"""The argv that decodes a film once under every detector: nouns in, text out, nothing is run."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg

from campaign.media.engine import Engine
from campaign.media.graph import Stream, compiled, in_place, on_grid, reading
from campaign.media.samples import sampled
from campaign.media.source import Source
from campaign.model.ratios import Size

NEAR = 6
"""scdet's score from which on a jump is told, though it may be too small for a cut."""
COLOUR = "scdet@colour"
"""The detector that looks at colour alone: of YUV scdet sees nothing but luma, and is blind to a cut from orange to blue."""
LIT = 0.005
"""A picture with less of it lit is black."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The stretch of a track that belongs to the picture, in its own samples: `lead` as in Sound, then `samples`."""

    lead: int
    samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Frames that are written on the way, small, as `samples.read_samples` reads them."""

    frames: tuple[int, ...]
    size: Size
    into: Path


def detect_argv(
    engine: Engine,
    source: Source,
    rate: Fraction,
    *,
    sound: bool,
    heard: Heard | None = None,
    lit: float = LIT,
    wanted: Wanted | None = None,
    coloured: bool = False,
) -> list[str]:
    """One decode under every detector; what they see is on stderr (`detectors.read_report`). `heard` lays the track
    under the picture as films will have it; a picture is black with less than the part `lit` of it brighter. `coloured`:
    jumps of colour are looked for as well as those of light."""
    whole = reading(source)
    video, taken = on_grid(whole["V:0"], rate), []
    if coloured:
        branches = video.filter_multi_output("split", 2)
        video, taken = branches[0], [_jumps_of_colour(branches[1])]
    if wanted is not None and wanted.frames:
        branches = video.filter_multi_output("split", 2)
        video = branches[0]
        taken.append(sampled(branches[1], wanted.size, wanted.frames, wanted.into))
    video = video.filter("scdet", threshold=NEAR)
    video = video.filter("blackdetect", d=0.08, pic_th=f"{1 - lit:.5g}", pix_th=0.06).filter(
        "freezedetect", n="-60dB", d=0.5
    )
    outputs = [ffmpeg.output(video, "-", format="null", **{"fps_mode:v": "passthrough"}), *taken]
    if sound:
        track = in_place(whole["a:0"], heard.lead, heard.samples) if heard else whole["a:0"]
        track = track.filter("silencedetect", n="-50dB", d=0.5)
        outputs.append(ffmpeg.output(track.filter("ebur128", peak="true", framelog="quiet"), "-", format="null"))
    return compiled(engine, ffmpeg.merge_outputs(*outputs), level="info")


def _jumps_of_colour(video: Stream) -> Stream:
    planes = video.filter("format", "yuv420p").filter_multi_output("extractplanes", "u+v")
    both = ffmpeg.filter([planes[0], planes[1]], "hstack").filter(COLOUR, threshold=NEAR)
    return ffmpeg.output(both, "-", format="null", **{"fps_mode:v": "passthrough"})
