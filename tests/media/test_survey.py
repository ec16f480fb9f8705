"""The survey of a master: what it says of films made to be wrong in one way each."""

import asyncio
import hashlib
from pathlib import Path

import av
import pytest
from footage import a_film, ffmpeg

from campaign.media.engine import Engine
from campaign.media.master.master import master_detected, master_told, read_master
from campaign.media.master.reporting import facts_of
from campaign.media.master.survey import survey
from campaign.model.master_report import Fact, Verdict

PICTURE = "mandelbrot=s=320x180:r=25"


def facts(film: Path, engine: Engine, tmp_path: Path) -> dict[str, Fact]:
    async def all_of() -> tuple[Fact, ...]:
        edit = await read_master(film, (), engine, tmp_path / "cache")
        seen = await master_detected(edit, engine, tmp_path / "cache")
        told = await master_told(film, engine, tmp_path / "cache")
        return facts_of(told, edit, seen, await survey(edit, engine, tmp_path / "cache"))

    return {fact.name: fact for fact in asyncio.run(all_of())}


def a_picture(path: Path, graph: str, *options: str, source: str = PICTURE) -> Path:
    """Two seconds of a busy picture through a graph, tagged as BT.709 at video levels."""
    tags = "setparams=range=tv:colorspace=bt709:color_primaries=bt709:color_trc=bt709"
    codec = ("-pix_fmt", "yuv420p", "-preset", "ultrafast", "-crf", "8")
    ffmpeg("-f", "lavfi", "-i", source, "-t", "2", "-vf", f"{graph},format=yuv420p,{tags}", *codec, *options, path)
    return path


def told(found: dict[str, Fact]) -> set[str]:
    return {name for name, fact in found.items() if fact.verdict is not Verdict.FINE}


def test_a_sound_film_has_nothing_to_tell(engine: Engine, tmp_path: Path) -> None:
    found = facts(a_picture(tmp_path / "plain.mov", "null"), engine, tmp_path)
    assert told(found) == {"sound"}
    assert found["frame rate"].value == "25 fps (25), constant"
    assert (found["frames"].value, found["duration"].value, found["size"].value) == ("50", "2.000 s", "320x180")


@pytest.mark.parametrize(
    ("graph", "name", "value", "sentence"),
    [
        ("drawbox=h=24:t=fill:c=black,drawbox=y=156:h=24:t=fill:c=black", "burnt-in bars", "top 24 px, bottom 24 px", "320x132"),
        ("crop=280:156:'20+14*sin(2.1*n)':'12+9*cos(2.9*n)'", "shake", "of frames jump", "Heavy shake"),
        ("lutyuv=y='16+(val-16)*0.15'", "brightness", "of white", "Dark in shot-01"),
        ("gblur=sigma=4", "blur", "edges", "Soft in shot-01"),
        ("lutyuv=y='clip((val-16)*1.6-20,0,255)'", "range", "video, luma 0 to", "full range without saying so"),
    ],
)  # fmt: skip
def test_each_fault_is_told_and_no_other(
    graph: str, name: str, value: str, sentence: str, engine: Engine, tmp_path: Path
) -> None:
    found = facts(a_picture(tmp_path / "film.mov", graph), engine, tmp_path)
    assert told(found) == {"sound", name}
    assert value in found[name].value and sentence in found[name].sentence


def test_a_pan_is_no_shake(engine: Engine, tmp_path: Path) -> None:
    found = facts(a_picture(tmp_path / "pan.mov", "crop=200:112:'2*n':20"), engine, tmp_path)
    assert found["shake"].verdict is Verdict.FINE


def test_fields_that_no_tag_tells_are_found(engine: Engine, tmp_path: Path) -> None:
    graph, picture = "interlace=scan=bff,setfield=prog", "mandelbrot=s=640x480:r=50"
    found = facts(a_picture(tmp_path / "tv.mov", graph, source=picture), engine, tmp_path)
    assert "bottom first" in found["interlace"].sentence


def test_what_was_mended_stands_at_its_fact(engine: Engine, tmp_path: Path) -> None:
    plain, film = a_film(tmp_path / "plain.mov", frames=40), tmp_path / "phone.wmv"
    ffmpeg("-i", plain, "-vf", "select='not(eq(mod(n,7),3))',setsar=4/3", "-fps_mode", "passthrough", film)
    found = facts(film, engine, tmp_path)
    mended = {name for name, fact in found.items() if fact.verdict is Verdict.MENDED}
    assert mended == {"container", "frame rate", "frames", "sample aspect"}
    assert found["frames"].value == "40" and "holds 34" in found["frames"].sentence
    assert all(found[name].sentence for name in mended)


def test_the_survey_of_a_master_used_as_it_is_keeps_its_frame_hashes(engine: Engine, tmp_path: Path) -> None:
    film = a_picture(tmp_path / "plain.mov", "null")
    index = tmp_path / "cache" / facts(film, engine, tmp_path)["frame hashes"].value
    lines = [line for line in index.read_text().splitlines() if not line.startswith("#")]
    with av.open(str(film)) as container:
        hashes = [hashlib.md5(frame.to_ndarray().tobytes()).hexdigest() for frame in container.decode(video=0)]
    assert [line.split(",")[-1].strip() for line in lines] == hashes


def test_a_second_survey_decodes_nothing(engine: Engine, tmp_path: Path) -> None:
    film = a_picture(tmp_path / "plain.mov", "null")
    first = facts(film, engine, tmp_path)
    assert facts(film, Engine(Path("/nonexistent/ffmpeg"), engine.version), tmp_path) == first


def test_a_second_track_of_pictures_is_told(engine: Engine, tmp_path: Path) -> None:
    film = a_picture(tmp_path / "two.mov", "null", "-map", "0:v", "-map", "0:v")
    found = facts(film, engine, tmp_path)
    assert "tracks of pictures" in told(found) and found["tracks of pictures"].value == "2"
