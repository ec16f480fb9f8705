"""Quality control: a film measured from its file, in one decode, beside the master."""

import asyncio
import tempfile
from pathlib import Path

from campaign.media.counting import count_frames
from campaign.media.detection.detected import Detected, with_stills
from campaign.media.detection.detecting import LIT, Wanted
from campaign.media.detection.detectors import detect
from campaign.media.engine import Engine
from campaign.media.film.loudness import own_detected
from campaign.media.fitting import within
from campaign.media.master.paced import in_cadence
from campaign.media.probe import Probe, probe
from campaign.media.quality.checks import new_freezes, track_text
from campaign.media.quality.comparing import Comparison, compare_pictures
from campaign.media.quality.judging import judge
from campaign.media.quality.measures import Measures
from campaign.media.quality.packing import read_packing
from campaign.media.quality.stillness import still_spans
from campaign.media.samples import Samples, master_samples, read_samples, small
from campaign.media.sound import Likeness, compare, count_samples, master_mono, mono
from campaign.model.edit import MasterEdit
from campaign.model.plan import Output
from campaign.model.qc import FileFacts, QCReport
from campaign.model.rates import Cadence
from campaign.model.ratios import Size

NOTHING = Comparison()


async def inspect(
    path: Path,
    *,
    output: Output,
    master: MasterEdit,
    engine: Engine,
    cache: Path | None = None,
    comparison: Comparison = NOTHING,
) -> tuple[FileFacts, QCReport]:
    """A film measured and judged at once: its facts, and every finding about it."""
    measures = await measure(
        path, cadence=output.cadence, master=master, engine=engine, cache=cache, comparison=comparison
    )
    return measures.facts, judge(measures, output, master)


async def measure(
    path: Path,
    *,
    cadence: Cadence | None,
    master: MasterEdit,
    engine: Engine,
    cache: Path | None = None,
    comparison: Comparison = NOTHING,
) -> Measures:
    """All that quality control looks at, counted and measured from the file. Writes nothing but the master's own view into
    `cache`.

    Black, freezes and silence that the master has in the same place are told, not blamed; nor is a freeze where a part of
    the master as large as the film shows stands still. `comparison` tells how the film came from the master, so that
    their pictures can be held side by side; a film in another cadence is held beside the master in that cadence. Raises
    MediaError only when the file cannot be opened at all.
    """
    told, facts = await asyncio.to_thread(_facts, path)
    if cadence is not None:
        comparison = comparison.in_cadence(cadence)
        master = await in_cadence(master, cadence, engine, cache or path.parent)
    lit = _lit_between_bars(master.size, told.size)
    frames = comparison.frames(master.frames)
    seen, shown = await _seen(told, facts, lit, frames, engine)
    own = with_stills(await own_detected(master, engine, cache), comparison.drawn)
    frozen = new_freezes(seen, own)
    still = await asyncio.to_thread(still_spans, master.path, frozen, master.size, told.size.shape) if frozen else ()
    heard = facts.audio is not None and master.audio is not None
    compared = None
    if shown is not None:
        beside = await master_samples(master, frames, engine, cache)
        compared = await asyncio.to_thread(compare_pictures, comparison, beside, shown, master.size, told.size)
    return Measures(
        facts=facts,
        coded=told.coded,
        shown=told.size,
        packing=await asyncio.to_thread(read_packing, path),
        seen=seen,
        own=own,
        still=tuple(still),
        likeness=await asyncio.to_thread(_likeness, path, master) if heard else None,
        compared=compared,
    )


async def _seen(
    told: Probe, facts: FileFacts, lit: float, frames: tuple[int, ...], engine: Engine
) -> tuple[Detected, Samples | None]:
    """The film under all detectors, and the frames that are compared, in one decode."""
    with tempfile.TemporaryDirectory(prefix="fanout-qc-") as folder:
        wanted = Wanted(frames=frames, size=small(told.size), into=Path(folder) / "film.yuv") if frames else None
        sound = facts.audio is not None
        seen = await detect(told.source, facts.rate, sound=sound, engine=engine, lit=lit, wanted=wanted)
        if wanted is None:
            return seen, None
        return seen, await asyncio.to_thread(read_samples, wanted.into, wanted.size, frames)


def _lit_between_bars(picture: Size, film: Size) -> float:
    """Half of what makes a picture lit, once it lies between bars: white words on black are not black in a letterbox."""
    inner = within(picture, film)
    return LIT / 2 * (inner.width * inner.height) / (film.width * film.height)


def _likeness(path: Path, master: MasterEdit) -> Likeness:
    return compare(master_mono(master.path, master.sha256), mono(path))


def _facts(path: Path) -> tuple[Probe, FileFacts]:
    told, counted = probe(path, master=True), count_frames(path, master=True)
    audio = told.audio
    facts = FileFacts(
        width=told.coded.width,
        height=told.coded.height,
        rate=counted.rate,
        frames=counted.frames,
        codec=told.codec,
        pixel_format=told.pixel_format,
        colour=told.colour,
        audio=track_text(audio.codec, audio.sample_rate, audio.channels) if audio else None,
        audio_samples=count_samples(path) if audio else 0,
        bytes=path.stat().st_size,
    )
    return told, facts
