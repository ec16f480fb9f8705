"""Makes a mezzanine of a master that cannot be used as it is: constant rate, square pixels, upright, whole frames, PCM."""

from pathlib import Path
from typing import Any

import ffmpeg

from campaign.errors import MediaError
from campaign.media.engine import Engine
from campaign.media.graph import CLEAN, compiled, on_grid, reading, stamps
from campaign.media.master.mending import Mending
from campaign.media.once import name_of, once
from campaign.media.run import run
from campaign.media.source import Source

RECIPE = "mezzanine/1"
"""How a mezzanine is made. It is part of its jobs' keys: another version buys them again."""
DEADLINE_S = 1800
LOSSLESS = {"c:v": "libx264", "preset": "ultrafast", "qp": 0, "g": 1, "flags:v": "+bitexact"}
"""Lossless, every frame by itself: what was hashed on the way in is what is decoded."""


async def make_mezzanine(source: Source, sha256: str, mending: Mending, engine: Engine, cache: Path) -> Path:
    """The mezzanine of the master with hash `sha256`, made once in the folder `cache`; beside it its frame-hash index.

    Raises MediaError when the master cannot be decoded whole.
    """
    target = mezzanine_of(sha256, mending, cache)

    async def make(part: Path) -> None:
        hashes = part.with_suffix(".framehash")
        try:
            said = await run(mezzanine_argv(engine, source, mending, part, hashes), deadline_s=DEADLINE_S)
            if "corrupt decoded frame" in said or "[error]" in said:
                raise MediaError(f"{source.path}: damaged ({_first(said)}). Copy it again, or export it again.")
            hashes.replace(index_of(target))
        finally:
            hashes.unlink(missing_ok=True)

    return await once(target, make)


def mezzanine_of(sha256: str, mending: Mending, cache: Path) -> Path:
    """Where the mezzanine lies: named by what it is made of and how."""
    return (cache / f"mezzanine-{name_of(RECIPE, sha256, repr(mending))}.mov").absolute()


def index_of(film: Path) -> Path:
    """Where the frame-hash index of a mezzanine lies: a line a frame, MD5 of its decoded pixels, as ffmpeg's framehash."""
    return film.with_suffix(".framehash")


def mezzanine_argv(engine: Engine, source: Source, mending: Mending, into: Path, hashes: Path) -> list[str]:
    """One decode: the picture mended, written and hashed; the sound as PCM that begins with it."""
    whole = reading(source, rate=None if mending.retimed else mending.rate)
    both = _picture(whole["V:0"], mending).filter_multi_output("split", 2)
    streams = [both[0]]
    sound: dict[str, Any] = {}
    if mending.tracks:
        streams.append(_from_start(_sound(whole, mending), mending.lead))
        sound = {"c:a": "pcm_s24le" if mending.deep else "pcm_s16le"}
    film = ffmpeg.output(
        *streams, f"file:{into.absolute()}", format="mov", **LOSSLESS, **sound, **stamps(mending.rate), **CLEAN
    )
    index = ffmpeg.output(
        both[1], f"file:{hashes.absolute()}", format="framehash", hash="md5", **stamps(mending.rate), **CLEAN
    )
    return compiled(engine, ffmpeg.merge_outputs(film, index))


def _from_start(track: Any, lead: int) -> Any:
    """A track that begins with the picture, to its own end."""
    if lead > 0:
        track = track.filter("adelay", f"{lead}S", all=1)
    if lead < 0:
        track = track.filter("atrim", start_sample=-lead)
    return track.filter("asetpts", "N/SR/TB")


def _picture(video: Any, mending: Mending) -> Any:
    if mending.deinterlaced:
        video = video.filter("bwdif", mode="send_frame", parity="auto", deint="interlaced")
    if mending.retimed:
        rate = f"{mending.rate.numerator}/{mending.rate.denominator}"
        video = video.filter("setpts", "PTS-STARTPTS").filter("fps", rate, round="near")
        if mending.frames:
            video = video.filter("trim", end_frame=mending.frames)
    video = on_grid(video, mending.rate)
    if mending.head:
        video = on_grid(video.filter("tpad", start=mending.head, start_mode="clone"), mending.rate)
    size, shown = mending.size, mending.shown
    video = video.filter(
        "scale",
        shown.width,
        shown.height,
        in_color_matrix=mending.matrix,
        out_color_matrix=mending.matrix,
        out_range="tv",
        flags="lanczos+accurate_rnd+full_chroma_int",
    )
    video = video.filter("format", mending.pixel_format)
    if size != shown:
        video = video.filter("crop", size.width, size.height, 0, 0)
    return video.filter("setsar", 1).filter("setparams", range="tv", colorspace=mending.matrix, field_mode="prog")


def _sound(whole: Any, mending: Mending) -> Any:
    if mending.tracks == 2:
        return ffmpeg.filter([whole["a:0"], whole["a:1"]], "join", inputs=2, channel_layout="stereo")
    return whole["a:0"]


def _first(said: str) -> str:
    return next((line for line in said.splitlines() if "corrupt" in line or "[error]" in line), said)[:200]
