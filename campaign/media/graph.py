"""Pieces of filter graphs that every command is built from."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import ffmpeg

from campaign.media.engine import Engine
from campaign.media.fitting import corner, covering, within
from campaign.media.source import Source
from campaign.model.ratios import CENTRE, Size

START = ("-nostdin", "-hide_banner", "-protocol_whitelist", "file,pipe")
THREADS = 1
"""Encoder threads: with two, 1 run of 24 on a busy machine gave other bytes (measured). Films run side by side instead."""
HLG = "arib-std-b67"
CLEAN = {"map_metadata": -1, "map_chapters": -1, "fflags": "+bitexact"}
"""No title, date or tool name travels into a file; the same input gives the same bytes."""

Stream = Any
"""A node of ffmpeg-python, which has no types."""


def compiled(engine: Engine, outputs: Stream, *, level: str = "warning") -> list[str]:
    """The argv that makes `outputs`: no stdin, no network, one thread a filter graph, overwriting its own files."""
    head = [
        str(engine.path),
        *START,
        "-loglevel",
        f"level+{level}",
        "-stats_period",
        "3600",
        "-filter_complex_threads",
        "1",
    ]
    argv: list[str] = ffmpeg.compile(
        outputs.global_args("-filter_complex_threads", "1"), cmd=head, overwrite_output=True
    )
    return argv


def reading(source: Source, place: int = 0, *, rate: Fraction | None = None, unedited: bool = False) -> Stream:
    """An input that only the sniffed demuxer opens and that can open no second file. Its picture is ["V:0"]: v:0 may be a cover.

    The whitelist is an option of each input: said once at the start it guards only the first. `place` tells the same
    file read twice apart, since ffmpeg-python takes equal nodes for one and then refuses to use it twice. `unedited` reads a
    MOV without its edit list. With a `rate` its frames last a tick of that each, whatever they are stamped: one that lasts less
    than half a tick of what is written would last none there, and the last of a film would then not be shown.
    """
    guards = {"protocol_whitelist": "file,pipe", "max_streams": 8, "threads": 1, "thread_queue_size": 8 + place}
    whole = {"ignore_editlist": 1} if unedited else {}
    forced = {} if rate is None else {"r": f"{rate.numerator}/{rate.denominator}"}
    return ffmpeg.input(f"file:{source.path}", format=source.format, **guards, **whole, **forced)


def in_sdr(source: Source, place: int = 0, *, rate: Fraction | None = None, unedited: bool = False) -> Stream:
    """The picture of an input in SDR: as it is, or an HDR one trimmed to BT.709 (measured: diffuse white at 203 nits)."""
    video = reading(source, place, rate=rate, unedited=unedited)["V:0"]
    return video if source.light is None else _trimmed(video, *source.light)


def _trimmed(video: Stream, curve: str, primaries: str, matrix: str) -> Stream:
    """In ten bits, so that what follows decides about the last ones.

    By its approximation zscale bends each channel of HLG alone, where BT.2100 bends the light: saturated colours came out
    off by up to 10 of 255 (measured). `peak` is said: an ffmpeg that hands the metadata of a
    shot on so far would give each shot another curve.
    """
    exact = {"agamma": 0} if curve == HLG else {}
    video = video.filter("zscale", tin=curve, pin=primaries, min=matrix, t="linear", npl=203, **exact)
    video = video.filter("format", "gbrpf32le").filter("zscale", p="bt709")
    video = video.filter("tonemap", "mobius", param=0.3, desat=0, peak=10)
    video = video.filter("zscale", t="bt709", m="bt709", r="tv", dither="error_diffusion")
    return video.filter("format", "yuv444p10le")


def on_grid(video: Stream, rate: Fraction) -> Stream:
    """The same frames, stamped from zero, one a tick."""
    return video.filter("settb", f"{rate.denominator}/{rate.numerator}").filter("setpts", "N")


def exactly(video: Stream, start: int, end: int, rate: Fraction) -> Stream:
    """Frames [start, end) by index."""
    return on_grid(video.filter("trim", start_frame=start, end_frame=end), rate)


def scaled(video: Stream, size: Size, matrix: str, pixels: str = "yuv420p") -> Stream:
    """The picture at `size` in BT.709 at video levels, its pixels stored as `pixels`.

    Untagged pixels would be taken for BT.601 and shift in colour (measured: 63,102,240 became 58,105,230).
    """
    colour = {"in_color_matrix": matrix, "out_color_matrix": "bt709", "out_range": "tv"}
    return video.filter("scale", size.width, size.height, **colour).filter("format", pixels).filter("setsar", 1)


def tagged(video: Stream) -> Stream:
    """Closes every branch: as output options these tags are ignored."""
    return video.filter("setparams", range="tv", colorspace="bt709", color_primaries="bt709", color_trc="bt709")


def fitted(
    video: Stream, shown: Size, size: Size, fit: str, focus: tuple[float, float], matrix: str, pixels: str = "yuv420p"
) -> Stream:
    """A picture of size `shown` brought to `size`: stretch (shapes agree), crop or pad around `focus`, or blur.

    A crop is cut out before it is scaled: fewer pixels to scale than the other way round.
    """
    match fit:
        case "stretch":
            return scaled(video, size, matrix, pixels)
        case "crop":
            return scaled(_cut_out(video, shown, size, focus), size, matrix, pixels)
        case "pad":
            inner = within(shown, size)
            place = corner(inner, size, focus)
            whole = scaled(video, inner, matrix, pixels)
            return whole.filter("pad", size.width, size.height, *place, color="black")
        case "blur":
            return _over_blur(video, shown, size, matrix, pixels)
        case unknown:
            raise ValueError(f"no fit is called {unknown!r}: there are stretch, crop, pad and blur")


def _cut_out(video: Stream, shown: Size, size: Size, focus: tuple[float, float]) -> Stream:
    """The largest window of `size`'s shape, in parts of a frame: pixels that are not square are other than they are shown."""
    window = within(size, shown)
    left, top = corner(window, shown, focus)
    width, x = (f"iw*{length}/{shown.width}" for length in (window.width, left))
    height, y = (f"ih*{length}/{shown.height}" for length in (window.height, top))
    return video.filter("crop", width, height, x, y)


