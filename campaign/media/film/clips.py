"""The clips of a film: what their files are, how each becomes a part of it, and what is told of that."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from campaign.media.counting import Counted
from campaign.media.engine import Engine
from campaign.media.film.aligning import fit_of
from campaign.media.film.commands import Take
from campaign.media.film.conforming import Measured, corrections, finding, measured, stored
from campaign.media.film.known import counted_of, facts_of
from campaign.media.film.timing import fps, timing
from campaign.media.probe import Probe
from campaign.model.edit import MasterEdit
from campaign.model.plan import Output
from campaign.model.qc import Finding
from campaign.model.ratios import Size, same_shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A stretch of a film: `frames` of the file at `path` from its frame `first` on. `fit` (pad, crop, blur) shapes it
    where its shape differs from the film's, a crop or pad around `focus`. `ordered` = it was asked for in the film's shape
    (or at the size `asked`, to be seen through a window), so what came otherwise is told, of `name` (its segment and job);
    `hdr` = in HDR, of which the film is an SDR trim.
    """

    path: Path
    frames: int
    fit: str
    focus: tuple[float, float]
    ordered: bool = False
    asked: Size | None = None
    hdr: bool = False
    first: int = 0
    name: str = ""


async def looked_at(clips: Sequence[Clip], master: MasterEdit, engine: Engine) -> tuple[Measured, ...]:
    """What the clips' files are, each read once. Of the master only the stretch counts that is taken of it; of one with
    frames too many or too few is found where it lies against the master."""
    known = await asyncio.to_thread(_known, clips)
    seen, frame = list[Measured](), 0
    for clip in clips:
        if clip.path == master.path:
            facts, counted = known[clip.path]
            each = Measured(facts, replace(counted, frames=min(clip.frames, counted.frames - clip.first)))
        else:
            each = measured(*known[clip.path], clip.frames)
        each = replace(each, timing=timing(clip.frames, each.counted, master.rate))
        if each.timing.spare and clip.path != master.path:
            source = (await asyncio.to_thread(facts_of, master.path)).source
            take = _take(clip, each, each.facts.size)
            fit = await fit_of(take, each.timing.spare, source, master.size, frame, master.rate, engine)
            each = replace(each, timing=timing(clip.frames, each.counted, master.rate, fit))
        seen.append(each)
        frame += clip.frames
    return tuple(seen)


def _known(clips: Sequence[Clip]) -> dict[Path, tuple[Probe, Counted]]:
    return {path: (facts_of(path), counted_of(path)) for path in {clip.path: None for clip in clips}}


def takes_of(clips: Sequence[Clip], seen: Sequence[Measured], size: Size) -> tuple[Take, ...]:
    """The clips as they enter a film of this size."""
    return tuple(_take(clip, each, size) for clip, each in zip(clips, seen, strict=True))


def _take(clip: Clip, seen: Measured, size: Size) -> Take:
    return Take(
        source=seen.facts.source,
        size=seen.facts.size,
        frames=clip.frames,
        retimed=seen.timing.retimed,
        fit="stretch" if same_shape(seen.facts.size.shape, size.shape) else clip.fit,
        focus=clip.focus,
        first=clip.first,
        stored=stored(seen.facts),
        unedited=seen.hidden > 0,
        skip=seen.timing.skip,
    )


def told_of(clips: Sequence[Clip], seen: Sequence[Measured], master: MasterEdit, output: Output) -> Iterator[Finding]:
    """Every correction with the first frame of the film that it concerns."""
    frame = 0
    for n, (clip, each) in enumerate(zip(clips, seen, strict=True), 1):
        who = clip.name or f"clip {n} ({clip.path.name[:16]})"
        asked = f"{clip.frames} frames at {fps(master.rate)}, {output.size}"
        enlarged = output.upscaled_from is not None
        made = corrections(
            each,
            frames=clip.frames,
            size=clip.asked or output.size,
            fit=clip.fit,
            ordered=clip.ordered,
            enlarged=enlarged,
            hdr=clip.hdr,
        )
        for correction in made:
            yield finding(correction, each, who=who, frame=frame, asked=asked)
        frame += clip.frames
