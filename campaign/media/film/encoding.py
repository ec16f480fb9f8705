"""How a spec is written: options of encoders and containers. Pure; the machine is asked nothing."""

from dataclasses import dataclass
from fractions import Fraction

from campaign.media.graph import THREADS
from campaign.model.catalogue import DeliverySpec

PICTURE_CODECS = ("libx264", "libx265", "prores_ks", "dnxhd", "ffv1", "libsvtav1")
TWO_PASS = ("libx264", "libx265")
LONG_GOP = ("libx264", "libx265", "libsvtav1")
LIGHT_PRESETS = ("ultrafast", "superfast", "veryfast")
FORMATS = {"mkv": "matroska", "m4v": "mp4"}
"""What ffmpeg calls a container whose files have another extension."""
TIMECODED = ("mov", "mp4", "mxf")
CODED_AS = {
    "libx264": "AVC",
    "libx265": "HEVC",
    "prores_ks": "ProRes",
    "dnxhd": "DNxHD",
    "ffv1": "FFV1",
    "libsvtav1": "AV1",
}
"""How a container names the coding, where it would name the tool otherwise."""
DROP_RATES = (Fraction(30000, 1001), Fraction(60000, 1001))
PASSES = "passes"
"""Name of the file, in the working folder, in which a first pass leaves what it saw."""
BUFFER_S = 2
"""Seconds of the greatest bit rate that a player must hold."""


@dataclass(frozen=True, slots=True)
class Aim:
    """How many bits a picture gets: constant quality (`kbps` None) or an average; `part` 1 of two passes only looks."""

    kbps: int | None = None
    part: int | None = None


def encoders(spec: DeliverySpec) -> frozenset[str]:
    """The encoders that a spec needs."""
    return frozenset(name for name in (spec.video_codec, spec.audio_codec) if name)


def muxer(spec: DeliverySpec) -> str:
    """What ffmpeg calls the container of a spec."""
    return FORMATS.get(spec.container, spec.container)


def exacting(spec: DeliverySpec) -> bool:
    """Whether the master's own frames must reach this spec without a lossy step between: it keeps more than a web film."""
    return spec.video_codec in ("prores_ks", "dnxhd", "ffv1") or spec.crf == 0 or spec.pixel_format != "yuv420p"


def heavy(spec: DeliverySpec) -> bool:
    """Whether its encoder costs so much that sharing a decode gains nothing, and memory is better not shared either."""
    return spec.video_codec in LONG_GOP and spec.preset not in LIGHT_PRESETS


def sociable(spec: DeliverySpec) -> bool:
    """Whether a film of it costs less beside others than alone, and keeps none of them waiting for a second pass."""
    return not exacting(spec) and not heavy(spec) and (spec.video_kbps is None or spec.video_codec not in TWO_PASS)


def lossless_sound(codec: str) -> bool:
    """Whether an audio codec keeps every sample."""
    return codec.startswith("pcm_") or codec == "flac"


def picture_options(spec: DeliverySpec, rate: Fraction, aim: Aim) -> dict[str, object]:
    """Options of the video encoder. Every GOP is closed and at most `gop_seconds` long."""
    gop = max(1, round(spec.gop_seconds * rate)) if spec.video_codec in LONG_GOP else 1
    base: dict[str, object] = {
        "c:v": spec.video_codec,
        "pix_fmt": spec.pixel_format,
        "g": gop,
        "flags:v": "+cgop+bitexact",
        "threads:v": THREADS,
    }
    match spec.video_codec:
        case "libx264":
            own = _bits(spec, aim) | _x264(spec, aim)
        case "libx265":
            own = _bits(spec, aim) | _x265(aim)
        case "libsvtav1":
            own = _bits(spec, aim) | {"svtav1-params": "lp=1"}
        case "prores_ks":
            own = {"profile:v": spec.profile or "hq", "vendor": "apl0"}
        case "dnxhd":
            own = {"profile:v": spec.profile or "dnxhr_hq"}
            own |= {"b:v": f"{spec.video_kbps}k"} if spec.video_kbps else {}
        case "ffv1":
            own = {"level": 3, "slices": 4, "slicecrc": 1}
        case unknown:
            raise ValueError(f"no recipe writes {unknown}")
    name = CODED_AS.get(spec.video_codec)
    return base | own | ({"metadata:s:v:0": f"encoder={name}"} if name and aim.part != 1 else {})


def _bits(spec: DeliverySpec, aim: Aim) -> dict[str, object]:
    options: dict[str, object] = {"preset": spec.preset} if spec.preset else {}
    if aim.kbps is not None:
        options["b:v"] = f"{aim.kbps}k"
    elif spec.crf is not None:
        options["crf"] = spec.crf
    if spec.max_video_kbps:
        options |= {"maxrate": f"{spec.max_video_kbps}k", "bufsize": f"{BUFFER_S * spec.max_video_kbps}k"}
    return options


def _x264(spec: DeliverySpec, aim: Aim) -> dict[str, object]:
    profile = spec.profile or ("high" if spec.pixel_format == "yuv420p" else None)
    options: dict[str, object] = {"profile:v": profile} if profile and spec.crf != 0 else {}
    return options | ({"pass": aim.part, "passlogfile": PASSES} if aim.part else {})


def _x265(aim: Aim) -> dict[str, object]:
    words = ["log-level=error", "info=0", "open-gop=0", "pools=none", "frame-threads=1"]
    words += [f"pass={aim.part}", f"stats={PASSES}"] if aim.part else []
    return {"x265-params": ":".join(words), "tag:v": "hvc1"}


def sound_options(spec: DeliverySpec, *, copied: bool) -> dict[str, object]:
    """Options of the audio encoder."""
    if copied:
        return {"c:a": "copy"}
    codec = str(spec.audio_codec)
    options: dict[str, object] = {"c:a": codec, "flags:a": "+bitexact"}
    if codec == "aac":
        # Else rain and applause are noise of its own making, like the master's by 0.7 (measured).
        options["aac_pns"] = 0
    return options if lossless_sound(codec) else options | {"b:a": f"{spec.audio_kbps}k"}


def container_options(spec: DeliverySpec, *, primed: bool, timecode: str | None) -> dict[str, object]:
    """Options of the muxer: the index in front, and an edit list only where sound is `primed` (a lossy codec begins with
    samples that must not be heard; without the list it would lag)."""
    options: dict[str, object] = {"format": muxer(spec)}
    if spec.container in ("mp4", "m4v", "mov"):
        options |= {"movflags": "+faststart+negative_cts_offsets", "movie_timescale": spec.audio_rate}
        options |= {} if primed else {"use_editlist": 0}
    return options | ({"timecode": timecode} if timecode and spec.container in TIMECODED else {})


def first_timecode(spec: DeliverySpec, own: str | None, rate: Fraction) -> str | None:
    """The timecode of the first frame: the spec's, else the master's; `;` only at rates that drop numbers."""
    asked = spec.first_timecode or own
    return asked if asked is None or rate in DROP_RATES else asked.replace(";", ":")
