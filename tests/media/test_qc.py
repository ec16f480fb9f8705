"""Quality control on real files: good films pass, planted faults are found where they are."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from builders import an_output
from footage import SMALL, a_film, ffmpeg

from campaign.errors import MediaError
from campaign.media.engine import Engine
from campaign.media.film.clips import Clip
from campaign.media.film.finishing import finish_film
from campaign.media.master.master import read_master
from campaign.media.quality.qc import inspect
from campaign.model.edit import MasterEdit, Shot
from campaign.model.plan import Output
from campaign.model.qc import FileFacts, QCReport
from campaign.model.ratios import Size

OUTPUT = an_output(size=SMALL)
SHOTS = (Shot(id="all", start_frame=0, end_frame=72),)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> tuple[MasterEdit, Path, Path]:
    """A master of three seconds, a good film of it, and the cache folder."""
    folder = tmp_path_factory.mktemp("qc")
    master = a_film(folder / "master.mov", frames=72)
    edit = asyncio.run(read_master(master, SHOTS, engine, folder / "cache"))
    clips = [Clip(path=master, frames=72, fit="crop", focus=(0.5, 0.5))]
    film = folder / "film.mp4"
    asyncio.run(finish_film(clips, master=edit, output=OUTPUT, into=film, poster=folder / "film.jpg", engine=engine))
    return edit, film, folder / "cache"


Inspect = Callable[..., tuple[FileFacts, QCReport]]


@pytest.fixture
def look(scene: tuple[MasterEdit, Path, Path], engine: Engine) -> Inspect:
    edit, _, cache = scene

    def inspected(path: Path, master: MasterEdit = edit, output: Output = OUTPUT) -> tuple[FileFacts, QCReport]:
        return asyncio.run(inspect(path, output=output, master=master, engine=engine, cache=cache))

    return inspected


def errors(report: QCReport) -> dict[str, int | None]:
    return {finding.check: finding.frame for finding in report.findings if finding.severity == "error"}


def test_a_good_film_passes_and_its_facts_are_counted(scene: tuple[MasterEdit, Path, Path], look: Inspect) -> None:
    facts, report = look(scene[1])
    assert report.passed, report
    assert facts == FileFacts(
        width=160,
        height=90,
        rate=Fraction(24),
        frames=72,
        codec="h264",
        pixel_format="yuv420p",
        colour=("tv", "bt709", "bt709", "bt709"),
        audio="aac 48000 Hz stereo",
        audio_samples=144000,
        bytes=scene[1].stat().st_size,
    )
    assert {finding.check for finding in report.findings} == {"audio_match", "loudness", "not_checked"}


def spoilt(film: Path, into: Path, *options: str) -> Path:
    ffmpeg("-i", film, *options, into)
    return into


FAULTS = {
    "black": (("-vf", "drawbox=color=black:t=fill:enable='between(n,24,36)'", "-c:a", "copy"), "black", 24),
    "frozen": (("-vf", "loop=loop=29:size=1:start=20,trim=end_frame=72", "-c:a", "copy"), "freeze", 20),
    "late sound": (("-c:v", "copy", "-af", "adelay=40:all=1,atrim=end_sample=144000"), "audio_sync", 1),
    "early sound": (
        ("-c:v", "copy", "-af", "atrim=start_sample=960,asetpts=N/SR/TB,apad,atrim=end_sample=144000"),
        "audio_sync",
        0,
    ),
    "a hole in the sound": (("-c:v", "copy", "-af", "volume=0:enable='between(t,1,1.7)'"), "audio_match", 24),
    "no sound": (("-c:v", "copy", "-an"), "audio", None),
    "mono": (("-c:v", "copy", "-ac", "1"), "audio", None),
    "short": (("-frames:v", "70", "-c:a", "copy"), "frames", None),
    "another rate": (("-vf", "setpts=N/25/TB", "-r", "25", "-c:a", "copy"), "rate", None),
    "another size": (("-vf", "scale=162:90,setsar=1", "-c:a", "copy"), "size", None),
    "wide pixels": (("-vf", "setsar=4/3", "-c:a", "copy"), "size", None),
    "full range": (("-vf", "scale=out_range=pc", "-pix_fmt", "yuvj420p", "-c:a", "copy"), "pixel_format", None),
    "untagged": (("-vf", "setparams=colorspace=unknown:color_trc=unknown", "-c:a", "copy"), "colour", None),
    "another codec": (("-c:v", "mpeg4", "-c:a", "copy"), "codec", None),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_an_error_at_its_frame(
    name: str, scene: tuple[MasterEdit, Path, Path], look: Inspect, tmp_path: Path
) -> None:
    options, check, frame = FAULTS[name]
    _, report = look(spoilt(scene[1], tmp_path / "spoilt.mp4", *options))
    found = errors(report)
    assert check in found, report
    if frame is not None:
        place = found[check]
        assert place is not None and abs(place - frame) <= 2


def test_another_film_s_sound_is_found(scene: tuple[MasterEdit, Path, Path], look: Inspect, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    noise = ("-f", "lavfi", "-i", "anoisesrc=d=3:r=48000:a=0.2:seed=9")
    ffmpeg("-i", scene[1], *noise, "-map", "0:v", "-map", "1:a", "-c:v", "copy", "-ac", "2", other)
    assert "audio_match" in errors(look(other)[1])


@pytest.mark.parametrize("sound", ["atrim=end=1.6", "volume=0:enable='gt(t,1.1)',atrim=end=1.4", "adelay=900:all=1"])
def test_silence_where_the_master_s_track_has_none_is_no_fault(sound: str, engine: Engine, tmp_path: Path) -> None:
    plain, master, film = a_film(tmp_path / "plain.mov", frames=72), tmp_path / "master.mov", tmp_path / "film.mp4"
    ffmpeg("-i", plain, "-c:v", "copy", "-af", sound, "-c:a", "pcm_s16le", master)
    edit = asyncio.run(read_master(master, SHOTS, engine, tmp_path / "cache"))
    clips = [Clip(path=plain, frames=72, fit="crop", focus=(0.5, 0.5))]
    asyncio.run(finish_film(clips, master=edit, output=OUTPUT, into=film, poster=tmp_path / "film.jpg", engine=engine))
    _, report = asyncio.run(inspect(film, output=OUTPUT, master=edit, engine=engine, cache=tmp_path / "cache"))
    assert report.passed, report
    assert "silence" in {finding.check for finding in report.findings}


def test_black_and_freezes_of_the_master_s_own_are_no_faults(engine: Engine, tmp_path: Path) -> None:
    master = tmp_path / "master.mov"
    graph = "loop=loop=23:size=1:start=10,trim=end_frame=72,drawbox=color=black:t=fill:enable='gte(n,48)'"
    ffmpeg("-i", a_film(tmp_path / "plain.mov", frames=72), "-vf", graph, "-c:a", "copy", master)
    edit = asyncio.run(read_master(master, SHOTS, engine, tmp_path / "cache"))
    clips = [Clip(path=master, frames=72, fit="crop", focus=(0.5, 0.5))]
    film = tmp_path / "film.mp4"
    asyncio.run(finish_film(clips, master=edit, output=OUTPUT, into=film, poster=tmp_path / "p.jpg", engine=engine))
    _, report = asyncio.run(inspect(film, output=OUTPUT, master=edit, engine=engine, cache=tmp_path / "cache"))
    assert report.passed, report
    told = {(finding.check, finding.severity) for finding in report.findings}
    assert {("black", "info"), ("freeze", "info")} <= told


@pytest.mark.parametrize("turned", [False, True], ids=["upright", "turned"])
def test_a_crop_of_a_part_that_stands_still_is_no_freeze(turned: bool, engine: Engine, tmp_path: Path) -> None:
    master, film = tmp_path / "master.mov", tmp_path / "film.mp4"
    graph = "[1]scale=16:90[moving];[0][moving]overlay=x=0:y=0,format=yuv420p"
    size = Size(90, 160) if turned else Size(160, 90)
    still, moving = ("-f", "lavfi", "-i", "smptebars=s=160x90:r=24:d=3"), ("-f", "lavfi", "-i", "testsrc2=r=24:d=3")
    ffmpeg(*still, *moving, "-filter_complex", graph, "-colorspace", "bt709", tmp_path / "flat.mov")
    ffmpeg(*(("-display_rotation", "90") if turned else ()), "-i", tmp_path / "flat.mov", "-c", "copy", master)
    edit = asyncio.run(read_master(master, SHOTS, engine, tmp_path / "cache"))
    assert edit.size == size
    output = an_output(size=Size(90, 40) if turned else Size(40, 90))
    clips = [Clip(path=master, frames=72, fit="crop", focus=(0.5, 0.5))]
    asyncio.run(finish_film(clips, master=edit, output=output, into=film, poster=tmp_path / "f.jpg", engine=engine))
    _, report = asyncio.run(inspect(film, output=output, master=edit, engine=engine, cache=tmp_path / "cache"))
    assert report.passed, report
    assert ("freeze", "warning") in {(finding.check, finding.severity) for finding in report.findings}


def test_white_words_on_black_are_not_black_in_a_letterbox(engine: Engine, tmp_path: Path) -> None:
    master, film = tmp_path / "master.mov", tmp_path / "film.mp4"
    black, words = (
        ("-f", "lavfi", "-i", "color=black:s=160x90:r=24:d=3"),
        ("-f", "lavfi", "-i", "color=white:s=14x7:r=24:d=3"),
    )
    graph = "[0][1]overlay=x=n*2:y=40,format=yuv420p"
    ffmpeg(*black, *words, "-filter_complex", graph, master)
    edit = asyncio.run(read_master(master, SHOTS, engine, tmp_path / "cache"))
    output = an_output(size=Size(90, 160))
    clips = [Clip(path=master, frames=72, fit="pad", focus=(0.5, 0.5))]
    asyncio.run(finish_film(clips, master=edit, output=output, into=film, poster=tmp_path / "f.jpg", engine=engine))
    _, report = asyncio.run(inspect(film, output=output, master=edit, engine=engine, cache=tmp_path / "cache"))
    assert report.passed and "black" not in {finding.check for finding in report.findings}, report


RAIN = "anoisesrc=d=3:r=48000:a=0.2:seed=1[l];anoisesrc=d=3:r=48000:a=0.2:seed=2[r];[l][r]join=inputs=2[a]"
TURNED = "anoisesrc=d=3:r=48000:a=0.2:seed=1,aformat=channel_layouts=mono,pan=stereo|c0=c0|c1=-1*c0[a]"


@pytest.mark.parametrize("graph", [RAIN, TURNED], ids=["rain", "turned in phase"])
def test_noise_from_all_sides_is_the_master_s_own(graph: str, engine: Engine, tmp_path: Path) -> None:
    plain, master, film = a_film(tmp_path / "plain.mov", frames=72), tmp_path / "master.mov", tmp_path / "film.mp4"
    ffmpeg("-i", plain, "-filter_complex", graph, "-map", "0:v", "-map", "[a]", "-c:v", "copy", master)
    edit = asyncio.run(read_master(master, SHOTS, engine, tmp_path / "cache"))
    clips = [Clip(path=plain, frames=72, fit="crop", focus=(0.5, 0.5))]
    asyncio.run(finish_film(clips, master=edit, output=OUTPUT, into=film, poster=tmp_path / "f.jpg", engine=engine))
    _, report = asyncio.run(inspect(film, output=OUTPUT, master=edit, engine=engine, cache=tmp_path / "cache"))
    assert report.passed, report


def test_a_wrecked_file_is_an_error(scene: tuple[MasterEdit, Path, Path], look: Inspect, tmp_path: Path) -> None:
    blob = bytearray(scene[1].read_bytes())
    place = blob.index(b"mdat") + 4
    middle = (len(blob) + place) // 2
    blob[middle : middle + 1000] = bytes(range(250)) * 4
    wrecked = tmp_path / "wrecked.mp4"
    wrecked.write_bytes(blob)
    assert not look(wrecked)[1].passed


def test_a_cut_short_file_is_refused(scene: tuple[MasterEdit, Path, Path], look: Inspect, tmp_path: Path) -> None:
    short = tmp_path / "short.mp4"
    short.write_bytes(scene[1].read_bytes()[:-3000])
    with pytest.raises(MediaError, match="cut short"):
        look(short)


def test_a_silent_master_is_compared_too(engine: Engine, tmp_path: Path) -> None:
    plain, master = a_film(tmp_path / "plain.mov", frames=72, sound=None), tmp_path / "master.mov"
    hush = ("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo:d=3")
    ffmpeg("-i", plain, *hush, "-c:v", "copy", "-c:a", "pcm_s16le", master)
    edit = asyncio.run(read_master(master, SHOTS, engine, tmp_path / "cache"))
    film = spoilt(master, tmp_path / "film.mp4", "-c:a", "aac", "-pix_fmt", "yuv420p")
    _, report = asyncio.run(inspect(film, output=OUTPUT, master=edit, engine=engine))
    assert "audio_match" not in errors(report) and "silence" not in errors(report)
    loud = spoilt(plain, tmp_path / "loud.mp4", "-f", "lavfi", "-i", "sine=d=3:r=48000", "-ac", "2", "-c:v", "copy")
    _, report = asyncio.run(inspect(loud, output=OUTPUT, master=replace(edit), engine=engine))
    assert "audio_match" in errors(report)
