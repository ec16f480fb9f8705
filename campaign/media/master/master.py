"""Reads the master edit, once: what was measured is kept as JSON, so that plan and run start at once the next time."""

import asyncio
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from campaign.errors import MediaError
from campaign.media.detection.detected import Detected, from_json, to_json
from campaign.media.detection.shots import require_fit, shots_at
from campaign.media.engine import Engine
from campaign.media.master.told import Told, as_plain, from_plain, told_of
from campaign.media.once import name_of, once
from campaign.model.edit import AudioTrack, MasterEdit, Shot
from campaign.model.ratios import Size

RECIPE = "master/6"
DETECTORS = "detect/8"


async def read_master(path: Path, shots: tuple[Shot, ...], engine: Engine, cache: Path) -> MasterEdit:
    """The master edit with its shots: those given, or those its cuts make (shot-01 and so on).

    Facts are kept in the folder `cache` under the file's path, size, time and inode. Every frame is decoded, even when
    no cuts are looked for: a damaged master is named before anything is bought for it. One that cannot be used as it is
    (variable rate, interlaced, turned, wide pixels, WMV …) is made into a mezzanine in `cache`, once. Raises MediaError
    for a file that is no whole film, InputError when it is HDR or `shots` do not fit its frames.
    """
    edit = await _measured(path, engine, cache)
    if shots:
        require_fit(shots, edit.frames)
    seen = await master_detected(edit, engine, cache)
    if shots:
        return replace(edit, shots=shots)
    return replace(edit, shots=shots_at(seen.cuts, edit.frames, seen.scores))


async def master_detected(edit: MasterEdit, engine: Engine, cache: Path) -> Detected:
    """What the detectors see in the master itself (cuts, black, freezes, silence, loudness), kept in `cache`."""

    async def make(part: Path) -> None:
        from campaign.media.detection.detectors import detect_master

        part.write_text(to_json(await detect_master(edit, engine)), encoding="utf-8")

    kept = await once(cache / f"seen-{name_of(DETECTORS, edit.sha256)}.json", make)
    return from_json(kept.read_text(encoding="utf-8"))


async def master_told(path: Path, engine: Engine, cache: Path) -> Told:
    """What the headers of the master at `path` tell, as it was read last."""
    return from_plain(json.loads((await _kept(path, engine, cache)).read_text(encoding="utf-8"))["told"])


async def _measured(path: Path, engine: Engine, cache: Path) -> MasterEdit:
    return _from_json((await _kept(path, engine, cache)).read_text(encoding="utf-8"), path.absolute(), cache)


async def _kept(path: Path, engine: Engine, cache: Path) -> Path:
    """Where the facts of a master are kept; read anew when it changed, or when its mezzanine is gone."""

    async def make(part: Path) -> None:
        from campaign.media.master.measuring import as_used, measure
        from campaign.media.master.mezzanine import make_mezzanine

        measured, film = await asyncio.to_thread(measure, path), path
        if measured.mending:
            film = await make_mezzanine(measured.facts.source, measured.sha256, measured.mending, engine, cache)
        edit = await asyncio.to_thread(as_used, film, measured)
        told = as_plain(told_of(measured.facts, measured.counted))
        part.write_text(_to_json(edit, told), encoding="utf-8")

    if not path.is_file():
        problem = "not a regular file" if path.exists() else "no such file"
        raise MediaError(f"{path}: {problem}. Set inputs.master in campaign.toml, or run `fanout sample`.")
    stat = path.stat()
    mark = name_of(RECIPE, str(path.absolute()), stat.st_size, stat.st_mtime_ns, stat.st_ino)
    kept = cache / f"master-{mark}.json"
    if kept.exists() and not (cache / _mezzanine(kept)).exists():  # somebody tidied up: it is made again
        kept.unlink(missing_ok=True)
    return await once(kept, make)


def _mezzanine(kept: Path) -> str:
    """The name of the mezzanine that a kept edit needs; empty when it needs none."""
    return str(json.loads(kept.read_text(encoding="utf-8"))["mezzanine_file"])


def _to_json(edit: MasterEdit, told: dict[str, Any]) -> str:
    audio = edit.audio and (edit.audio.codec, edit.audio.channels, edit.audio.sample_rate, edit.audio.samples)
    facts = {"sha256": edit.sha256, "rate": str(edit.rate), "frames": edit.frames, "codec": edit.codec}
    mended = {"mezzanine": edit.mezzanine, "mended": edit.mended, "timecode": edit.timecode}
    film = {"mezzanine_file": edit.path.name if edit.mezzanine else ""}
    return json.dumps(
        facts | mended | film | {"told": told, "size": (edit.size.width, edit.size.height), "audio": audio}
    )


def _from_json(text: str, path: Path, cache: Path) -> MasterEdit:
    raw = json.loads(text)
    return MasterEdit(
        path=(cache / raw["mezzanine_file"]).absolute() if raw["mezzanine"] else path,
        sha256=raw["sha256"],
        rate=Fraction(raw["rate"]),
        frames=raw["frames"],
        size=Size(*raw["size"]),
        codec=raw["codec"],
        audio=AudioTrack(*raw["audio"]) if raw["audio"] else None,
        shots=(),
        mezzanine=raw["mezzanine"],
        mended=tuple(raw["mended"]),
        timecode=raw["timecode"],
        named=path if raw["mezzanine"] else None,
    )
