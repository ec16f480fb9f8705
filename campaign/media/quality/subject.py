"""Whether a crop keeps what the eye looks for: a score a shot, and the frame where most of it is lost."""

import asyncio
import json
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path

from campaign.media.local.framing import path_of
from campaign.media.local.saliency import Attention
from campaign.media.local.tracking import CropPath, outside
from campaign.media.local.watching import attention_of
from campaign.media.once import name_of, once
from campaign.media.probe import probe

RECIPE = "subject/1"


@dataclass(frozen=True, slots=True)
class Loss:
    """`score` is what lies outside the window of all that draws the eye, as a part of what lies outside a window anywhere:
    0 keeps everything, 1 is no better than chance. `frame` (from the clip's start) has the most outside."""

    score: float
    frame: int


@dataclass(frozen=True, slots=True)
class Window:
    """A window over one clip and what it loses."""

    path: CropPath
    loss: Loss


async def kept_by(clip: Path, frames: int, shape: Fraction, focus: tuple[float, float] | None, cache: Path) -> Window:
    """A window of `shape` over a clip of the master: fixed around `focus`, or (None) along the subject's path as the local
    engine crops it. Kept in the folder `cache` under the clip's name, which tells what it holds."""

    async def make(part: Path) -> None:
        found = await asyncio.to_thread(_look, clip, frames, shape, focus)
        part.write_text(json.dumps(asdict(found)), encoding="utf-8")

    where = None if focus is None else [*focus]
    kept = await once(cache / f"subject-{name_of(RECIPE, clip.name, frames, str(shape), where)}.json", make)
    raw = json.loads(kept.read_text(encoding="utf-8"))
    path = CropPath(raw["path"]["window"], raw["path"]["upright"], tuple(raw["path"]["centres"]))
    return Window(path, Loss(**raw["loss"]))


def _look(clip: Path, frames: int, shape: Fraction, focus: tuple[float, float] | None) -> Window:
    path = path_of(clip, frames, shape) if focus is None else fixed(probe(clip).size.shape, shape, focus, frames)
    return Window(path, loss_of(attention_of(clip, frames), path))


def fixed(picture: Fraction, shape: Fraction, focus: tuple[float, float], frames: int) -> CropPath:
    """A window that never moves."""
    upright = shape > picture
    window = min(1.0, float(picture / shape if upright else shape / picture))
    centre = min(max(focus[1] if upright else focus[0], window / 2), 1 - window / 2)
    return CropPath(window, upright, (centre,) * frames)


def loss_of(seen: Attention, path: CropPath) -> Loss:
    """What a window loses of a shot, compared with what a window of its size loses of a picture without any subject."""
    if path.window > 0.99:
        return Loss(0.0, 0)
    profile = seen.profile(upright=path.upright)
    lost = outside(profile, path)
    share = float(lost.sum() / max(float(profile.sum()), 1e-9))
    return Loss(share / (1 - path.window), int(lost.argmax()))
