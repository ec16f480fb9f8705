"""Reading the master edit: exact facts, refusals with the line that mends it, shots, the cache."""

import asyncio
import os
import shlex
from fractions import Fraction
from pathlib import Path

import av
import pytest
from footage import SMALL, a_film, ffmpeg

from campaign.errors import InputError, MediaError
from campaign.media.engine import Engine
from campaign.media.master.master import read_master
from campaign.model.edit import MasterEdit, Shot
from campaign.model.ratios import Size

RATES = ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")


def read(path: Path, engine: Engine, tmp_path: Path, shots: tuple[Shot, ...] = ()) -> MasterEdit:
    return asyncio.run(read_master(path, shots, engine, tmp_path / "cache"))


def whole(frames: int) -> tuple[Shot, ...]:
    return (Shot(id="all", start_frame=0, end_frame=frames),)


@pytest.mark.parametrize("rate", RATES)
def test_every_rate_is_exact(rate: str, engine: Engine, tmp_path: Path) -> None:
    film = a_film(tmp_path / "master.mov", frames=31, rate=Fraction(rate))
    edit = read(film, engine, tmp_path, whole(31))
    assert (edit.rate, edit.frames, edit.size, edit.codec) == (Fraction(rate), 31, SMALL, "h264")
    assert edit.audio is not None
    assert edit.audio.samples == round(31 / Fraction(rate) * 48000)


def test_a_rate_written_as_2997_means_30000_over_1001(engine: Engine, tmp_path: Path) -> None:
    film = tmp_path / "master.mkv"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x90:r=2997/100:d=2", "-preset", "ultrafast", film)
    assert read(film, engine, tmp_path).rate == Fraction(30000, 1001)


def test_an_edit_list_hides_what_players_hide(engine: Engine, tmp_path: Path) -> None:
    film, cut = a_film(tmp_path / "long.mov", frames=48, sound=None), tmp_path / "cut.mp4"
    ffmpeg("-ss", "0.5", "-i", film, "-c", "copy", cut)
    assert read(cut, engine, tmp_path, ()).frames == 36


def refused(path: Path, engine: Engine, tmp_path: Path) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        read(path, engine, tmp_path)
    return {fault.rule: fault.cure for fault in caught.value.faults}


def test_hdr_is_refused_with_the_line_that_mends_it(engine: Engine, tmp_path: Path) -> None:
    film, mended = tmp_path / "tv film.mov", tmp_path / "mended.mov"
    graph = "format=yuv420p10le,setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020:color_trc=smpte2084"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x96:r=50:d=1", "-vf", graph, film)
    line = refused(film, engine, tmp_path)["master.hdr"].split("ffmpeg ", 1)[1]
    ffmpeg(*shlex.split(line)[:-1], mended)
    assert read(mended, engine, tmp_path).mended == ()


def test_a_damaged_picture_is_named_before_it_is_used(engine: Engine, tmp_path: Path) -> None:
    film, damaged = tmp_path / "whole.mp4", tmp_path / "damaged.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x90:r=24:d=1", "-c:v", "libx264", "-preset", "ultrafast", film)
    with av.open(str(film)) as container:
        places = [(packet.pos, packet.size) for packet in container.demux(video=0) if packet.size]
    data, (place, size) = bytearray(film.read_bytes()), places[0]
    start = place + size // 2
    data[start : place + size] = bytes(place + size - start)
    damaged.write_bytes(data)
    with pytest.raises(MediaError, match=r"damaged \(.*Copy it again"):
        read(damaged, engine, tmp_path, whole(24))


def test_a_matroska_film_cut_short_is_named_so(engine: Engine, tmp_path: Path) -> None:
    film, part = a_film(tmp_path / "whole.mkv", frames=24), tmp_path / "part.mkv"
    read(film, engine, tmp_path)
    part.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    with pytest.raises(MediaError, match="cut short: it should end at byte"):
        read(part, engine, tmp_path)


def an_edit(path: Path, *scenes: tuple[str, int]) -> Path:
    """Pictures of ffmpeg's own, each for so many frames, cut hard."""
    inputs = [
        part
        for name, _ in scenes
        for part in ("-f", "lavfi", "-i", f"{name}{':' if '=' in name else '='}s=160x90:r=24")
    ]
    trims = ";".join(
        f"[{n}:v]trim=end_frame={count},format=yuv420p,setsar=1[v{n}]" for n, (_, count) in enumerate(scenes)
    )
    joined = "".join(f"[v{n}]" for n in range(len(scenes))) + f"concat=n={len(scenes)}[v]"
    ffmpeg(*inputs, "-filter_complex", f"{trims};{joined}", "-map", "[v]", "-preset", "ultrafast", path)
    return path


def test_cuts_are_found_and_a_flash_is_none(engine: Engine, tmp_path: Path) -> None:
    scenes = [("testsrc2", 20), ("smptebars", 13), ("color=white", 2), ("smptebars", 14), ("mandelbrot", 20)]
    shots = read(an_edit(tmp_path / "edit.mov", *scenes), engine, tmp_path).shots
    assert [(shot.id, shot.start_frame, shot.end_frame) for shot in shots] == [
        ("shot-01", 0, 20),
        ("shot-02", 20, 49),
        ("shot-03", 49, 69),
    ]


@pytest.mark.parametrize("between", ["color=white", "color=black"])
def test_a_flash_between_two_shots_is_one_cut(between: str, engine: Engine, tmp_path: Path) -> None:
    film = an_edit(tmp_path / "edit.mov", ("testsrc2", 20), (between, 2), ("mandelbrot", 20))
    assert [shot.start_frame for shot in read(film, engine, tmp_path).shots] == [0, 20]


def test_given_shots_beyond_the_end_are_refused_by_key(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"campaign\.toml:shots\[0\]\.end.*48 frames"):
        read(master_file, engine, tmp_path, whole(50))


def test_a_read_master_is_not_read_again_until_it_changes(engine: Engine, tmp_path: Path) -> None:
    film = a_film(tmp_path / "master.mov")
    stat, first = film.stat(), read(film, engine, tmp_path, whole(24))
    with film.open("r+b") as file:
        file.write(bytes(64))
    os.utime(film, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert read(film, engine, tmp_path, whole(24)) == first
    os.utime(film)
    with pytest.raises(MediaError):
        read(film, engine, tmp_path, whole(24))


def test_a_missing_master_names_the_key_and_the_command(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"inputs\.master.*fanout sample"):
        read(tmp_path / "none.mov", engine, tmp_path)


def test_a_single_frame_is_a_film(engine: Engine, tmp_path: Path) -> None:
    edit = read(a_film(tmp_path / "one.mov", frames=1, sound=None), engine, tmp_path)
    assert edit.frames == 1 and edit.audio is None


@pytest.mark.parametrize("container", ["mp4", "ts"])
def test_a_picture_that_changes_its_size_on_the_way_is_refused(container: str, engine: Engine, tmp_path: Path) -> None:
    bare, film = tmp_path / "both.h264", tmp_path / f"master.{container}"
    for first, size in ((0, SMALL), (24, Size(320, 180))):
        part = a_film(tmp_path / "part.mov", first=first, frames=24, size=size, sound=None)
        ffmpeg("-i", part, "-c:v", "libx264", "-preset", "ultrafast", tmp_path / "part.h264")
        with bare.open("ab") as both:
            both.write((tmp_path / "part.h264").read_bytes())
    ffmpeg("-r", "24", "-i", bare, "-c", "copy", film)
    with pytest.raises(MediaError, match=r"on the way.*[Ee]xport it"):
        read(film, engine, tmp_path)
