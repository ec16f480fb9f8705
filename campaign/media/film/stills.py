"""Single frames as PNG, exact by frame index: of the master, and of a take as a film would show it."""

import asyncio
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import ffmpeg

from campaign.media.counting import count_frames
from campaign.media.engine import Engine
from campaign.media.film.timing import timing
from campaign.media.graph import Stream, compiled, exactly, reading
from campaign.media.probe import probe
from campaign.media.run import run
from campaign.media.sniff import sniff
from campaign.media.source import Source
from campaign.model.edit import MasterEdit

DEADLINE_S = 300.0


async def export_stills(master: MasterEdit, frames: Sequence[int], folder: Path, engine: Engine) -> tuple[Path, ...]:
    """Write `frames` (ascending, inside the master) as `<folder>/<master>-f0096.png` at display size, in one decode."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / f"{master.path.stem}-f{frame:04d}.png" for frame in frames)
    unfinished = [path.with_name(f".{path.name}.part") for path in paths]
    source = Source(master.path, sniff(master.path))
    await run(still_argv(engine, source, master, frames, unfinished), deadline_s=DEADLINE_S)
    for part, path in zip(unfinished, paths, strict=True):
        part.replace(path)
    return paths


async def export_take_stills(
    take: Path, *, frames: int, rate: Fraction, indexes: Sequence[int], into: Sequence[Path], engine: Engine
) -> None:
    """Write pictures of a generated clip over the files `into`, in one decode and at the clip's own size.

    The clip stands for `frames` frames at `rate`, and `indexes` (ascending, from 0) count those: a clip that came back
    shorter, longer or at another rate is read as finishing reads it. The same clip gives the same bytes. Raises MediaError.
    """
    facts, counted = await asyncio.to_thread(lambda: (probe(take), count_frames(take)))
    retimed = timing(frames, counted, rate).retimed
    argv = take_still_argv(engine, facts.source, frames=frames, rate=rate, retimed=retimed, indexes=indexes, into=into)
    await run(argv, deadline_s=DEADLINE_S)


def still_argv(
    engine: Engine, source: Source, master: MasterEdit, frames: Sequence[int], into: Sequence[Path]
) -> list[str]:
    """One decode, one PNG output a frame."""
    size = master.size
    picture = reading(source)["V:0"].filter("scale", size.width, size.height, in_color_matrix="bt709")
    return _pictures(engine, picture, frames, into)


def take_still_argv(
    engine: Engine,
    source: Source,
    *,
    frames: int,
    rate: Fraction,
    retimed: bool,
    indexes: Sequence[int],
    into: Sequence[Path],
) -> list[str]:
    """One decode of a clip brought to `frames` frames as in a film, one PNG output an index."""
    video = reading(source)["V:0"]
    if retimed:  # as commands.film_argv does it
        video = video.filter("setpts", "PTS-STARTPTS")
        video = video.filter("fps", f"{rate.numerator}/{rate.denominator}", round="near", eof_action="pass")
    whole = exactly(video.filter("tpad", stop_mode="clone", stop=-1), 0, frames, rate)
    return _pictures(engine, whole.filter("scale", in_color_matrix=source.matrix), indexes, into)


def _pictures(engine: Engine, picture: Stream, frames: Sequence[int], into: Sequence[Path]) -> list[str]:
    branches = picture.filter("format", "rgb24").filter_multi_output("split", len(frames))
    outputs = [
        ffmpeg.output(
            branches[n].filter("select", f"eq(n,{frame})"),
            f"file:{path}",
            format="image2",
            **{"c:v": "png", "frames:v": 1, "update": 1, "fps_mode:v": "passthrough"},
        )
        for n, (frame, path) in enumerate(zip(frames, into, strict=True))
    ]
    return compiled(engine, ffmpeg.merge_outputs(*outputs))
