"""Makes films: clips conformed by frame index, joined, under the master's own sound, written to their specs."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from campaign.errors import MediaError
from campaign.media.counting import Counted, count_frames
from campaign.media.engine import Engine, missing_encoders
from campaign.media.film.commands import FilmFile, Take
from campaign.media.film.conforming import Measured, corrections, finding, fps, measured, stored, timing
from campaign.media.film.encoding import PICTURE_CODECS, encoders, first_timecode
from campaign.media.film.laying import lay_sound
from campaign.media.film.rates import first_aim
from campaign.media.film.writing import write_films
from campaign.media.master.pacing import in_cadence
from campaign.media.probe import Probe, probe
from campaign.model.edit import MasterEdit
from campaign.model.plan import Output
from campaign.model.qc import Finding
from campaign.model.ratios import Size, same_shape

POSTER_AT = Fraction(2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A stretch of a film: `frames` of the file at `path` from its frame `first` on. `fit` (pad, crop, blur) shapes it
    where its shape differs from the film's, a crop around `focus`. `ordered` = it was asked for in the film's shape, so
    what came otherwise is told, of `name` (its segment and job); `hdr` = in HDR, of which the film is an SDR trim.
    """

    path: Path
    frames: int
    fit: str
    focus: tuple[float, float]
    ordered: bool = False
    hdr: bool = False
    first: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """An output and where its film and its poster are to be written."""

    output: Output
    into: Path
    poster: Path


Answer = tuple[Finding, ...] | MediaError
"""What became of one target: the corrections made, or why there is no film."""


async def finish_film(
    clips: Sequence[Clip],
    *,
    master: MasterEdit,
    output: Output,
    into: Path,
    poster: Path,
    engine: Engine,
    cache: Path | None = None,
) -> tuple[Finding, ...]:
    """`finish_films` for one output. Raises MediaError; `into` is then not to be used."""
    targets = [Target(output, into, poster)]
    (answer,) = await finish_films(clips, master=master, targets=targets, engine=engine, cache=cache)
    if isinstance(answer, MediaError):
        raise answer
    return answer


async def finish_films(
    clips: Sequence[Clip], *, master: MasterEdit, targets: Sequence[Target], engine: Engine, cache: Path | None = None
) -> tuple[Answer, ...]:
    """Write one film to several outputs (a film and a JPEG of it each), decoding once where that is cheaper.

    Each has exactly the master's frames and rate (or those its output's cadence makes of them) and, where its spec wants
    sound, the track to the sample. A clip too short holds its last frame, one too long loses its tail, another rate,
    shape, range or matrix is mended: each told as a finding `conform`, an error beyond what `conforming` allows. Loudness
    is moved by plain gain when the spec names a target. The folder `cache` keeps what all films share: the master's
    loudness and its track as encoded for a spec. The same clips give the same bytes. What fails is answered, not raised;
    only clips that are no film of this master raise MediaError.
    """
    frames = sum(clip.frames for clip in clips)
    if frames != master.frames:
        raise MediaError(f"the clips of this film hold {frames} frames, the master {master.frames}.")
    seen = await asyncio.to_thread(_seen, clips, master)
    answers: dict[int, Answer] = {}
    ready: dict[tuple[Take, ...], list[tuple[int, FilmFile]]] = {}
    for n, target in enumerate(targets):
        try:
            film, answers[n] = await _prepared(clips, seen, master, target, engine, cache)
        except MediaError as error:
            answers[n] = error
            continue
        ready.setdefault(_takes(clips, seen, target.output.size, master.rate), []).append((n, film))
    for takes, films in ready.items():
        errors = await write_films(engine, takes, [film for _, film in films])
        answers |= {n: error for (n, _), error in zip(films, errors, strict=True) if error is not None}
    return tuple(answers[n] for n in range(len(targets)))


