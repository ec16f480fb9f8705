"""The master's sound made ready for films: as it is, or encoded for a spec once for all of them."""

import asyncio
import json
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from campaign.media.engine import Engine
from campaign.media.film.commands import Sound, sound_argv
from campaign.media.film.encoding import lossless_sound
from campaign.media.film.known import facts_of
from campaign.media.film.loudness import NEAR_LU, Level, master_level, measure, step, unreached
from campaign.media.once import name_of, once
from campaign.media.run import run
from campaign.media.sound import PACKET
from campaign.media.source import Source
from campaign.model.catalogue import DeliverySpec
from campaign.model.edit import MasterEdit
from campaign.model.qc import Finding

RECIPE = "sound/4"
DEADLINE_S = 300
ATTEMPTS = 6


@dataclass(frozen=True, slots=True)
class Laid:
    """The track of a film, None without sound, and what its loudness could not be brought to."""

    sound: Sound | None
    told: tuple[Finding, ...] = ()


async def lay_sound(master: MasterEdit, spec: DeliverySpec, engine: Engine, cache: Path | None) -> Laid:
    """The track a film gets, to the sample as long as the picture; none when master or spec have none.

    The master's own packets when they fit the spec: a lossy track is then not coded a second time. Otherwise it is
    encoded, once for all films where there is a folder `cache`: it costs a quarter of a small film (measured). For a spec
    with a loudness the encoded track is measured, and its gain set by that.
    """
    if master.audio is None or spec.audio_codec is None:
        return Laid(None)
    facts = await asyncio.to_thread(facts_of, master.path)
    sound = Sound(
        source=facts.source,
        channels=master.audio.channels,
        samples=round(master.seconds * spec.audio_rate),
        gain_db=0.0,
        copied=False,
        lead=round(facts.lead * spec.audio_rate),
    )
    told: tuple[Finding, ...] = ()
    if spec.loudness_lufs is not None:
        sound, level = await _levelled(sound, master, spec, engine, cache)
        told = unreached(level, spec)
    own = not sound.gain_db and not sound.lead and facts.source.format == "mov"
    if own and _fits_as_it_is(master, spec, sound.samples):
        return Laid(replace(sound, copied=True), told)
    if cache is None or lossless_sound(spec.audio_codec):
        return Laid(sound, told)
    encoded = Source(await _encoded(sound, master, spec, engine, cache), "mov")
    return Laid(replace(sound, source=encoded, copied=True), told)


async def _levelled(
    sound: Sound, master: MasterEdit, spec: DeliverySpec, engine: Engine, cache: Path | None
) -> tuple[Sound, Level]:
    """The sound with the gain that brings its encoded track to the spec, and the level that track then has."""
    sound = replace(sound, gain_db=step(await master_level(master, engine, cache), spec))
    if cache is None:
        with tempfile.TemporaryDirectory() as folder:
            return await _approached(sound, master, spec, engine, Path(folder))
    return await _approached(sound, master, spec, engine, cache)


async def _approached(
    sound: Sound, master: MasterEdit, spec: DeliverySpec, engine: Engine, cache: Path
) -> tuple[Sound, Level]:
    """Gain by gain nearer. What was too loud once is only made quieter: the peaks of a lossy codec jump with the gain."""
    lowered = False
    level = await _level(sound, master, spec, engine, cache)
    for _ in range(ATTEMPTS):
        more = step(level, spec)
        if abs(more) < NEAR_LU / 2 or (more > 0 and lowered):
            break
        lowered = lowered or more < 0
        sound = replace(sound, gain_db=round(sound.gain_db + more, 2))
        level = await _level(sound, master, spec, engine, cache)
    return sound, level


async def _level(sound: Sound, master: MasterEdit, spec: DeliverySpec, engine: Engine, cache: Path) -> Level:
    """The encoded track under the meter; kept, since all films of a campaign ask."""
    track = await _encoded(sound, master, spec, engine, cache)

    async def make(part: Path) -> None:
        part.write_text(json.dumps(asdict(await measure(track, master.seconds, engine))), encoding="utf-8")

    kept = await once(track.with_name(f"{track.stem}.json"), make)
    return Level(**json.loads(kept.read_text(encoding="utf-8")))


async def _encoded(sound: Sound, master: MasterEdit, spec: DeliverySpec, engine: Engine, cache: Path) -> Path:
    async def make(part: Path) -> None:
        await run(sound_argv(engine, sound, spec, part.absolute()), deadline_s=DEADLINE_S)

    kept = ".mov" if lossless_sound(str(spec.audio_codec)) else ".mp4"
    how = (spec.audio_codec, spec.audio_kbps, spec.audio_rate, spec.audio_channels)
    what = (RECIPE, master.sha256, sound.samples, sound.gain_db, *how)
    return (await once(cache / f"sound-{name_of(*what)}{kept}", make)).absolute()


def _fits_as_it_is(master: MasterEdit, spec: DeliverySpec, samples: int) -> bool:
    track = master.audio
    return (
        track is not None
        and track.codec == "aac" == spec.audio_codec
        and (track.sample_rate, track.channels) == (spec.audio_rate, spec.audio_channels)
        and abs(track.samples - samples) <= PACKET
    )
