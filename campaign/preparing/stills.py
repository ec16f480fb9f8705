"""The pictures of keyframes: those that templates name, and frames of approved drafts, kept under .fanout/stills."""

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

from campaign.errors import MediaError, StoreError
from campaign.media.engine import Engine
from campaign.media.once import name_of
from campaign.model.approvals import Take
from campaign.model.prompts import Keyframe
from campaign.planning.pins import pinned_frames
from campaign.store.files import Store

STILLS = "stills"
PIN_RECIPE = "pin/1"
"""Which frames of a take are exported, and how. A new version makes every pinned final another job."""
_NAME = re.compile(r"f(\d+)-([0-9a-f]{64})\.png")


def stills_of(
    takes: Iterable[Take], *, rate: Fraction, home: Path, store: Store, engine: Engine
) -> dict[Take, tuple[Keyframe, ...]]:
    """Pictures of takes: what was exported before is found again, the rest is exported now.

    A take that the store has not, or that cannot be read, is left out. Blocks, with an event loop of its own.
    """
    found = {take: _known(take, rate, home) for take in dict.fromkeys(takes)}
    missing = [take for take, known in found.items() if known is None and store.exists(take.sha256)]
    if missing:
        asyncio.run(_export_all(missing, rate, home, store, engine))
        found |= {take: _known(take, rate, home) for take in missing}
    return {take: known for take, known in found.items() if known}


def still_of(keyframe: Keyframe) -> Path:
    """Where the picture of a keyframe lies. Raises StoreError unless it holds the very bytes that were planned with."""
    path = Path(keyframe.path)
    try:
        held = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise StoreError(
            f"{path}: the picture for frame {keyframe.frame}: {error.strerror}. Put it back, then run again."
        ) from None
    if keyframe.sha256 and held != keyframe.sha256:
        cure = "Delete it and run again: it is exported anew." if keyframe.pinned else "Run again: it is planned anew."
        raise StoreError(f"{path}: the picture for frame {keyframe.frame} is no longer the one planned with. {cure}")
    return path


def _known(take: Take, rate: Fraction, home: Path) -> tuple[Keyframe, ...] | None:
    """The pictures of a take that was exported before; None unless all of them lie there."""
    folder = _folder(take, rate, home)
    try:
        names = sorted(path.name for path in folder.iterdir())
    except FileNotFoundError:
        return None
    there: dict[int, tuple[str, str]] = {}
    for name in names:
        if said := _NAME.fullmatch(name):
            there.setdefault(int(said[1]), (name, said[2]))
    wanted = pinned_frames(take.end_frame - take.start_frame, rate)
    if not all(index in there for index in wanted):
        return None
    return tuple(
        Keyframe(
            frame=take.start_frame + index, path=str(folder / there[index][0]), sha256=there[index][1], pinned=True
        )
        for index in wanted
    )


async def _export_all(takes: Iterable[Take], rate: Fraction, home: Path, store: Store, engine: Engine) -> None:
    free = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(take: Take) -> None:
        async with free:
            with suppress(MediaError):
                await _export(take, rate, home, store, engine)

    await asyncio.gather(*map(one, takes))


async def _export(take: Take, rate: Fraction, home: Path, store: Store, engine: Engine) -> None:
    from campaign.media.film.stills import export_take_stills  # a plan that has its pictures opens no film

    frames = take.end_frame - take.start_frame
    indexes = pinned_frames(frames, rate)
    folder = _folder(take, rate, home)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark = secrets.token_hex(6)
    parts = [folder / f".{mark}-{index}.part" for index in indexes]
    try:
        await export_take_stills(
            store.local(take.sha256), frames=frames, rate=rate, indexes=indexes, into=parts, engine=engine
        )
        for index, part in zip(indexes, parts, strict=True):
            part.replace(folder / f"f{index:04d}-{hashlib.sha256(part.read_bytes()).hexdigest()}.png")
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _folder(take: Take, rate: Fraction, home: Path) -> Path:
    frames = take.end_frame - take.start_frame
    return home / STILLS / name_of(PIN_RECIPE, take.sha256, frames, rate.numerator, rate.denominator)
