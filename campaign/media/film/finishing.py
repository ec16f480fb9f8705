"""Makes films: clips conformed by frame index, joined, under the master's own sound, written to their specs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from campaign.errors import MediaError
from campaign.media.engine import Engine, missing_encoders
from campaign.media.film.clips import Clip, looked_at, takes_of, told_of
from campaign.media.film.commands import FilmFile, Take
from campaign.media.film.conforming import Measured
from campaign.media.film.encoding import PICTURE_CODECS, encoders, first_timecode
from campaign.media.film.laying import lay_sound
from campaign.media.film.rates import first_aim
from campaign.media.film.writing import write_films
from campaign.media.master.paced import in_cadence
from campaign.model.edit import MasterEdit
from campaign.model.plan import Output
from campaign.model.qc import Finding

POSTER_AT = Fraction(2, 5)


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
    sound, the track to the sample. A clip too short holds its last frame (or first), one too long loses its tail (or
    head), where it differs from the master; another rate, shape, range or matrix is mended: each told as a finding
    `conform`, an error beyond what `conforming` allows. Loudness
    is moved by plain gain when the spec names a target. The folder `cache` keeps what all films share: the master's
    loudness and its track as encoded for a spec. The same clips give the same bytes. What fails is answered, not raised;
    only clips that are no film of this master raise MediaError.
    """
    frames = sum(clip.frames for clip in clips)
    if frames != master.frames:
        raise MediaError(f"the clips of this film hold {frames} frames, the master {master.frames}.")
    seen = await looked_at(clips, master, engine)
    answers: dict[int, Answer] = {}
    ready: dict[tuple[Take, ...], list[tuple[int, FilmFile]]] = {}
    for n, target in enumerate(targets):
        try:
            film, answers[n] = await _prepared(clips, seen, master, target, engine, cache)
        except MediaError as error:
            answers[n] = error
            continue
        ready.setdefault(takes_of(clips, seen, target.output.size), []).append((n, film))
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
    return film, (*told_of(clips, seen, master, output), *laid.told)


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
