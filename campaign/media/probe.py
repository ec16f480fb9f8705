"""Facts about a film read from its headers and its first frame. PyAV's door, with sniff before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from campaign.errors import MediaError
from campaign.media.pixels import chroma_of, colour_of
from campaign.media.sniff import FILM_CURE, sniff
from campaign.media.source import Source
from campaign.model.edit import AudioTrack
from campaign.model.ratios import Size

MOST_PIXELS = 8192 * 4320
MOST_SECONDS = 120
MOST_RATE = 120
MOST_STREAMS = 8
MOST_FRAMES = MOST_SECONDS * MOST_RATE
GUARDS = {"protocol_whitelist": "file,pipe", "max_streams": str(MOST_STREAMS)}
"""What every opening of a film is told: it may be read, and name no other."""
TICK = Fraction(1, 1000)
HDR_CURVES = ("smpte2084", "arib-std-b67")
"""PQ and HLG."""
NAMED_RATES = tuple(Fraction(n) for n in (24, 25, 30, 48, 50, 60, 100, 120)) + tuple(
    Fraction(n * 1000, 1001) for n in (24, 30, 48, 60, 120)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A film as its headers and first frame tell it.

    `coded` is the size of the stored frame, `size` the one shown, in square pixels, after `sample_aspect` and `rotation`
    (degrees). `rate` is exact (29.97 is 30000/1001). `frames` and the audio's samples are the container's word: counted
    ones come from `master.read_master` and `qc.inspect`. `colour` = (range, matrix, primaries, transfer) by ffmpeg's
    names, "unknown" where untagged. `starts` are the start times of picture and sound in seconds. `channels` of each audio
    track; `audio` is the first. `bits` of a colour plane; `chroma` is how finely colour is stored (420, 422, 444, rgb).
    `pictures` counts tracks of moving pictures: all else is told of the first.
    """

    path: Path
    format: str
    codec: str
    pixel_format: str
    coded: Size
    size: Size
    sample_aspect: Fraction
    rotation: int
    rate: Fraction
    frames: int
    seconds: Fraction
    interlaced: bool
    colour: tuple[str, str, str, str]
    audio: AudioTrack | None
    starts: tuple[Fraction, Fraction]
    channels: tuple[int, ...]
    bits: int
    chroma: str
    timecode: str | None
    pictures: int = 1

    @property
    def source(self) -> Source:
        """The film as commands read it. Untagged pixels are taken as players take them: BT.709 from HD upwards."""
        if self.curved:
            return Source(self.path.absolute(), self.format, light=self._light)
        if self.colour[1] != "unknown" or self.pixel_format.startswith(("rgb", "bgr", "gbr")):
            return Source(self.path.absolute(), self.format)
        large = self.coded.width >= 1280 or self.coded.height > 576
        return Source(self.path.absolute(), self.format, "bt709" if large else "smpte170m")

    @property
    def lead(self) -> Fraction:
        """How late the sound begins after the picture, in seconds; negative when it begins earlier. Less than a
        millisecond, the tick of a Matroska file, is none."""
        late = self.starts[1] - self.starts[0]
        return late if abs(late) > TICK else Fraction(0)

    @property
    def hdr(self) -> bool:
        """Whether the picture is tagged with an HDR curve (PQ or HLG) or BT.2020."""
        return self.curved or self.colour[2] == "bt2020"

    @property
    def curved(self) -> bool:
        """Whether the picture is tagged with an HDR curve: PQ or HLG."""
        return self.colour[3] in HDR_CURVES

    @property
    def _light(self) -> tuple[str, str, str]:
        """What HDR leaves unsaid is as BT.2100 has it."""
        _, matrix, primaries, curve = self.colour
        found = "gbr" if self.chroma == "rgb" else "bt2020nc" if matrix == "unknown" else matrix
        return curve, "bt2020" if primaries == "unknown" else primaries, found


@contextmanager
def opened(path: Path, *, master: bool = False) -> Iterator[InputContainer]:
    """The file, opened by the one demuxer that its first bytes allow. Raises MediaError by name for anything broken."""
    demuxer = sniff(path, master=master)
    try:
        with av.open(f"file:{path.absolute()}", format=demuxer, options=dict(GUARDS)) as container:
            for stream in container.streams.video:
                stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
            yield container
    except FFmpegError as error:
        reason = error.strerror or type(error).__name__
        raise MediaError(f"{path}: damaged or cut short ({reason}). {FILM_CURE}") from None


def probe(path: Path, *, master: bool = False) -> Probe:
    """Facts about the film at `path`; a `master` may lie in more kinds of container (`sniff`).

    Raises MediaError for what is no film, is broken, or is larger than we open.
    """
    with opened(path, master=master) as container:
        stream = moving_picture(container, path)
        _require_bounds(container, stream, path, master=master)
        frame = next(container.decode(stream), None)
        if frame is None:
            raise MediaError(f"{path}: not one frame can be decoded. {FILM_CURE}")
        if frame.width * frame.height > MOST_PIXELS:
            raise MediaError(f"{path}: {frame.width}x{frame.height} is larger than 8192x4320. Export it smaller.")
        facts = _facts(path, container, stream, frame)
    if facts.audio is None or facts.format in ("mov", "matroska"):
        return facts
    shown = _placed_at(path) if facts.format == "avi" else _shown_at(stream, frame)
    return replace(facts, starts=(shown, _heard_at(path, facts.starts[1])))


