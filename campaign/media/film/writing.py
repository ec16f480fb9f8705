"""Writes films to their specs: one process for several where that is cheaper, again where a limit was missed."""

import asyncio
import tempfile
from collections.abc import Awaitable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from campaign.errors import MediaError
from campaign.media.engine import Engine
from campaign.media.film.commands import FilmFile, film_argv
from campaign.media.film.encoding import LONG_GOP, heavy
from campaign.media.film.rates import ATTEMPTS, Written, next_aim, two_passes
from campaign.media.probe import moving_picture, opened
from campaign.media.run import run

DEADLINE_S = 1800
TOGETHER = 3
"""Films in one process: each has an encoder of its own, and its memory."""


async def write_films(engine: Engine, films: Sequence[FilmFile]) -> list[MediaError | None]:
    """Write `films`; one answer a film, None when it is written.

    A failure of one loses none of the others: what was written in one process is then written one by one.
    """
    answers: list[MediaError | None] = []
    for group in groups(films):
        answers += await _group(engine, group)
    return answers


def groups(films: Sequence[FilmFile]) -> list[tuple[FilmFile, ...]]:
    """Films in order, neighbours together that one process writes: made of the same frames, and not those with two passes
    or a slow encoder, which gain nothing by a shared decode."""
    found: list[tuple[FilmFile, ...]] = []
    for film in films:
        last = found[-1] if found else ()
        if last and len(last) < TOGETHER and _together(last[0], film):
            found[-1] = (*last, film)
        else:
            found.append((film,))
    return found


def _together(one: FilmFile, other: FilmFile) -> bool:
    return one.decoding == other.decoding and not _alone(one) and not _alone(other)


def _alone(film: FilmFile) -> bool:
    return film.aim.part is not None or heavy(film.spec)


async def _group(engine: Engine, films: tuple[FilmFile, ...]) -> list[MediaError | None]:
    if len(films) > 1:
        try:
            await run(film_argv(engine, films), deadline_s=DEADLINE_S)
        except MediaError:
            return [answer for film in films for answer in await _group(engine, (film,))]
        return [await _answer(_settled(engine, film)) for film in films]
    return [await _answer(_alone_written(engine, films[0]))]


async def _answer(writing: Awaitable[None]) -> MediaError | None:
    try:
        await writing
    except MediaError as error:
        return error
    return None


async def _alone_written(engine: Engine, film: FilmFile) -> None:
    await _encoded(engine, film)
    await _settled(engine, film)


async def _settled(engine: Engine, film: FilmFile) -> None:
    """Written again with another aim until it keeps the limits of its spec, or none helps."""
    spec = film.spec
    limits = (spec.max_bytes, spec.max_video_kbps, spec.min_video_kbps)
    if spec.video_codec not in LONG_GOP or all(limit is None for limit in limits):
        return
    seconds = (film.cadence.frames(film.frames) if film.cadence else film.frames) / film.shown_rate
    for _ in range(ATTEMPTS):
        came = await asyncio.to_thread(_written, film.into, seconds)
        aim = next_aim(spec, seconds, film.aim, came, sound=film.sound is not None)
        if aim is None:
            return
        film = replace(film, aim=aim)
        await _encoded(engine, film)


async def _encoded(engine: Engine, film: FilmFile) -> None:
    """One attempt: a run of the engine, or the two of two passes, which share a folder for what the first saw."""
    runs = two_passes(film.aim)
    if len(runs) == 1:
        await run(film_argv(engine, [film]), deadline_s=DEADLINE_S)
        return
    with tempfile.TemporaryDirectory(dir=film.into.parent) as folder:
        for aim in runs:
            argv = film_argv(engine, [replace(film, aim=aim)])
            await run(argv, deadline_s=DEADLINE_S, cwd=Path(folder))


def _written(path: Path, seconds: Fraction) -> Written:
    with opened(path, master=True) as container:
        picture = sum(packet.size for packet in container.demux(moving_picture(container, path)))
    return Written(path.stat().st_size, Fraction(picture * 8, 1000) / seconds)
