"""What a destination asks in numbers is reached in the encoded file: bytes, bit rates, loudness, true peak, GOP."""

import asyncio
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from builders import a_spec, an_output
from footage import SMALL, ffmpeg

from campaign.errors import MediaError
from campaign.media.engine import Engine
from campaign.media.film.clips import Clip
from campaign.media.film.finishing import Target, finish_films
from campaign.media.film.loudness import Level, measure
from campaign.media.master.master import read_master
from campaign.model.catalogue import DeliverySpec
from campaign.model.edit import MasterEdit, Shot
from campaign.model.qc import Finding

FRAMES = 48
GRAPH = "testsrc2=s=160x90:r=24:d=2,noise=alls=25:allf=t,format=yuv420p,setparams=range=tv:colorspace=bt709"
LOUD = "anoisesrc=d={0}:r=48000:seed=5:a=0.9,volume='0.05+0.9*lt(mod(t,0.5),0.01)':eval=frame"
EVEN = "anoisesrc=d={0}:r=48000:seed=5:a=0.2:color=pink"


def an_edit(sound: str, engine: Engine, tmp_path: Path, frames: int = FRAMES) -> MasterEdit:
    master = tmp_path / "master.mov"
    ffmpeg(
        *("-f", "lavfi", "-i", GRAPH, "-f", "lavfi", "-i", sound.format(frames / 24), "-frames:v", str(frames)),
        *("-preset", "ultrafast", "-crf", "10", "-c:a", "pcm_s16le", "-ac", "2", master),
    )
    return asyncio.run(read_master(master, (Shot(id="all", start_frame=0, end_frame=frames),), engine, tmp_path / "c"))


def made(edit: MasterEdit, engine: Engine, tmp_path: Path, *specs: DeliverySpec) -> list[tuple[Path, object]]:
    clip = Clip(path=edit.path, frames=edit.frames, fit="crop", focus=(0.5, 0.5))
    targets = [
        Target((clip,), an_output(spec=spec, size=SMALL), tmp_path / f"{n}.{spec.container}", tmp_path / f"{n}.jpg")
        for n, spec in enumerate(specs)
    ]
    answers = asyncio.run(finish_films(targets, master=edit, engine=engine, cache=tmp_path / "cache"))
    return [(target.into, answer) for target, answer in zip(targets, answers, strict=True)]


def kbps(path: Path) -> float:
    with av.open(str(path)) as container:
        return sum(packet.size for packet in container.demux(video=0)) * 8 / 1000 / (FRAMES / 24)


@pytest.mark.parametrize("codec", ["libx264", "libx265"])
def test_a_limit_of_bytes_is_kept_and_used(codec: str, engine: Engine, tmp_path: Path) -> None:
    edit = an_edit(EVEN, engine, tmp_path)
    spec = a_spec(video_codec=codec, preset="ultrafast", audio_codec=None, max_bytes=60_000)
    ((film, answer),) = made(edit, engine, tmp_path, spec)
    assert answer == ()
    assert 40_000 < film.stat().st_size <= 60_000
    assert not [path for path in tmp_path.iterdir() if path.is_dir() and path.name.startswith("tmp")]


@pytest.mark.parametrize(
    ("changes", "least", "most"),
    [
        ({"crf": None, "video_kbps": 500}, 425, 575),
        ({"crf": 10, "max_video_kbps": 400}, 250, 400),
        ({"crf": 40, "min_video_kbps": 600}, 600, 900),
    ],
)
def test_bit_rates_are_reached(changes: dict[str, Any], least: int, most: int, engine: Engine, tmp_path: Path) -> None:
    edit = an_edit(EVEN, engine, tmp_path)
    ((film, _),) = made(edit, engine, tmp_path, a_spec(**({"preset": "ultrafast", "audio_codec": None} | changes)))
    assert least <= kbps(film) <= most


def test_a_gop_is_no_longer_than_asked_and_closed(engine: Engine, tmp_path: Path) -> None:
    edit = an_edit(EVEN, engine, tmp_path)
    ((film, _),) = made(edit, engine, tmp_path, a_spec(gop_seconds=Fraction(1, 2), audio_codec=None))
    with av.open(str(film)) as container:
        keys = [n for n, packet in enumerate(p for p in container.demux(video=0) if p.size) if packet.is_keyframe]
        container.seek(0)
        pictures = [int(frame.pict_type) for frame in container.decode(video=0)]
    assert max(later - key for key, later in pairwise([*keys, FRAMES])) <= 12
    assert all(pictures[place] == 1 for place in keys)


def level(film: Path, engine: Engine, seconds: Fraction = Fraction(2)) -> Level:
    return asyncio.run(measure(film, seconds, engine))


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
@pytest.mark.parametrize("frames", [48, 8])
def test_the_encoded_track_has_the_loudness_asked_for(codec: str, frames: int, engine: Engine, tmp_path: Path) -> None:
    edit = an_edit(EVEN, engine, tmp_path, frames)
    spec = a_spec(container="mov", audio_codec=codec, loudness_lufs=-24.0, true_peak_dbtp=-2.0, audio_kbps=96)
    ((film, answer),) = made(edit, engine, tmp_path, spec)
    assert answer == ()
    heard = level(film, engine, Fraction(frames, 24))
    assert heard.loudness_lufs == pytest.approx(-24.0, abs=0.15)


def test_a_true_peak_is_kept_after_encoding_and_what_is_missing_told(engine: Engine, tmp_path: Path) -> None:
    edit = an_edit(LOUD, engine, tmp_path)
    ((film, answer),) = made(edit, engine, tmp_path, a_spec(loudness_lufs=-10.0, true_peak_dbtp=-1.0, audio_kbps=96))
    heard = level(film, engine)
    assert heard.true_peak_dbfs is not None and -2.0 <= heard.true_peak_dbfs <= -1.0
    (finding,) = answer if isinstance(answer, tuple) else ()
    assert isinstance(finding, Finding) and finding.check == "gain" and finding.severity == "warning"


def test_one_output_that_cannot_be_made_loses_none_of_the_others(engine: Engine, tmp_path: Path) -> None:
    edit = an_edit(EVEN, engine, tmp_path)
    specs = [
        a_spec(crf=23),
        a_spec(container="mkv", video_codec="dnxhd", profile="dnxhr_sq", pixel_format="yuv422p"),  # wants 256x120
        a_spec(container="mov", audio_codec="pcm_s16le"),
        a_spec(video_codec="mpeg9"),
    ]
    first, small, second, unknown = made(edit, engine, tmp_path, *specs)
    assert first[1] == second[1] == ()
    assert isinstance(small[1], MediaError) and isinstance(unknown[1], MediaError)
    alone = made(edit, engine, tmp_path, a_spec(crf=23))[0][0].read_bytes()
    assert alone == first[0].read_bytes()