def moving_picture(container: InputContainer, path: Path) -> VideoStream:
    """The first video stream that is not cover art. Raises MediaError when there is none."""
    for stream in _moving(container):
        return stream
    raise MediaError(f"{path}: has no moving picture. {FILM_CURE}")


def _moving(container: InputContainer) -> Iterator[VideoStream]:
    return (stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic)


def named_rate(rate: Fraction) -> Fraction:
    """The exact rate meant by a measured one: 29.97, 2997/100 or 30.0003 become 30000/1001, 30000/1001 and 30."""
    near = min(NAMED_RATES, key=lambda known: abs(known - rate))
    return near if abs(near / rate - 1) < Fraction(1, 5000) else rate.limit_denominator(1001)


def _require_bounds(container: InputContainer, stream: VideoStream, path: Path, *, master: bool) -> None:
    """What came back is taken frame by frame: only of a master it matters how fast its frames are said to be."""
    seconds = Fraction(container.duration or 0, av.time_base)
    rate = stream.average_rate or stream.guessed_rate or Fraction(0)
    size, tracks = f"{stream.width}x{stream.height}", len(container.streams)
    excess = (
        (stream.width * stream.height > MOST_PIXELS, f"{size} is larger than 8192x4320. Export it smaller."),
        (stream.width < 16 or stream.height < 16, f"{size} is no usable frame size. {FILM_CURE}"),
        (seconds > MOST_SECONDS, f"{float(seconds):.1f} s is longer than {MOST_SECONDS} s. Give the film in parts."),
        (
            master and rate > MOST_RATE,
            f"{float(rate):.3f} frames a second are more than {MOST_RATE}. Export it at 60 or fewer.",
        ),
        (rate <= 0, f"it has no frame rate. {FILM_CURE}"),
        (
            tracks > MOST_STREAMS,
            f"{tracks} tracks are more than {MOST_STREAMS}. Export it with picture and sound only.",
        ),
    )
    for broken, problem in excess:
        if broken:
            raise MediaError(f"{path}: {problem}")


def _facts(path: Path, container: InputContainer, stream: VideoStream, frame: VideoFrame) -> Probe:
    context = stream.codec_context
    aspect = stream.sample_aspect_ratio or Fraction(1)
    coded = Size(frame.width, frame.height)
    rate = named_rate(Fraction(stream.average_rate or stream.guessed_rate or 0))
    seconds = Fraction(stream.duration or 0) * (stream.time_base or 0) or Fraction(
        container.duration or 0, av.time_base
    )
    return Probe(
        path=path,
        format=container.format.name.split(",")[0],
        codec=context.name,
        pixel_format=context.pix_fmt or frame.format.name,
        coded=coded,
        size=_shown(coded, aspect, frame.rotation),
        sample_aspect=aspect,
        rotation=frame.rotation,
        rate=rate,
        frames=stream.frames or round(seconds * rate),
        seconds=seconds,
        interlaced=frame.interlaced_frame,
        colour=colour_of(frame),
        audio=_audio(container),
        starts=(_start(stream), _start(container.streams.audio[0]) if container.streams.audio else _start(stream)),
        channels=tuple(track.codec_context.channels for track in container.streams.audio),
        bits=frame.format.components[0].bits,
        chroma=chroma_of(frame),
        timecode=_timecode(container),
        pictures=sum(1 for _ in _moving(container)),
    )


def _timecode(container: InputContainer) -> str | None:
    """That of the first frame, from a track of timecode or what the container tells of picture or film."""
    said = [container.metadata, *(stream.metadata for stream in container.streams)]
    return next((each["timecode"] for each in said if each.get("timecode")), None)


def _shown(coded: Size, aspect: Fraction, rotation: int) -> Size:
    width, height = round(coded.width * aspect), coded.height
    return Size(height, width) if rotation % 180 else Size(width, height)


def _start(stream: av.stream.Stream) -> Fraction:
    return Fraction(stream.start_time or 0) * (stream.time_base or 0)


def _shown_at(stream: VideoStream, frame: VideoFrame) -> Fraction:
    return _start(stream) if frame.pts is None else frame.pts * Fraction(stream.time_base or 0)


def _placed_at(path: Path) -> Fraction:
    """The place of an AVI's first frame that is not empty: a picture that starts late has empty ones before it."""
    with opened(path, master=True) as container:
        stream = moving_picture(container, path)
        first = next((packet.dts for packet in container.demux(stream) if packet.size), None)
        return (first or 0) * Fraction(stream.time_base or 0)


def _heard_at(path: Path, told: Fraction) -> Fraction:
    """When the first sound that can be decoded is heard: a decoder of WMA swallows a packet, its container says nothing."""
    with opened(path, master=True) as container:
        first = next(container.decode(container.streams.audio[0]), None)
        if first is None or first.pts is None:
            return told
        return first.pts * Fraction(first.time_base or 0)


def _audio(container: InputContainer) -> AudioTrack | None:
    if not container.streams.audio:
        return None
    track = container.streams.audio[0]
    seconds = Fraction(track.duration or 0) * (track.time_base or 0) or Fraction(container.duration or 0, av.time_base)
    context = track.codec_context
    return AudioTrack(context.name, context.channels, context.sample_rate, round(seconds * context.sample_rate))