async def _prepared(
    clips: Sequence[Clip],
    seen: Sequence[Measured],
    master: MasterEdit,
    target: Target,
    engine: Engine,
    cache: Path | None,
) -> tuple[FilmFile, tuple[Finding, ...]]:
    """What is to be written for a target, and what is told of it before. Raises MediaError when it cannot be written."""
    output, spec = target.output, target.output.spec
    await asyncio.to_thread(_require_encoders, output, engine)
    played = await _played(master, target, engine, cache)
    laid = await lay_sound(master if played.seconds == master.seconds else played, spec, engine, cache)
    film = FilmFile(
        size=output.size,
        rate=master.rate,
        spec=spec,
        into=target.into.absolute(),
        poster=target.poster.absolute(),
        poster_frame=int(played.frames * POSTER_AT),
        sound=laid.sound,
        timecode=first_timecode(spec, played.timecode, played.rate),
        aim=first_aim(spec, played.seconds, sound=laid.sound is not None),
        cadence=output.cadence,
    )
    return film, (*_told(clips, seen, master, output), *laid.told)


async def _played(master: MasterEdit, target: Target, engine: Engine, cache: Path | None) -> MasterEdit:
    """The master as a film of this output plays it."""
    cadence = target.output.cadence
    return await in_cadence(master, cadence, engine, cache or target.into.parent) if cadence else master


def _require_encoders(output: Output, engine: Engine) -> None:
    spec = output.spec
    if spec.video_codec not in PICTURE_CODECS:
        known = ", ".join(PICTURE_CODECS)
        raise MediaError(f"spec {spec.id}: cannot write {spec.video_codec}; this recipe writes {known}.")
    missing = missing_encoders(engine, encoders(spec))
    if missing:
        names = ", ".join(missing)
        raise MediaError(f"spec {spec.id}: {engine.path} lacks {names}. Unset FFMPEG, or name another spec.")


def _seen(clips: Sequence[Clip], master: MasterEdit) -> list[Measured]:
    """What the clips' files are, each looked at once. Of the master only the stretch counts that is taken of it."""
    known: dict[Path, tuple[Probe, Counted]] = {}
    for clip in clips:
        if clip.path not in known:
            known[clip.path] = probe(clip.path), count_frames(clip.path)
    return [_stretch(*known[clip.path], clip, own=clip.path == master.path) for clip in clips]


def _stretch(facts: Probe, counted: Counted, clip: Clip, *, own: bool) -> Measured:
    if own:
        return Measured(facts, replace(counted, frames=min(clip.frames, counted.frames - clip.first)))
    return measured(facts, counted, clip.frames)


def _takes(clips: Sequence[Clip], seen: Sequence[Measured], size: Size, rate: Fraction) -> tuple[Take, ...]:
    return tuple(
        Take(
            source=each.facts.source,
            size=each.facts.size,
            frames=clip.frames,
            retimed=timing(clip.frames, each.counted, rate).retimed,
            fit="stretch" if same_shape(each.facts.size.shape, size.shape) else clip.fit,
            focus=clip.focus,
            first=clip.first,
            stored=stored(each.facts),
            unedited=each.hidden > 0,
        )
        for clip, each in zip(clips, seen, strict=True)
    )


def _told(clips: Sequence[Clip], seen: Sequence[Measured], master: MasterEdit, output: Output) -> Iterator[Finding]:
    """Every correction with the first frame of the film that it concerns."""
    frame = 0
    for n, (clip, each) in enumerate(zip(clips, seen, strict=True), 1):
        timed = timing(clip.frames, each.counted, master.rate)
        who = clip.name or f"clip {n} ({clip.path.name[:16]})"
        asked = f"{clip.frames} frames at {fps(master.rate)}, {output.size}"
        enlarged = output.upscaled_from is not None
        made = corrections(
            timed,
            each,
            frames=clip.frames,
            size=output.size,
            fit=clip.fit,
            ordered=clip.ordered,
            enlarged=enlarged,
            hdr=clip.hdr,
        )
        for correction in made:
            yield finding(correction, each, who=who, frame=frame, asked=asked)
        frame += clip.frames
