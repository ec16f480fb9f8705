"""Whatever a provider returns becomes just its segment's frames, and is told with the place where to look."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from builders import a_spec, an_output
from footage import SMALL, a_film, ffmpeg, numbers

from campaign.media.engine import Engine
from campaign.media.film.clips import Clip
from campaign.media.film.finishing import finish_film
from campaign.media.master.master import read_master
from campaign.media.probe import probe
from campaign.model.edit import MasterEdit, Shot
from campaign.model.qc import Finding
from campaign.model.ratios import Size

SPEC = a_spec(audio_codec=None, preset="ultrafast", crf=4)


@dataclass(frozen=True)
class Return:
    """How a clip of 24 numbered frames came back, what the film then shows, and what is told of it."""

    made: Callable[[Path, Path], object]
    shown: list[int]
    told: tuple[str, ...] = ()
    error: bool = False


def through(*options: str) -> Callable[[Path, Path], object]:
    return lambda plain, into: ffmpeg("-i", plain, "-preset", "ultrafast", "-crf", "4", *options, into)


def anew(**changes: Any) -> Callable[[Path, Path], object]:
    return lambda plain, into: a_film(into, **({"frames": 24, "sound": None} | changes))


def with_two_pictures(plain: Path, into: Path) -> None:
    second = ("-filter:v:1", "negate,scale=320:180", "-disposition:v:1", "default")
    ffmpeg("-i", plain, "-map", "0:v", "-map", "0:v", *second, "-preset", "ultrafast", "-crf", "4", into)


def with_a_cover_first(plain: Path, into: Path) -> None:
    """As files from a shop are: what tells of the film, its cover too, lies before its tracks."""
    cover = into.with_suffix(".png")
    ffmpeg("-f", "lavfi", "-i", "color=red:s=160x90", "-frames:v", "1", cover)
    ffmpeg("-i", plain, "-i", cover, "-map", "0:v", "-map", "1", "-c", "copy", "-disposition:v:1", "attached_pic", into)
    blob = into.read_bytes()
    moov, udta = blob.rindex(b"moov") + 4, blob.rindex(b"udta") - 4
    into.write_bytes(blob[:moov] + blob[udta:] + blob[moov:udta])
    with av.open(str(into)) as container:
        assert [stream.codec_context.name for stream in container.streams.video] == ["png", "h264"]


WHOLE = list(range(24))
RETURNS = {
    "at 30 fps": Return(through("-vf", "fps=30:round=near"), WHOLE, ("resampled from 30 fps to 24 fps",)),
    "at 60 fps": Return(through("-vf", "fps=60:round=near"), WHOLE, ("resampled from 60 fps to 24 fps",)),
    "stamped as 25 fps": Return(
        anew(rate=Fraction(25)), WHOLE, ("re-stamped from 25 fps to 24 fps, no frame changed",)
    ),
    "stamped as 30 fps, one more": Return(
        anew(rate=Fraction(30), frames=25), WHOLE, ("re-stamped from 30 fps to 24 fps", "1 frame longer than 24")
    ),
    "one frame more": Return(anew(frames=25), WHOLE, ("1 frame longer than 24",)),
    "one frame less": Return(anew(frames=23), [*range(23), 22], ("1 frame short of 24: its last frame is held",)),
    "three frames less": Return(anew(frames=21), [*range(21), 20, 20, 20], ("3 frames short of 24",), error=True),
    "padded to a price block": Return(anew(frames=120), WHOLE, ("96 frames longer than 24",)),
    "larger": Return(anew(size=Size(320, 180)), WHOLE, ("returned as 320x180: reduced to 160x90",)),
    "smaller": Return(anew(size=Size(128, 72)), WHOLE, ("returned as 128x72: enlarged to 160x90",)),
    "a little wider": Return(anew(size=Size(168, 90)), WHOLE, ("returned as 168x90, which is not the shape",)),
    "square": Return(
        through("-vf", "crop=90:90,scale=160:160"), [], ("returned as 160x160, which is not the shape",), error=True
    ),
    "beginning before zero": Return(
        through("-c", "copy", "-output_ts_offset", "-0.5", "-f", "mp4"),
        WHOLE,
        ("its edit list hides 12 frames: they are shown",),
    ),
    "beginning late": Return(through("-output_ts_offset", "1.4"), WHOLE),
    "with other sound": Return(anew(sound="aac"), WHOLE),
    "with two pictures": Return(
        with_two_pictures, WHOLE, ("returned with 2 tracks of pictures: the first (h264, 160x90) is used",)
    ),
    "with a cover first": Return(with_a_cover_first, WHOLE),
    "at a variable rate": Return(
        through("-vf", "fps=120,select='not(mod(n,5))+eq(n,7)',setpts=PTS", "-fps_mode", "vfr"),
        WHOLE,
        ("resampled from",),
    ),
    "with odd stamps": Return(
        through(
            "-vf",
            "settb=1/90000,setpts='N*3750+2400*mod(N,2)'",
            "-fps_mode",
            "vfr",
            "-enc_time_base:v",
            "1/90000",
            "-video_track_timescale",
            "90000",
        ),
        WHOLE,
        ("no frame changed",),
    ),
}


def edit_of(master: Path, engine: Engine, tmp_path: Path) -> MasterEdit:
    shots = (Shot(id="hero", start_frame=0, end_frame=24), Shot(id="end", start_frame=24, end_frame=48))
    return asyncio.run(read_master(master, shots, engine, tmp_path / "cache"))


def filmed(
    clip: Path, edit: MasterEdit, engine: Engine, tmp_path: Path, *, hdr: bool = False
) -> tuple[Path, tuple[Finding, ...]]:
    """A film of 24 frames as they should be, then what came back for the next 24."""
    good, film = a_film(tmp_path / "good.mp4", frames=24, sound=None), tmp_path / "film.mp4"
    clips = [
        Clip(path=path, frames=24, fit="crop", focus=(0.5, 0.5), ordered=True, name=name, hdr=hdr and path == clip)
        for path, name in ((good, "hero, job 1234"), (clip, "end, job 5678"))
    ]
    output = an_output(spec=SPEC, size=SMALL)
    making = finish_film(clips, master=edit, output=output, into=film, poster=tmp_path / "f.jpg", engine=engine)
    return film, asyncio.run(making)


@pytest.mark.parametrize("name", RETURNS)
def test_what_came_back_becomes_the_segment_s_frames(
    name: str, master_file: Path, engine: Engine, tmp_path: Path
) -> None:
    how, plain = RETURNS[name], a_film(tmp_path / "plain.mp4", frames=24)
    how.made(plain, tmp_path / "back.mp4")
    film, told = filmed(tmp_path / "back.mp4", edit_of(master_file, engine, tmp_path), engine, tmp_path)
    shown = numbers(film)
    assert len(shown) == 48 and shown[:24] == WHOLE
    assert not how.shown or shown[24:] == how.shown
    timed = [finding for finding in told if "matrix" not in finding.message]
    assert len(timed) == len(how.told), [finding.message for finding in told]
    for finding, words in zip(timed, how.told, strict=True):
        assert words in finding.message and finding.message.startswith("end, job 5678: ")
        assert (finding.check, finding.frame) == ("conform", 24)
    assert ("error" in {finding.severity for finding in told}) == how.error


RED = {"bt709": (63, 102, 240), "smpte170m": (81, 90, 240), "bt2020nc": (74, 97, 240)}
"""Full red at video levels, as each matrix stores it."""
COLOURS = {
    "BT.601": ("smpte170m", "tv", "smpte170m", "colour matrix smpte170m converted to bt709"),
    "BT.2020": ("bt2020nc", "tv", "bt2020nc", "colour matrix bt2020nc converted to bt709"),
    "full range": ("bt709", "pc", "bt709", "full range brought to video levels"),
    "untagged and small": ("smpte170m", "tv", None, "without a colour matrix: taken for smpte170m by its size"),
}


@pytest.mark.parametrize("name", COLOURS)
def test_range_and_matrix_of_what_came_back_are_honoured_and_told(
    name: str, master_file: Path, engine: Engine, tmp_path: Path
) -> None:
    stored, spread, tag, words = COLOURS[name]
    luma, blue, red = RED[stored]
    if spread == "pc":
        luma, blue, red = (round((luma - 16) * 255 / 219), *(round((c - 128) * 255 / 224 + 128) for c in (blue, red)))
    tags = f"setparams=range={spread}:colorspace={tag}" if tag else "setparams=colorspace=unknown"
    picture = f"color=black:s=160x90:r=24:d=1,format=yuv420p,geq=lum={luma}:cb={blue}:cr={min(red, 255)},{tags}"
    ffmpeg("-f", "lavfi", "-i", picture, "-preset", "ultrafast", "-crf", "0", tmp_path / "back.mp4")
    film, told = filmed(tmp_path / "back.mp4", edit_of(master_file, engine, tmp_path), engine, tmp_path)
    assert [words in finding.message for finding in told] == [True]
    assert probe(film).colour == ("tv", "bt709", "bt709", "bt709")
    with av.open(str(film)) as container:
        planes = [frame.to_ndarray() for frame in container.decode(video=0)][40]
    seen = (planes[45, 80], planes[90:112].mean(), planes[113:].mean())
    assert np.allclose(seen, RED["bt709"], atol=3), seen


def in_hdr(light: int, into: Path) -> Path:
    """A second of grey that says it is PQ, of a luma in ten bits."""
    tags = "setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc=smpte2084"
    picture = f"color=black:s=160x90:r=24:d=1,format=yuv420p10le,geq=lum={light}:cb=512:cr=512,{tags}"
    ffmpeg("-f", "lavfi", "-i", picture, "-preset", "ultrafast", "-crf", "0", into)
    return into


def test_an_hdr_picture_that_nobody_ordered_is_an_error(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    back = in_hdr(417, tmp_path / "back.mp4")
    _, told = filmed(back, edit_of(master_file, engine, tmp_path), engine, tmp_path)
    assert any("HDR" in finding.message and finding.severity == "error" for finding in told)


GREYS = {350: 89, 417: 119, 573: 201}
"""PQ of 14.5, 36.5 (grey under a diffuse white of 203) and 203 nits, and the luma that the trim alone makes of it."""


@pytest.mark.parametrize("light", GREYS)
def test_an_hdr_picture_that_was_ordered_is_trimmed(
    light: int, master_file: Path, engine: Engine, tmp_path: Path
) -> None:
    back, edit = in_hdr(light, tmp_path / "back.mp4"), edit_of(master_file, engine, tmp_path)
    film, told = filmed(back, edit, engine, tmp_path, hdr=True)
    (trim,) = told
    assert (trim.check, trim.severity, trim.frame) == ("conform", "info", 24)
    assert "SDR trim of an HDR result (smpte2084)" in trim.message
    assert probe(film).colour == ("tv", "bt709", "bt709", "bt709")
    with av.open(str(film)) as container:
        planes = [frame.to_ndarray() for frame in container.decode(video=0)][40]
    assert np.allclose((planes[:90].mean(), planes[90:].mean()), (GREYS[light], 128), atol=1.5)


def test_what_was_ordered_in_hdr_and_came_in_sdr_is_told(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    back, edit = a_film(tmp_path / "plain.mp4", frames=24, sound=None), edit_of(master_file, engine, tmp_path)
    _, told = filmed(back, edit, engine, tmp_path, hdr=True)
    assert [("without an HDR curve" in each.message, each.severity) for each in told][:1] == [(True, "warning")]
