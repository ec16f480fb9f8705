"""Makes films: clips conformed by frame index, joined, under the master's own sound, written to their specs."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from campaign.errors import MediaError
from campaign.media.commands import FilmFile, Take
from campaign.media.conforming import corrections, finding, fps, stored, timing
from campaign.media.counting import Counted, count_frames
from campaign.media.encoding import PICTURE_CODECS, encoders, first_timecode
from campaign.media.engine import Engine, missing_encoders
from campaign.media.laying import lay_sound
from campaign.media.probe import Probe, probe
from campaign.media.rates import first_aim
from campaign.media.writing import write_films
from campaign.model.edit import MasterEdit
from campaign.model.plan import Output
from campaign.model.qc import Finding
from campaign.model.ratios import Size, same_shape

POSTER_AT = Fraction(2, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A stretch of a film: `frames` of the file at `path` from its frame `first` on. `fit` (pad, crop, blur) shapes it
    where its shape differs from the film's, a crop around `focus`. `ordered` = it was asked for in the film's shape, so
    what came otherwise is told, of `name` (its segment and job).
    """

    path: Path
    frames: int
    fit: str
    focus: tuple[float, float]
    ordered: bool = False
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

    Each has exactly the master's frames, rate and, where its spec wants sound, the track to the sample. A clip too short
    holds its last frame, one too long loses its tail, another rate, shape, range or matrix is mended: each told as a
    finding `conform`, an error beyond what `conforming` allows. Loudness is moved by plain gain when the spec names a
    target. The folder `cache` keeps what all films share: the master's loudness and its track as encoded for a spec.
    The same clips give the same bytes. What fails is answered, not raised; only clips that are no film of this master
    raise MediaError.
    """
    frames = sum(clip.frames for clip in clips)
    if frames != master.frames:
        raise MediaError(f"the clips of this film hold {frames} frames, the master {master.frames}.")
    measured = await asyncio.to_thread(_measured, clips, master)
    answers: dict[int, Answer] = {}
    ready: dict[tuple[Take, ...], list[tuple[int, FilmFile]]] = {}
    for n, target in enumerate(targets):
        try:
            film, answers[n] = await _prepared(clips, measured, master, target, engine, cache)
        except MediaError as error:
            answers[n] = error
            continue
        ready.setdefault(_takes(clips, measured, target.output.size, master.rate), []).append((n, film))
    for takes, films in ready.items():
        errors = await write_films(engine, takes, [film for _, film in films])
        answers |= {n: error for (n, _), error in zip(films, errors, strict=True) if error is not None}
    return tuple(answers[n] for n in range(len(targets)))


async def _prepared(
    clips: Sequence[Clip],
    measured: Sequence[tuple[Probe, Counted]],
    master: MasterEdit,
    target: Target,
    engine: Engine,
    cache: Path | None,
) -> tuple[FilmFile, tuple[Finding, ...]]:
    """What is to be written for a target, and what is told of it before. Raises MediaError when it cannot be written."""
    output, spec = target.output, target.output.spec
    await asyncio.to_thread(_require_encoders, output, engine)
    laid = await lay_sound(master, spec, engine, cache)
    film = FilmFile(
        size=output.size,
        rate=master.rate,
        spec=spec,
        into=target.into.absolute(),
        poster=target.poster.absolute(),
        poster_frame=int(master.frames * POSTER_AT),
        sound=laid.sound,
        timecode=first_timecode(spec, master.timecode, master.rate),
        aim=first_aim(spec, master.seconds, sound=laid.sound is not None),
    )
    return film, (*_told(clips, measured, master, output), *laid.told)


def _require_encoders(output: Output, engine: Engine) -> None:
    spec = output.spec
    if spec.video_codec not in PICTURE_CODECS:
        known = ", ".join(PICTURE_CODECS)
        raise MediaError(f"spec {spec.id}: cannot write {spec.video_codec}; this recipe writes {known}.")
    missing = missing_encoders(engine, encoders(spec))
    if missing:
        names = ", ".join(missing)
        raise MediaError(f"spec {spec.id}: {engine.path} lacks {names}. Unset FFMPEG, or name another spec.")


def _measured(clips: Sequence[Clip], master: MasterEdit) -> list[tuple[Probe, Counted]]:
    """Every file once. Of the master itself only the stretch is taken, so its count is that of the clip."""
    known: dict[Path, tuple[Probe, Counted]] = {}
    for clip in clips:
        if clip.path not in known:
            known[clip.path] = probe(clip.path), count_frames(clip.path)
    return [
        (known[clip.path][0], _stretch(known[clip.path][1], clip) if clip.path == master.path else known[clip.path][1])
        for clip in clips
    ]


def _stretch(whole: Counted, clip: Clip) -> Counted:
    return replace(whole, frames=min(clip.frames, whole.frames - clip.first))


def _takes(
    clips: Sequence[Clip], measured: Sequence[tuple[Probe, Counted]], size: Size, rate: Fraction
) -> tuple[Take, ...]:
    return tuple(
        Take(
            source=facts.source,
            size=facts.size,
            frames=clip.frames,
            retimed=timing(clip.frames, counted, rate).retimed,
            fit="stretch" if same_shape(facts.size.shape, size.shape) else clip.fit,
            focus=clip.focus,
            first=clip.first,
            stored=stored(facts),
        )
        for clip, (facts, counted) in zip(clips, measured, strict=True)
    )


def _told(
    clips: Sequence[Clip], measured: Sequence[tuple[Probe, Counted]], master: MasterEdit, output: Output
) -> Iterator[Finding]:
    """Every correction with the first frame of the film that it concerns."""
    frame = 0
    for n, (clip, (facts, counted)) in enumerate(zip(clips, measured, strict=True), 1):
        timed = timing(clip.frames, counted, master.rate)
        who = clip.name or f"clip {n} ({clip.path.name[:16]})"
        asked = f"{clip.frames} frames at {fps(master.rate)}, {output.size}"
        enlarged = output.upscaled_from is not None
        made = corrections(
            timed,
            facts,
            frames=clip.frames,
            size=output.size,
            fit=clip.fit,
            ordered=clip.ordered,
            enlarged=enlarged,
        )
        for correction in made:
            yield finding(correction, who=who, frame=frame, facts=facts, counted=counted, asked=asked)
        frame += clip.frames
