"""Whole argv for cutting and finishing: nouns in, text out, nothing is run."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import ffmpeg

from campaign.media.engine import Engine
from campaign.media.film.encoding import Aim, container_options, lossless_sound, picture_options, sound_options
from campaign.media.fitting import within
from campaign.media.graph import (
    CLEAN,
    Stream,
    compiled,
    exactly,
    fitted,
    in_place,
    in_sdr,
    intermediate,
    on_grid,
    reading,
    scaled,
    stamps,
    tagged,
)
from campaign.media.pacing import paced_picture
from campaign.media.source import Source
from campaign.model.catalogue import DeliverySpec
from campaign.model.rates import Cadence
from campaign.model.ratios import Size

POSTER_SIDE = 640


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """A clip as it enters a film: from frame `first` on, shown at `size`, brought to exactly `frames`, resampled first when
    `retimed`, then shaped by `fit` where its shape is not the film's.

    `stored` is how its pixels are kept when they are BT.709 at video levels, square and upright: where that and the size
    are the film's, they are passed through untouched.
    """

    source: Source
    size: Size
    frames: int
    retimed: bool
    fit: str
    focus: tuple[float, float]
    first: int = 0
    stored: str | None = None
    unedited: bool = False
    """Whether frames that an edit list hides are taken too."""
    skip: int = 0
    """Frames at the film's rate that are dropped at its head; of a negative number its first is held for so many."""

    @property
    def decoding(self) -> tuple[object, ...]:
        """All that decides its frames before they are shaped: takes alike in this come out of one decode."""
        return self.source, self.frames, self.retimed, self.first, self.unedited, self.skip


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
    """What film_argv is to make: the takes it is made of, its picture's size, the rate of its clips and (None: the same) how
    it comes out of them, how it is written under which sound, the poster beside it."""

    takes: tuple[Take, ...]
    size: Size
    rate: Fraction
    spec: DeliverySpec
    into: Path
    poster: Path
    poster_frame: int
    sound: Sound | None = None
    timecode: str | None = None
    aim: Aim = Aim()
    cadence: Cadence | None = None

    @property
    def shown_rate(self) -> Fraction:
        """The rate of the film."""
        return self.cadence.rate if self.cadence else self.rate

    @property
    def frames(self) -> int:
        """How many frames its takes have together."""
        return sum(take.frames for take in self.takes)

    @property
    def decoding(self) -> tuple[object, ...]:
        """What must be alike in films that one process makes."""
        return self.rate, *(take.decoding for take in self.takes)


def cut_argv(
    engine: Engine, source: Source, start: int, end: int, *, size: Size, rate: Fraction, into: Path
) -> list[str]:
    """Frames [start, end) of the master, alone and silent, at `size`."""
    video = exactly(reading(source, rate=rate)["V:0"], start, end, rate)
    return compiled(engine, intermediate(scaled(video, size, source.matrix), rate, into))


def film_argv(engine: Engine, films: Sequence[FilmFile]) -> list[str]:
    """One process and one decode for `films` of one decoding: conform every take by frame index, shape it for each film,
    join them, lay the sound, encode, write the poster. A film whose `aim` is the first of two passes is only looked at.
    """
    takes, rate = films[0].takes, films[0].rate
    taken = [_branched(decoded(take, place, rate), len(films)) for place, take in enumerate(takes)]
    outputs: list[Stream] = []
    for n, film in enumerate(films):
        parts = [_shaped(branches[n], take, film) for branches, take in zip(taken, film.takes, strict=True)]
        joined = ffmpeg.concat(*parts, v=1, a=0) if len(parts) > 1 else parts[0]
        picture = on_grid(joined, rate)
        if film.cadence:
            picture = paced_picture(picture, film.cadence, film.frames)
        picture = tagged(picture)
        # ffmpeg-python takes equal inputs for one, and would then map one track into several files.
        outputs += _looked_at(picture, film) if film.aim.part == 1 else _written(picture, film, n and len(takes) + n)
    return compiled(engine, ffmpeg.merge_outputs(*outputs))


