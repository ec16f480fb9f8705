"""A master that nobody touched comes out as it went in: frame by frame, sample by sample, with its timecode and colours."""

import asyncio
import hashlib
import subprocess
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from builders import a_spec, a_variant, an_output
from footage import SMALL, a_film, ffmpeg, hashes, pcm

from campaign.delivery.pieces import clips_of
from campaign.ledger.ledger import Ledger
from campaign.media.engine import Engine
from campaign.media.film.finishing import finish_film
from campaign.media.master.master import read_master
from campaign.media.probe import probe
from campaign.model.catalogue import DeliverySpec
from campaign.model.edit import MasterEdit, Segment, Shot, Treatment
from campaign.model.plan import Film, Piece
from campaign.model.ratios import AspectRatio, Size
from campaign.store.files import Store

TAGS = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
CUTS = (0, 7, 8, 24)
SHOTS = tuple(
    Shot(id=f"s{start}", start_frame=start, end_frame=end, treatment=Treatment(modify=False))
    for start, end in pairwise(CUTS)
)
EIGHT = {"pixel_format": "yuv420p", "crf": 0, "video_codec": "libx264"}
FFV1 = {"container": "mkv", "video_codec": "ffv1", "crf": None, "preset": None}
PLAIN = "format=yuv420p"
DEEP = "format=yuv422p10le"


def a_master(path: Path, pixels: str, *codec: str, rate: str = "24", size: Size = SMALL) -> Path:
    """24 frames of moving noise under 24-bit sound."""
    picture = f"testsrc2=s={size}:r={rate}:d=3,noise=alls=12:allf=t,scale=out_color_matrix=bt709,{pixels},{TAGS}"
    sound = "anoisesrc=d=3:r=48000:seed=5:a=0.3,aformat=channel_layouts=stereo"
    ffmpeg(
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound, "-frames:v", "24", "-t", "1", *codec),
        *("-c:a", "pcm_s24le", path),
    )
    return path


def samples(path: Path, engine: Engine) -> str:
    argv = [engine.path, "-v", "error", "-i", path, "-map", "0:a:0", "-f", "s24le", "-"]
    return hashlib.sha256(subprocess.run(argv, capture_output=True, check=True).stdout).hexdigest()


def read(master: Path, engine: Engine, tmp_path: Path) -> MasterEdit:
    return asyncio.run(read_master(master, SHOTS, engine, tmp_path / "cache"))


def rejoined(edit: MasterEdit, spec: DeliverySpec, engine: Engine, tmp_path: Path) -> Path:
    """The film of a plan that buys nothing."""
    into, output = tmp_path / f"film.{spec.container}", an_output(spec=spec, size=edit.size)
    pieces = tuple(
        Piece(Segment(shot, shot.start_frame, shot.end_frame), None, "pad", (0.5, 0.5)) for shot in edit.shots
    )
    film = Film(variant=a_variant(), ratio=AspectRatio("16:9"), pieces=pieces, jobs=(), outputs=(output,), edition=1)

    async def make() -> None:
        with Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite3'}") as ledger:
            clips = await clips_of(film, [output], edit, ledger, Store(tmp_path / "store"), tmp_path, engine)
        told = await finish_film(
            clips, master=edit, output=output, into=into, poster=tmp_path / "film.jpg", engine=engine
        )
        assert told == ()

    asyncio.run(make())
    return into


CASES = {
    "h264 in mp4": (PLAIN, ("-c:v", "libx264", "-pix_fmt", "yuv420p"), EIGHT | {"audio_codec": None}),
    "h264 in mov": (PLAIN, ("-c:v", "libx264"), EIGHT | {"container": "mov"}),
    "ffv1 in mkv": (PLAIN, ("-c:v", "libx264"), FFV1 | {"pixel_format": "yuv420p"}),
    "ten bits of ProRes": (DEEP, ("-c:v", "prores_ks", "-profile:v", "hq"), FFV1 | {"pixel_format": "yuv422p10le"}),
}


