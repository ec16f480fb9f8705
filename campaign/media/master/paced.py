"""The master as a film in another cadence shows and plays it: what such a film is made to sound like and judged by."""

import asyncio
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import ffmpeg

from campaign.media.engine import Engine
from campaign.media.graph import CLEAN, compiled, in_place, on_grid, reading, stamps
from campaign.media.master.mezzanine import DEADLINE_S, LOSSLESS
from campaign.media.once import name_of, once
from campaign.media.pacing import SLOW, paced_picture, paced_sound
from campaign.media.probe import probe
from campaign.media.run import run
from campaign.media.source import Source
from campaign.model.edit import AudioTrack, MasterEdit
from campaign.model.rates import Cadence
from campaign.model.timecode import timecode_in

RECIPE = "paced/1"


async def in_cadence(master: MasterEdit, cadence: Cadence, engine: Engine, cache: Path) -> MasterEdit:
    """A lossless copy of the master with just the frames and the sound that `cadence` gives it, made once in `cache`.

    Its sound is as long as its picture to the sample. Its sha256 tells it from the master.
    """
    name = name_of(
        RECIPE, master.sha256, master.mezzanine, str(cadence.rate), cadence.repeat, cadence.step, cadence.hold
    )
    paced = _paced(master, cadence, cache / f"paced-{name}.mov", name)

    async def make(part: Path) -> None:
        facts = await asyncio.to_thread(probe, master.path)
        argv = _argv(engine, facts.source, facts.lead, master, cadence, paced, part.absolute())
        await run(argv, deadline_s=DEADLINE_S)

    await once(paced.path, make)
    return paced


def _paced(master: MasterEdit, cadence: Cadence, path: Path, name: str) -> MasterEdit:
    frames = cadence.frames(master.frames)
    own = master.audio
    return replace(
        master,
        path=path.absolute(),
        sha256=name,
        rate=cadence.rate,
        frames=frames,
        audio=own and AudioTrack("pcm_s24le", own.channels, SLOW, round(frames / cadence.rate * SLOW)),
        shots=tuple(
            replace(shot, start_frame=cadence.place(shot.start_frame), end_frame=cadence.place(shot.end_frame))
            for shot in master.shots
        ),
        timecode=master.timecode and timecode_in(master.timecode, cadence),
        named=master.file,
    )


def _argv(
    engine: Engine,
    source: Source,
    lead: Fraction,
    master: MasterEdit,
    cadence: Cadence,
    paced: MasterEdit,
    into: Path,
) -> list[str]:
    whole = reading(source)
    streams = [paced_picture(on_grid(whole["V:0"], master.rate), cadence, master.frames)]
    sound: dict[str, object] = {}
    if paced.audio is not None:
        speed = cadence.speed(master.rate)
        track = paced_sound(whole["a:0"], speed)
        streams.append(in_place(track, round(lead / speed * SLOW), paced.audio.samples))
        sound = {"c:a": paced.audio.codec}
    film = ffmpeg.output(*streams, f"file:{into}", format="mov", **LOSSLESS, **sound, **stamps(cadence.rate), **CLEAN)
    return compiled(engine, film)
