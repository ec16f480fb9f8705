"""Whole argv for cutting and finishing: nouns in, text out, nothing is run."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg

from campaign.media.engine import Engine
from campaign.media.fitting import within
from campaign.media.graph import (
    CLEAN,
    THREADS,
    Stream,
    compiled,
    exactly,
    fitted,
    in_place,
    intermediate,
    on_grid,
    reading,
    scaled,
    stamps,
    tagged,
)
from campaign.media.source import Source
from campaign.model.catalogue import DeliverySpec
from campaign.model.ratios import Size

POSTER_SIDE = 640


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A clip as it enters a film: shown at `size`, brought to exactly `frames`, resampled first when `retimed`."""

    source: Source
    size: Size
    frames: int
    retimed: bool
    fit: str
    focus: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """The master's track as it enters a film: `samples` at the spec's rate. `copied` takes its packets untouched.

    `lead` is how many samples after the picture it begins; of one that begins earlier (negative) so many are dropped.
    """

    source: Source
    channels: int
    samples: int
    gain_db: float
    copied: bool
    lead: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FilmFile:
    """What film_argv is to make: its picture's size and rate, how it is written, and the poster beside it."""

    size: Size
    rate: Fraction
    spec: DeliverySpec
    into: Path
    poster: Path
    poster_frame: int


def cut_argv(
    engine: Engine, source: Source, start: int, end: int, *, size: Size, rate: Fraction, into: Path
) -> list[str]:
    """Frames [start, end) of the master, alone and silent, at `size`."""
    video = exactly(reading(source)["v:0"], start, end, rate)
    return compiled(engine, intermediate(scaled(video, size, source.matrix), rate, into))


def film_argv(engine: Engine, takes: Sequence[Take], sound: Sound | None, film: FilmFile) -> list[str]:
    """One process: conform every take by frame index, join them, lay the sound, encode, write the poster."""
    parts = [_conformed(take, place, film) for place, take in enumerate(takes)]
    joined = ffmpeg.concat(*parts, v=1, a=0) if len(parts) > 1 else parts[0]
    branches = tagged(on_grid(joined, film.rate)).filter_multi_output("split", 2)
    streams = [branches[0], *([_laid(sound, film.spec)] if sound else [])]
    codecs = _picture_codec(film) | (_sound_codec(sound, film.spec) if sound else {"an": None})
    container = {"format": film.spec.container, "movflags": "+faststart", "movie_timescale": film.spec.audio_rate}
    main = ffmpeg.output(*streams, f"file:{film.into}", **container, **codecs, **stamps(film.rate), **CLEAN)
    return compiled(engine, ffmpeg.merge_outputs(main, _still(branches[1], film)))


def sound_argv(engine: Engine, sound: Sound, spec: DeliverySpec, into: Path) -> list[str]:
    """The track alone, as films of this spec will carry it."""
    container = {"format": "mp4", "movie_timescale": spec.audio_rate}
    return compiled(
        engine, ffmpeg.output(_laid(sound, spec), f"file:{into}", **container, **_sound_codec(sound, spec), **CLEAN)
    )


def _conformed(take: Take, place: int, film: FilmFile) -> Stream:
    """A take fitted into the film, its last frame held or its tail dropped until it lasts exactly `take.frames`."""
    video = reading(take.source, place)["v:0"]
    if take.retimed:  # round=down, up and zero give every other frame wrong
        video = video.filter("setpts", "PTS-STARTPTS")
        video = video.filter("fps", f"{film.rate.numerator}/{film.rate.denominator}", round="near")
    video = fitted(video, take.size, film.size, take.fit, take.focus, take.source.matrix)
    return exactly(video.filter("tpad", stop_mode="clone", stop=-1), 0, take.frames, film.rate)


def _laid(sound: Sound, spec: DeliverySpec) -> Stream:
    """The master's track, to the sample as long as the picture."""
    track = reading(sound.source)["a:0"]
    if sound.copied:
        return track
    track = track.filter("aresample", spec.audio_rate)
    if sound.channels == 1 and spec.audio_channels == 2:
        track = track.filter("pan", args="stereo|c0=c0|c1=c0")  # aformat's own upmix is 3 dB quieter (measured)
    else:
        track = track.filter("aformat", channel_layouts="mono" if spec.audio_channels == 1 else "stereo")
    if sound.gain_db:
        track = track.filter("volume", f"{sound.gain_db:.2f}dB")
    return in_place(track, sound.lead, sound.samples)


def _picture_codec(film: FilmFile) -> dict[str, object]:
    spec = film.spec
    options: dict[str, object] = {"c:v": spec.video_codec, "preset": spec.preset, "crf": spec.crf}
    if spec.pixel_format == "yuv420p" and spec.video_codec == "libx264":
        options["profile:v"] = "high"
    return options | {
        "pix_fmt": spec.pixel_format,
        "g": 2 * round(film.rate),
        "flags:v": "+cgop+bitexact",
        "threads:v": THREADS,
    }


def _sound_codec(sound: Sound, spec: DeliverySpec) -> dict[str, object]:
    if sound.copied:
        return {"c:a": "copy"}
    options: dict[str, object] = {"c:a": spec.audio_codec, "flags:a": "+bitexact"}
    lossless = str(spec.audio_codec).startswith("pcm")
    if spec.audio_codec == "aac":
        # Else rain and applause are noise of its own making, like the master's by 0.7 (measured).
        options["aac_pns"] = 0
    return options if lossless else options | {"b:a": f"{spec.audio_kbps}k"}


def _still(video: Stream, film: FilmFile) -> Stream:
    """One frame as JPEG: full range and BT.601, as browsers read JPEG whatever it says."""
    side = Size(POSTER_SIDE, POSTER_SIDE)
    size = within(film.size, side) if max(film.size.width, film.size.height) > POSTER_SIDE else film.size
    colour = {"out_color_matrix": "bt601", "out_range": "pc"}
    picture = video.filter("select", f"eq(n,{film.poster_frame})")
    picture = picture.filter("scale", size.width, size.height, **colour).filter("format", "yuvj420p")
    options = {"c:v": "mjpeg", "q:v": 3, "frames:v": 1, "fps_mode:v": "passthrough", "flags:v": "+bitexact"}
    return ffmpeg.output(picture, f"file:{film.poster}", format="mjpeg", **options)
