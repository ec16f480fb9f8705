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
from campaign.media.master.pacing import in_cadence
from campaign.media.probe import Probe, probe
from campaign.media.quality.checks import (
    judge_file,
    judge_loudness,
    judge_picture,
    judge_shape,
    judge_sound,
    lasting_freezes,
    track_text,
)
from campaign.media.quality.comparing import Comparison, compare_pictures
from campaign.media.quality.packing import read_packing
from campaign.media.quality.spec_checks import finding, judge_spec, unchecked
from campaign.media.quality.stillness import still_spans
from campaign.media.samples import Samples, master_samples, read_samples, small
from campaign.media.sound import Likeness, compare, count_samples, master_mono, mono
from campaign.model.edit import MasterEdit
from campaign.model.plan import Output
from campaign.model.qc import FileFacts, Finding, QCReport
from campaign.model.rates import Cadence, rate_text
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
    """Facts counted from the file, and every finding about it. Writes nothing but the master's own view into `cache`.

    Black, freezes and silence that the master has in the same place are told, not blamed; nor is a freeze where a part of
    the master as large as the film shows stands still. `comparison` tells how the film came from the master, so that
    their pictures can be held side by side; a film in another cadence is held beside the master in that cadence. Raises
    MediaError only when the file cannot be opened at all.
    """
    told, facts = await asyncio.to_thread(_facts, path)
    paced: list[Finding] = []
    if output.cadence is not None:
        paced = [_cadence_told(output.cadence, master)]
        comparison = comparison.in_cadence(output.cadence)
        master = await in_cadence(master, output.cadence, engine, cache or path.parent)
    lit = _lit_between_bars(master.size, told.size)
    seen, shown = await _seen(told, facts, lit, comparison.frames(master.frames), engine)
    own = with_stills(await own_detected(master, engine, cache), comparison.drawn)
    packing = await asyncio.to_thread(read_packing, path)
    findings = [*paced, *judge_file(facts, output, master), *judge_shape(told.coded, told.size)]
    audible = seen.loudness_lufs is not None
    findings += [*judge_spec(facts, packing, output, master, audible=audible), unchecked(output.spec, packing)]
    frozen = lasting_freezes(seen, own, facts.rate)
    still = await asyncio.to_thread(still_spans, master.path, frozen, master.size, told.size.shape) if frozen else ()
    findings += judge_picture(seen, own, facts, still)
    if facts.audio is not None:
        findings += judge_loudness(seen, output.spec)
    if facts.audio is not None and master.audio is not None:
        findings += judge_sound(await asyncio.to_thread(_likeness, path, master), facts.rate)
    if shown is not None:
        frames = comparison.frames(master.frames)
        beside = await master_samples(master, frames, engine, cache)
        findings += await asyncio.to_thread(_compared, comparison, beside, shown, master.size, told.size)
    return facts, QCReport(tuple(sorted(findings, key=_gravest)))


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


def _cadence_told(cadence: Cadence, master: MasterEdit) -> Finding:
    text = cadence.words(master.rate)
    return finding("rate", "info", text, rate_text(cadence.rate), f"the master's {rate_text(master.rate)}")


def _compared(comparison: Comparison, own: Samples, shown: Samples, master: Size, film: Size) -> list[Finding]:
    return list(compare_pictures(comparison, own, shown, master, film))


def _lit_between_bars(picture: Size, film: Size) -> float:
    """Half of what makes a picture lit, once it lies between bars: white words on black are not black in a letterbox."""
    inner = within(picture, film)
    return LIT / 2 * (inner.width * inner.height) / (film.width * film.height)


def _gravest(finding: Finding) -> int:
    return ("error", "warning", "info").index(finding.severity)


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