@pytest.mark.parametrize("name", CASES)
def test_split_and_rejoined_it_has_the_master_s_own_frames_and_samples(
    name: str, engine: Engine, tmp_path: Path
) -> None:
    pixels, codec, changes = CASES[name]
    master = a_master(tmp_path / "master.mov", pixels, *codec)
    spec = a_spec(**({"audio_codec": "pcm_s24le"} | changes))
    film = rejoined(read(master, engine, tmp_path), spec, engine, tmp_path)
    assert len(set(hashes(master, engine))) == 24
    assert hashes(film, engine) == hashes(master, engine)
    assert spec.audio_codec is None or samples(film, engine) == samples(master, engine)
    assert probe(film, master=True).colour == ("tv", "bt709", "bt709", "bt709")


WRITTEN = {
    "prores": {"container": "mov", "video_codec": "prores_ks", "profile": "hq", "pixel_format": "yuv422p10le"},
    "dnxhr": {"container": "mxf", "video_codec": "dnxhd", "profile": "dnxhr_hq", "pixel_format": "yuv422p"},
    "dnxhr in mov": {"container": "mov", "video_codec": "dnxhd", "profile": "dnxhr_sq", "pixel_format": "yuv422p"},
    "prores in mxf": {"container": "mxf", "video_codec": "prores_ks", "pixel_format": "yuv422p10le"},
    "hevc": {"container": "mp4", "video_codec": "libx265", "preset": "ultrafast", "crf": 20, "audio_codec": "aac"},
    "av1": {"container": "mp4", "video_codec": "libsvtav1", "preset": "12", "crf": 30, "audio_codec": "libopus"},
    "h264": {"container": "mp4", "preset": "ultrafast", "crf": 20},
}
RATES = {"prores": "30000/1001", "dnxhr": "25", "prores in mxf": "24000/1001", "h264": "60000/1001"}
SAID = {"prores": "01:00:00;00", "h264": "09:59:59;58"}


@pytest.mark.parametrize("name", WRITTEN)
def test_colour_rate_sound_and_timecode_are_right_in_every_container(name: str, engine: Engine, tmp_path: Path) -> None:
    rate, asked = RATES.get(name, "24"), SAID.get(name, "10:00:00:00")
    size = Size(256, 144) if "dnx" in name else SMALL  # the encoder takes none smaller
    base = {"crf": None, "preset": None, "audio_codec": "pcm_s24le"}
    spec = a_spec(**(base | WRITTEN[name]))
    master = a_master(tmp_path / "master.mov", DEEP, "-c:v", "prores_ks", rate=rate, size=size)
    edit = replace(read(master, engine, tmp_path), timecode=asked)
    film = rejoined(edit, spec, engine, tmp_path)
    facts = probe(film, master=True)
    assert facts.colour == ("tv", "bt709", "bt709", "bt709")
    assert (facts.rate, facts.pixel_format, facts.size) == (Fraction(rate), spec.pixel_format, size)
    assert len(hashes(film, engine)) == 24
    assert facts.timecode == asked
    if spec.audio_codec == "pcm_s24le":
        whole = round(24 / Fraction(rate) * 48000)
        heard, own = pcm(film), pcm(master)
        assert len(heard) // 2 == pytest.approx(whole, abs=1)
        both = min(len(heard), len(own))
        assert np.array_equal(heard[:both], own[:both])
    assert b"Lavf" not in film.read_bytes() and b"Lavc" not in film.read_bytes()


def test_a_spec_s_own_timecode_comes_first_and_drops_nothing_where_the_rate_does_not(
    engine: Engine, tmp_path: Path
) -> None:
    master = a_film(tmp_path / "master.mov", frames=24, sound=None)
    edit = replace(read(master, engine, tmp_path), timecode="01:00:00:00")
    film = rejoined(edit, a_spec(first_timecode="10:00:00;00", audio_codec=None), engine, tmp_path)
    assert probe(film).timecode == "10:00:00:00"


def test_without_lossy_sound_no_edit_list_is_written(engine: Engine, tmp_path: Path) -> None:
    master = a_master(tmp_path / "master.mov", PLAIN, "-c:v", "libx264")
    edit = read(master, engine, tmp_path)
    silent = rejoined(edit, a_spec(audio_codec=None), engine, tmp_path)
    assert b"elst" not in silent.read_bytes()
    with_sound = rejoined(edit, a_spec(), engine, tmp_path)
    assert b"elst" in with_sound.read_bytes()  # else its first 1,024 samples, which must not be heard, would be