def _over_blur(video: Stream, shown: Size, size: Size, matrix: str, pixels: str) -> Stream:
    """The whole picture over a blurred copy that fills the frame, blurred at an eighth of the size."""
    small = Size(max(size.width // 8, 2), max(size.height // 8, 2))
    inner = within(shown, size)
    parts = video.filter_multi_output("split", 2)
    behind = scaled(parts[0], covering(shown, small), matrix, pixels).filter("crop", small.width, small.height)
    behind = behind.filter("gblur", sigma=4).filter("scale", size.width, size.height, flags="bilinear")
    front = scaled(parts[1], inner, matrix, pixels)
    place = corner(inner, size, CENTRE)
    deep = {} if pixels == "yuv420p" else {"format": "auto"}  # else it works in 8 bit 4:2:0
    over = ffmpeg.overlay(behind.filter("setsar", 1), front, x=place[0], y=place[1], **deep)
    return over.filter("format", pixels)


def intermediate(video: Stream, rate: Fraction, into: Path) -> Stream:
    """An output for clips between two steps: visually lossless, quick to write and to decode, no sound."""
    codec = {"c:v": "libx264", "preset": "ultrafast", "crf": 12, "threads:v": THREADS, "flags:v": "+cgop+bitexact"}
    return ffmpeg.output(tagged(video), f"file:{into}", format="mp4", **codec, **stamps(rate), **CLEAN)


def stamps(rate: Fraction) -> dict[str, str]:
    """Output options that keep one tick a frame. `:v` matters: without it the sound's stamps are rounded to frames too."""
    return {"fps_mode:v": "passthrough", "enc_time_base:v": f"{rate.denominator}/{rate.numerator}"}


def in_place(track: Stream, lead: int, samples: int) -> Stream:
    """A track that begins with the picture and lasts `samples`: silence before and after it, or its ends dropped."""
    if lead > 0:
        track = track.filter("adelay", f"{lead}S", all=1)
    if lead < 0:
        track = track.filter("atrim", start_sample=-lead)
    if lead:  # its stamps tell the old place
        track = track.filter("asetpts", "N/SR/TB")
    return track.filter("apad").filter("atrim", end_sample=samples)
