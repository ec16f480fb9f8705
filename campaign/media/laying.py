"""The master's sound made ready for films: as it is, or encoded for a spec once for all of them."""

import asyncio
from dataclasses import replace
from pathlib import Path

from campaign.media.commands import Sound, sound_argv
from campaign.media.engine import Engine
from campaign.media.loudness import gain_for
from campaign.media.once import name_of, once
from campaign.media.probe import probe
from campaign.media.run import run
from campaign.media.sound import PACKET
from campaign.media.source import Source
from campaign.model.catalogue import DeliverySpec
from campaign.model.edit import MasterEdit

RECIPE = "sound/3"
DEADLINE_S = 300


async def lay_sound(master: MasterEdit, spec: DeliverySpec, engine: Engine, cache: Path | None) -> Sound | None:
    """The track a film gets, to the sample as long as the picture; None when master or spec have none.

    The master's own packets when they fit the spec: a lossy track is then not coded a second time. Otherwise it is
    encoded, once for all films where there is a folder `cache`: it costs a quarter of a small film (measured).
    """
    if master.audio is None or spec.audio_codec is None:
        return None
    facts = await asyncio.to_thread(probe, master.path)
    source, lead = facts.source, round(facts.lead * spec.audio_rate)
    gain_db = await gain_for(master, spec, engine, cache)
    samples = round(master.seconds * spec.audio_rate)
    channels = master.audio.channels
    sound = Sound(source=source, channels=channels, samples=samples, gain_db=gain_db, copied=False, lead=lead)
    if not gain_db and not lead and source.format == "mov" and _fits_as_it_is(master, spec, samples):
        return replace(sound, copied=True)
    if cache is None or spec.audio_codec != "aac":
        return sound
    return replace(sound, source=Source(await _encoded(sound, master, spec, engine, cache), "mov"), copied=True)


async def _encoded(sound: Sound, master: MasterEdit, spec: DeliverySpec, engine: Engine, cache: Path) -> Path:
    async def make(part: Path) -> None:
        await run(sound_argv(engine, sound, spec, part.absolute()), deadline_s=DEADLINE_S)

    what = (RECIPE, master.sha256, sound.samples, sound.gain_db, spec.audio_kbps, spec.audio_rate, spec.audio_channels)
    return (await once(cache / f"sound-{name_of(*what)}.mp4", make)).absolute()


def _fits_as_it_is(master: MasterEdit, spec: DeliverySpec, samples: int) -> bool:
    track = master.audio
    return (
        track is not None
        and track.codec == "aac" == spec.audio_codec
        and (track.sample_rate, track.channels) == (spec.audio_rate, spec.audio_channels)
        and abs(track.samples - samples) <= PACKET
    )
