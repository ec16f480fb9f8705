"""Art that takes a shot's place in one ratio: a still (PNG, JPEG) or a film, looked at before anything is planned with it."""

import asyncio
import warnings
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from campaign.errors import MediaError
from campaign.media.counting import count_frames
from campaign.media.engine import Engine
from campaign.media.graph import compiled, exactly, intermediate, reading, scaled
from campaign.media.once import name_of, once
from campaign.media.probe import probe
from campaign.media.run import run
from campaign.media.source import Source
from campaign.model.edit import Art
from campaign.model.ratios import Size

ART_RECIPE = "art/1"
MOST_PIXELS = 8192 * 4320
MOST_BYTES = 100_000_000
FORMATS = ("PNG", "JPEG")
_STILLS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
DEADLINE_S = 300


@dataclass(frozen=True, slots=True)
class ArtFacts:
    """How large the picture of a piece of art is; its frames at a film's rate, None for a still."""

    size: Size
    frames: int | None


def is_still(path: Path) -> bool:
    """Whether a file begins as a PNG or JPEG does."""
    with path.open("rb") as stream:
        return stream.read(8).startswith(_STILLS)


def look_at_art(path: Path, rate: Fraction) -> ArtFacts:
    """What a piece of art is, in a film of `rate` frames a second. A still is decoded whole. Raises MediaError."""
    try:
        if is_still(path):
            picture = _still(path)
            return ArtFacts(Size(picture.width, picture.height), None)
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error}). Export the picture again, as PNG or JPEG.") from None
    facts, counted = probe(path), count_frames(path)
    if facts.interlaced:
        raise MediaError(f"{path}: interlaced. Export the art progressive.")
    return ArtFacts(facts.size, round(counted.frames * rate / counted.rate))


async def still_clip(art: Art, frames: int, rate: Fraction, folder: Path, engine: Engine) -> Path:
    """A silent clip that shows a still for `frames` frames, kept in `folder` and made once. Raises MediaError."""

    async def make(part: Path) -> None:
        plain = part.with_suffix(".png")
        try:
            size = await asyncio.to_thread(_write_plain, art.path, plain)
            await run(still_clip_argv(engine, plain, size, frames, rate, part), deadline_s=DEADLINE_S)
        finally:
            plain.unlink(missing_ok=True)

    mark = name_of(ART_RECIPE, art.sha256, frames, str(rate))
    return await once(folder / f"art-{mark}.mp4", make)


def still_clip_argv(engine: Engine, still: Path, size: Size, frames: int, rate: Fraction, into: Path) -> list[str]:
    """A PNG of ours held for `frames` frames."""
    picture = scaled(reading(Source(still, "png_pipe"))["v:0"], size, "bt709")
    held = picture.filter("tpad", stop_mode="clone", stop=frames - 1) if frames > 1 else picture
    return compiled(engine, intermediate(exactly(held, 0, frames, rate), rate, into))


def _write_plain(path: Path, into: Path) -> Size:
    """The still as RGB on even sides, upright, on black where it is clear. Returns its size."""
    picture = _still(path)
    size = Size(picture.width // 2 * 2, picture.height // 2 * 2)
    picture.crop((0, 0, size.width, size.height)).save(into, "PNG")
    return size


def _still(path: Path) -> Image.Image:
    if path.stat().st_size > MOST_BYTES:
        raise MediaError(f"{path}: larger than {MOST_BYTES // 1_000_000} MB. Export the picture at the film's size.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=FORMATS) as opened:
                return _plain(opened, path)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise MediaError(f"{path}: no picture that can be used ({error}). Export it again, as PNG or JPEG.") from None
    except (OSError, ValueError, SyntaxError) as error:
        raise MediaError(f"{path}: a broken picture ({error}). Export it again, as PNG or JPEG.") from None


def _plain(opened: Image.Image, path: Path) -> Image.Image:
    if opened.width * opened.height > MOST_PIXELS or min(opened.size) < 2:
        raise MediaError(f"{path}: {opened.width}x{opened.height} is beyond 8192x4320. Export it at the film's size.")
    if getattr(opened, "n_frames", 1) > 1:
        raise MediaError(f"{path}: moves. Export it as a film (.mov or .mp4), or as one picture.")
    opened.load()
    upright = ImageOps.exif_transpose(opened)
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        clear = upright.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, (0, 0, 0, 255)), clear).convert("RGB")
    return upright.convert("RGB")