def sound_argv(engine: Engine, sound: Sound, spec: DeliverySpec, into: Path) -> list[str]:
    """The track alone, as films of this spec will carry it."""
    container = {"format": into.suffix.removeprefix("."), "movie_timescale": spec.audio_rate}
    codec = sound_options(spec, copied=sound.copied)
    return compiled(engine, ffmpeg.output(_laid(sound, spec), f"file:{into}", **container, **codec, **CLEAN))


def decoded(take: Take, place: int, rate: Fraction) -> Stream:
    """A take's frames in order, one a tick of the film."""
    video = in_sdr(take.source, place, rate=None if take.retimed else rate, unedited=take.unedited)
    if take.first:
        video = video.filter("trim", start_frame=take.first)
    if take.retimed:  # round=down, up and zero give every other frame wrong
        video = video.filter("setpts", "PTS-STARTPTS")
        # By default the last frame is lost when its own duration is short, as in footage of a variable rate.
        video = video.filter("fps", f"{rate.numerator}/{rate.denominator}", round="near", eof_action="pass")
    video = on_grid(video, rate)
    if take.skip > 0:
        video = on_grid(video.filter("trim", start_frame=take.skip), rate)
    if take.skip < 0:
        video = on_grid(video.filter("tpad", start=-take.skip, start_mode="clone"), rate)
    return video


def _branched(video: Stream, films: int) -> list[Stream]:
    """The same for each of the films."""
    if films == 1:
        return [video]
    branches = video.filter_multi_output("split", films)
    return [branches[n] for n in range(films)]


def _shaped(video: Stream, take: Take, film: FilmFile) -> Stream:
    """A take fitted into the film, its last frame held or its tail dropped until it lasts exactly `take.frames`."""
    pixels = film.spec.pixel_format
    if take.stored == pixels and take.size == film.size:
        video = video.filter("setsar", 1)
    else:
        video = fitted(video, take.size, film.size, take.fit, take.focus, take.source.matrix, pixels)
    return exactly(video.filter("tpad", stop_mode="clone", stop=-1), 0, take.frames, film.rate)


def _written(picture: Stream, film: FilmFile, place: int) -> list[Stream]:
    branches = picture.filter_multi_output("split", 2)
    spec, sound = film.spec, film.sound
    streams = [branches[0], *([_laid(sound, spec, place)] if sound else [])]
    codecs = picture_options(spec, film.shown_rate, film.aim)
    codecs |= sound_options(spec, copied=sound.copied) if sound else {"an": None}
    primed = sound is not None and not lossless_sound(str(spec.audio_codec))
    container = container_options(spec, primed=primed, timecode=film.timecode)
    main = ffmpeg.output(*streams, f"file:{film.into}", **container, **codecs, **stamps(film.shown_rate), **CLEAN)
    return [main, _still(branches[1], film)]


def _looked_at(picture: Stream, film: FilmFile) -> list[Stream]:
    codec = picture_options(film.spec, film.shown_rate, film.aim)
    return [ffmpeg.output(picture, "-", format="null", **codec, **stamps(film.shown_rate))]


def _laid(sound: Sound, spec: DeliverySpec, place: int = 0) -> Stream:
    """The master's track, to the sample as long as the picture."""
    track = reading(sound.source, place)["a:0"]
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


def _still(video: Stream, film: FilmFile) -> Stream:
    """One frame as JPEG: full range and BT.601, as browsers read JPEG whatever it says."""
    side = Size(POSTER_SIDE, POSTER_SIDE)
    size = within(film.size, side) if max(film.size.width, film.size.height) > POSTER_SIDE else film.size
    colour = {"out_color_matrix": "bt601", "out_range": "pc"}
    picture = video.filter("select", f"eq(n,{film.poster_frame})")
    picture = picture.filter("scale", size.width, size.height, **colour).filter("format", "yuvj420p")
    options = {"c:v": "mjpeg", "q:v": 3, "frames:v": 1, "fps_mode:v": "passthrough", "flags:v": "+bitexact"}
    return ffmpeg.output(picture, f"file:{film.poster}", format="mjpeg", **options)
