"""Makes films: clips conformed by frame index, joined, under the master's own sound, written to their specs."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from campaign.errors import MediaError
from campaign.media.engine import Engine, missing_encoders
from campaign.media.film.clips import Clip, looked_at, takes_of, told_of
from campaign.media.film.commands import FilmFile
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
    """An output, the clips that it is made of, and where its film and its poster are to be written."""

    clips: tuple[Clip, ...]
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
    targets = [Target(tuple(clips), output, into, poster)]
    (answer,) = await finish_films(targets, master=master, engine=engine, cache=cache)
    if isinstance(answer, MediaError):
        raise answer
    return answer


async def finish_films(
    targets: Sequence[Target], *, master: MasterEdit, engine: Engine, cache: Path | None = None
) -> tuple[Answer, ...]:
    """Write a film and a JPEG of it for each target, decoding once for several where that is cheaper: for neighbours whose
    clips are the same stretches of the same files, however each is shaped.

    Each has exactly the master's frames and rate (or those its output's cadence makes of them) and, where its spec wants
    sound, the track to the sample. A clip too short holds its last frame (or first), one too long loses its tail (or
    head), where it differs from the master; another rate, shape, range or matrix is mended: each told as a finding
    `conform`, an error beyond what `conforming` allows. Loudness
    is moved by plain gain when the spec names a target. The folder `cache` keeps what all films share: the master's
    loudness and its track as encoded for a spec. The same clips give the same bytes, made alone or beside others. What
    fails is answered, not raised.
    """
    answers: dict[int, Answer] = {}
    ready: dict[int, FilmFile] = {}
    seen: dict[tuple[Clip, ...], tuple[Measured, ...]] = {}
    for n, target in enumerate(targets):
        try:
            if target.clips not in seen:
                seen[target.clips] = await _measured(target.clips, master, engine)
            ready[n], answers[n] = await _prepared(target, seen[target.clips], master, engine, cache)
        except MediaError as error:
            answers[n] = error
    errors = await write_films(engine, list(ready.values()))
    answers |= {n: error for n, error in zip(ready, errors, strict=True) if error is not None}
    return tuple(answers[n] for n in range(len(targets)))


async def _measured(clips: Sequence[Clip], master: MasterEdit, engine: Engine) -> tuple[Measured, ...]:
    frames = sum(clip.frames for clip in clips)
    if frames != master.frames:
        raise MediaError(f"the clips of this film hold {frames} frames, the master {master.frames}.")
    return await looked_at(clips, master, engine)


async def _prepared(
    target: Target, seen: Sequence[Measured], master: MasterEdit, engine: Engine, cache: Path | None
) -> tuple[FilmFile, tuple[Finding, ...]]:
    """What is to be written for a target, and what is told of it before. Raises MediaError when it cannot be written."""
    clips, output, spec = target.clips, target.output, target.output.spec
    await asyncio.to_thread(_require_encoders, output, engine)
    played = await _played(master, target, engine, cache)
    laid = await lay_sound(master if played.seconds == master.seconds else played, spec, engine, cache)
    film = FilmFile(
        takes=takes_of(clips, seen, output.size),
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
