"""Makes a film: clips conformed by frame index, joined, under the master's own sound, written to its spec."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from campaign.errors import MediaError
from campaign.media.commands import FilmFile, Take, film_argv
from campaign.media.counting import Counted, count_frames
from campaign.media.engine import Engine
from campaign.media.laying import lay_sound
from campaign.media.probe import Probe, probe
from campaign.media.run import run
from campaign.model.catalogue import DeliverySpec
from campaign.model.edit import MasterEdit
from campaign.model.plan import Output
from campaign.model.ratios import Size, same_shape

DEADLINE_S = 1800
POSTER_AT = Fraction(2, 5)
CODECS = ("libx264",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A stretch of a film: the file to take `frames` from. `fit` (pad, crop, blur) shapes it where its shape differs
    from the film's, a crop around `focus`. `ordered` = it was asked for in the film's shape, so another is told."""

    path: Path
    frames: int
    fit: str
    focus: tuple[float, float]
    ordered: bool = False


async def finish_film(
    clips: Sequence[Clip],
    *,
    master: MasterEdit,
    output: Output,
    into: Path,
    poster: Path,
    engine: Engine,
    cache: Path | None = None,
) -> tuple[str, ...]:
    """Write the film to `into` and a JPEG of it to `poster` in one ffmpeg process; returns the corrections made.

    The film has exactly the master's frames, rate and, where the spec wants sound, its track to the sample. A clip too
    short holds its last frame, one too long loses its tail, another rate or shape is mended: each told as a sentence.
    Loudness is moved by plain gain when the spec names a target. The folder `cache` keeps what all films share: the
    master's loudness and its track as encoded for the spec.
    The same clips give the same bytes. Raises MediaError; `into` is then not to be used.
    """
    _require_sense(clips, master, output.spec)
    measured = [await asyncio.to_thread(_measure, clip.path) for clip in clips]
    takes, told = _takes(clips, measured, master, output.size)
    film = FilmFile(
        size=output.size,
        rate=master.rate,
        spec=output.spec,
        into=into.absolute(),
        poster=poster.absolute(),
        poster_frame=int(master.frames * POSTER_AT),
    )
    sound = await lay_sound(master, output.spec, engine, cache)
    await run(film_argv(engine, takes, sound, film), deadline_s=DEADLINE_S)
    return told


def _require_sense(clips: Sequence[Clip], master: MasterEdit, spec: DeliverySpec) -> None:
    frames = sum(clip.frames for clip in clips)
    if frames != master.frames:
        raise MediaError(f"the clips of this film hold {frames} frames, the master {master.frames}.")
    if spec.video_codec not in CODECS:
        raise MediaError(f"spec {spec.id}: cannot write {spec.video_codec}; this recipe writes {', '.join(CODECS)}.")


def _measure(path: Path) -> tuple[Probe, Counted]:
    return probe(path), count_frames(path)


def _takes(
    clips: Sequence[Clip], measured: Sequence[tuple[Probe, Counted]], master: MasterEdit, size: Size
) -> tuple[list[Take], tuple[str, ...]]:
    takes, told = [], []
    for n, (clip, (facts, counted)) in enumerate(zip(clips, measured, strict=True), 1):
        retimed, words = timing(clip.frames, counted, master.rate)
        alike = same_shape(facts.size.shape, size.shape)
        if clip.ordered and not alike:
            words.append(f"returned as {facts.size}, which is not the shape of {size}: fitted by {clip.fit}")
        told += [f"clip {n} ({clip.path.name[:16]}): {text}" for text in words]
        takes.append(
            Take(
                source=facts.source,
                size=facts.size,
                frames=clip.frames,
                retimed=retimed,
                fit="stretch" if alike else clip.fit,
                focus=clip.focus,
            )
        )
    return takes, tuple(told)


def timing(wanted: int, counted: Counted, rate: Fraction) -> tuple[bool, list[str]]:
    """Whether a clip must be resampled to `rate`, and what is done to it, in words.

    A clip with just the frames wanted is taken frame by frame whatever its stamps say: providers restamp 23.976 as 24.
    """
    if counted.frames == wanted:
        same = counted.rate == rate and counted.constant
        return False, [] if same else [f"re-stamped from {_fps(counted.rate)} to {_fps(rate)}, no frame changed"]
    retimed = abs(counted.rate / rate - 1) > Fraction(1, 500) or not counted.constant
    frames = round(counted.frames * rate / counted.rate) if retimed else counted.frames
    told = [f"resampled from {_fps(counted.rate)} to {_fps(rate)}"] if retimed else []
    if frames < wanted:
        told.append(f"{wanted - frames} frames short of {wanted}: its last frame is held")
    if frames > wanted:
        told.append(f"{frames - wanted} frames longer than {wanted}: its tail is dropped")
    return retimed, told


def _fps(rate: Fraction) -> str:
    return f"{float(rate):.3f}".rstrip("0").rstrip(".") + " fps"
