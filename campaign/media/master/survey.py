"""Surveys a master in one decode: bars, levels, darkness, blur, fields, shake; hashes its frames on the way."""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from campaign.media.engine import Engine
from campaign.media.graph import CLEAN, compiled, on_grid, reading, stamps
from campaign.media.master.mezzanine import index_of
from campaign.media.master.shaking import jitter_of
from campaign.media.once import name_of, once
from campaign.media.probe import Probe, probe
from campaign.media.run import run
from campaign.media.source import Source
from campaign.model.edit import MasterEdit
from campaign.model.ratios import Size

RECIPE = "survey/1"
DEADLINE_S = 600
SAMPLES = 48
"""Frames that the slow looks are taken at, evenly over the film."""
LONG = 160
"""The longer side of the small pictures that shake is measured in, in pixels."""
_LIMIT = 0.094
"""Of full scale: what is darker is a bar (24 of 255)."""
_VALUE = re.compile(r"lavfi\.(signalstats\.[A-Z]+|blur)=(-?\d[\d.]*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One sampled frame: mean luma (0 black to 1 white), part of its pixels outside of video levels, its lowest and highest
    luma (8 bit), width of its edges in pixels (None where it has no edges)."""

    frame: int
    luma: float
    outside: float
    low: float
    high: float
    blur: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """One master as surveyed. `picture` is what lies within burnt-in bars: x, y, width, height. `fields` counts frames that
    look top field first, bottom field first, progressive. `shake` is the part of its frames that jump against their
    neighbours by more than a hundredth of the picture; `index` names its frame-hash index."""

    looks: tuple[Look, ...]
    picture: tuple[int, int, int, int] | None
    fields: tuple[int, int, int]
    shake: float
    index: str


async def survey(edit: MasterEdit, engine: Engine, cache: Path) -> Survey:
    """The survey of a master as it is used (its mezzanine, where it has one), kept in `cache`."""
    mark = name_of(RECIPE, edit.sha256, edit.mezzanine)
    target = cache / f"survey-{mark}.json"
    hashes = index_of(edit.path if edit.mezzanine else cache / f"master-{mark}.mov")

    async def make(part: Path) -> None:
        facts = await asyncio.to_thread(probe, edit.path)
        small, index = part.with_suffix(".gray"), part.with_suffix(".framehash")
        try:
            wanted = index if not hashes.exists() else None
            argv = survey_argv(engine, facts.source, edit.rate, edit.frames, _small(edit.size), small, wanted)
            said = await run(argv, deadline_s=DEADLINE_S)
            shake = await asyncio.to_thread(jitter_of, small, _small(edit.size))
            with suppress(FileNotFoundError):
                index.replace(hashes)
            part.write_text(_to_json(_read(said, facts, edit.frames, shake, hashes.name)), encoding="utf-8")
        finally:
            small.unlink(missing_ok=True)
            index.unlink(missing_ok=True)

    return _from_json((await once(target, make)).read_text(encoding="utf-8"))


def survey_argv(
    engine: Engine, source: Source, rate: Fraction, frames: int, small: Size, gray: Path, index: Path | None
) -> list[str]:
    """One decode: slow looks at samples (on stderr), small grey pictures of all frames into `gray`, hashes into `index`."""
    parts = on_grid(reading(source)["V:0"], rate).filter_multi_output("split", 3 if index else 2)
    looks = parts[0].filter("select", f"not(mod(n,{step_of(frames)}))").filter("signalstats", stat="brng")
    looks = (
        looks.filter("cropdetect", limit=_LIMIT, round=2, skip=0, reset=0)
        .filter("blurdetect")
        .filter("metadata", "print")
    )
    every = parts[1].filter("idet").filter("scale", small.width, small.height, flags="area").filter("format", "gray")
    outputs: list[Any] = [
        ffmpeg.output(looks, "-", format="null", **stamps(rate)),
        ffmpeg.output(every, f"file:{gray.absolute()}", format="rawvideo", **stamps(rate)),
    ]
    if index:
        into = f"file:{index.absolute()}"
        outputs.append(ffmpeg.output(parts[2], into, format="framehash", hash="md5", **stamps(rate), **CLEAN))
    return compiled(engine, ffmpeg.merge_outputs(*outputs), level="info")


def step_of(frames: int) -> int:
    """Every how many frames a sample is taken."""
    return max(1, frames // SAMPLES)


def _small(size: Size) -> Size:
    longer = max(size.width, size.height)
    return Size(max(16, size.width * LONG // longer), max(16, size.height * LONG // longer))


def _read(said: str, facts: Probe, frames: int, shake: float, index: str) -> Survey:
    """What the filters print: `lavfi.signalstats.YMIN=16` for each sample, and idet's counts at the end."""
    counts = re.findall(r"Multi frame detection: TFF: *(\d+) BFF: *(\d+) Progressive: *(\d+)", said)
    fields = tuple(int(count) for count in counts[-1]) if counts else (0, 0, 0)
    return Survey(
        looks=tuple(_looks(said, facts, step_of(frames))),
        picture=_picture(said),
        fields=(fields[0], fields[1], fields[2]),
        shake=shake,
        index=index,
    )


def _looks(said: str, facts: Probe, step: int) -> Iterator[Look]:
    scale = 2 ** (facts.bits - 8) if facts.chroma != "rgb" else 1
    black, white = (0, 255) if facts.colour[0] == "pc" else (16, 235)
    for n, sample in enumerate(re.split(r"frame:\d+ +pts:", said)[1:]):
        told = {name: float(value) for name, value in _VALUE.findall(sample)}
        yield Look(
            frame=n * step,
            luma=min(1.0, max(0.0, (told["signalstats.YAVG"] / scale - black) / (white - black))),
            outside=told["signalstats.BRNG"],
            low=told["signalstats.YMIN"] / scale,
            high=told["signalstats.YMAX"] / scale,
            blur=told.get("blur"),
        )


def _picture(said: str) -> tuple[int, int, int, int] | None:
    """The largest picture within the bars that any sample showed; None when all of it was black."""
    found = [re.findall(rf"lavfi\.cropdetect\.{side}=(-?\d+)", said) for side in ("x1", "y1", "x2", "y2")]
    if not all(found):
        return None
    x1, y1, x2, y2 = (int(values[-1]) for values in found)
    return (x1, y1, x2 - x1 + 1, y2 - y1 + 1) if x2 > x1 and y2 > y1 else None


def _to_json(surveyed: Survey) -> str:
    return json.dumps(asdict(surveyed))


def _from_json(text: str) -> Survey:
    raw = json.loads(text)
    return Survey(
        looks=tuple(Look(**look) for look in raw["looks"]),
        picture=tuple(raw["picture"]) if raw["picture"] else None,
        fields=tuple(raw["fields"]),
        shake=raw["shake"],
        index=raw["index"],
    )
