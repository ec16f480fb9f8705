"""The argument lists of ffmpeg: pure, no shell, one known demuxer, no address."""

from dataclasses import dataclass
from pathlib import Path

from emulator.geometry import placed
from emulator.works import Film

_HEAD = ("-nostdin", "-hide_banner", "-loglevel", "error", "-y")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What a film is to look like.

    `look` chooses the grade (None: the source's own colours), `position` puts the source on its canvas (left, top, width,
    height), `frames` how many to make. `rate` and `source_rate` are written num/den. The rest are faults.
    """

    width: int
    height: int
    frames: int
    rate: str
    source_rate: str
    look: int | None = None
    position: tuple[float, float, float, float] | None = None
    reframe: bool = False
    hdr: bool = False
    audio: bool = False
    black: bool = False
    frozen: bool = False
    late: bool = False
    sar: bool = False
    full_colour: bool = False
    quick: bool = False


def measure(demuxer: str, source: Path) -> tuple[str, ...]:
    """List every picture of the first video track with its exact time."""
    return (
        *("-nostdin", "-hide_banner", *_reading(demuxer, source)),
        *("-map", "0:v:0", "-c", "copy", "-f", "framecrc", "pipe:1"),
    )


def render(demuxer: str, source: Path, film: Film, picture: Picture, into: Path) -> tuple[str, ...]:
    """Make the film."""
    sound = ("-map", "0:a:0?", "-c:a", "aac", "-shortest") if picture.audio and film.audio else ()
    tone = ("-f", "lavfi", "-i", "sine=frequency=330:sample_rate=48000") if picture.audio and not film.audio else ()
    if tone:
        sound = ("-map", "1:a", "-c:a", "aac", "-shortest")
    return (
        *(*_HEAD, *_reading(demuxer, source), *tone),
        *("-filter_complex", _filters(film, picture) + "[out]", "-map", "[out]", *sound),
        *("-frames:v", str(picture.frames), "-r", picture.rate, "-fps_mode", "cfr", *_codec(picture)),
        *(("-output_ts_offset", "0.5") if picture.late else ()),
        *("-map_metadata", "-1", "-fflags", "+bitexact", "-movflags", "+faststart", "-f", "mp4", f"file:{into}"),
    )


def still(demuxer: str, source: Path, into: Path) -> tuple[str, ...]:
    """Write the first frame as a small OpenEXR picture."""
    return (
        *(*_HEAD, *_reading(demuxer, source)),
        *("-vf", "scale=160:-2,format=gbrpf32le", "-frames:v", "1", "-update", "1"),
        *("-c:v", "exr", "-f", "image2", f"file:{into}"),
    )


def _reading(demuxer: str, source: Path) -> tuple[str, ...]:
    return ("-protocol_whitelist", "file,pipe", "-f", demuxer, "-i", f"file:{source}")


def _filters(film: Film, picture: Picture) -> str:
    # Counted anew: whatever times the source has, frame n of the result is frame n of it.
    chain = f"[0:v:0]setpts=N/({picture.source_rate})/TB,"
    chain += "loop=loop=-1:size=1:start=0," if picture.frozen else "tpad=stop_mode=clone:stop=-1,"
    chain += f"fps={picture.rate}," if picture.rate != picture.source_rate else ""
    if picture.look is not None:
        chain += _grade(picture.look) + ","
    if picture.black:
        chain += "drawbox=color=black:thickness=fill,"
    if picture.reframe:
        return chain + _reframed(film, picture) + _pixels(picture)
    return chain + f"scale={picture.width}:{picture.height}:flags={_scaler(picture)},setsar=1" + _pixels(picture)


def _reframed(film: Film, picture: Picture) -> str:
    """The source on a canvas whose rest is the same picture, enlarged and blurred."""
    wide, high = picture.width, picture.height
    left, top, width, height = placed(picture.position, (wide, high), (film.width, film.height))
    small = f"scale={max(2, wide // 16 * 2)}:{max(2, high // 16 * 2)}"
    back = f"[b]{small},boxblur=4,scale={wide}:{high}:flags=bilinear[back]"
    front = f"[f]scale={width}:{height}:flags={_scaler(picture)}[front]"
    return f"split[b][f];{back};{front};[back][front]overlay={left}:{top}:eof_action=endall,setsar=1"


def _grade(look: int) -> str:
    """A grade that nobody can overlook: the hue turned by 30 to 330 degrees, more or less colour, darker or lighter.

    It stays in video range: what leaves it is no film that a provider would sell, and quality control holds it back.
    """
    hue = 30 + look % 301
    saturation = 0.6 + (look // 301) % 11 / 10
    brightness = ((look // 3311) % 5 - 2) * 0.4
    return f"hue=h={hue}:s={saturation:.1f}:b={brightness:.1f},lutyuv=y=clipval:u=clipval:v=clipval"


def _pixels(picture: Picture) -> str:
    if picture.hdr:
        # Named, not converted: the file says HDR10, its light is the source's.
        return ",format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
    return (",setsar=4/3" if picture.sar else "") + (",format=yuv444p" if picture.full_colour else ",format=yuv420p")


def _scaler(picture: Picture) -> str:
    return "fast_bilinear" if picture.quick else "bicubic"


def _codec(picture: Picture) -> tuple[str, ...]:
    preset = "ultrafast" if picture.quick else "veryfast"
    if picture.hdr:
        colours = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")
        encoder = ("-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-x265-params", "log-level=error")
        return (*encoder, *colours)
    return ("-c:v", "libx264", "-preset", preset, "-crf", "30" if picture.quick else "20", "-bf", "0")
