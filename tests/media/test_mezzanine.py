"""Masters that cannot be used as they are become mezzanines: every frame once, in order, and the sound where it was."""

import asyncio
import hashlib
from fractions import Fraction
from pathlib import Path

import av
import pytest
from builders import a_spec, an_output
from footage import SMALL, a_film, ffmpeg, hashes, numbers, pcm

from campaign.media.counting import count_frames
from campaign.media.engine import Engine
from campaign.media.film.clips import Clip
from campaign.media.film.cutting import cut_segment
from campaign.media.film.finishing import finish_film
from campaign.media.master.master import read_master
from campaign.media.master.mezzanine import RECIPE, index_of
from campaign.media.probe import probe
from campaign.media.sound import compare, mono
from campaign.model.edit import MasterEdit, Segment, Shot
from campaign.model.ratios import Size

RATES = ("24000/1001", "25", "30000/1001", "48", "50", "60000/1001", "60")
CONTAINERS = {
    "wmv": ("-c:v", "wmv2", "-qscale:v", "2", "-c:a", "wmav2"),
    "ts": ("-c:v", "libx264", "-preset", "veryfast", "-crf", "12", "-c:a", "aac"),
    "m2ts": ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-c:a", "ac3", "-mpegts_m2ts_mode", "1"),
    "avi": ("-c:v", "libx264", "-preset", "veryfast", "-crf", "12", "-c:a", "pcm_s16le"),
    "mxf": ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le", "-c:a", "pcm_s24le"),
}
FRAMES = 40


def whole(frames: int) -> tuple[Shot, ...]:
    return (Shot(id="all", start_frame=0, end_frame=frames),)


def read(path: Path, engine: Engine, tmp_path: Path, frames: int = FRAMES) -> MasterEdit:
    return asyncio.run(read_master(path, whole(frames), engine, tmp_path / "cache"))


def lag(one: Path, other: Path) -> float:
    likeness = compare(mono(one), mono(other))
    assert likeness.similarity > 0.85
    return abs(likeness.lag_s)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_keeps_frames_order_and_sync(container: str, rate: str, engine: Engine, tmp_path: Path) -> None:
    plain = a_film(tmp_path / "plain.mov", frames=FRAMES, rate=Fraction(rate))
    film = tmp_path / f"master.{container}"
    ffmpeg("-i", plain, *CONTAINERS[container], film)
    edit = read(film, engine, tmp_path)
    assert (edit.rate, edit.frames, edit.size, edit.mezzanine) == (Fraction(rate), FRAMES, SMALL, RECIPE)
    assert edit.sha256 == hashlib.sha256(film.read_bytes()).hexdigest()
    assert numbers(edit.path) == list(range(FRAMES))
    assert probe(edit.path).lead == 0
    assert lag(plain, edit.path) < 0.001
    assert edit.mended and "whose frames cannot be reached by number" in edit.mended[0]


@pytest.mark.parametrize("rate", ["24", "30000/1001", "50"])
def test_two_recordings_joined_byte_by_byte_are_one_film(rate: str, engine: Engine, tmp_path: Path) -> None:
    film = tmp_path / "joined.ts"
    for first, frames in ((0, 25), (25, 15)):
        plain = a_film(tmp_path / "plain.mov", first=first, frames=frames, rate=Fraction(rate))
        ffmpeg("-i", plain, *CONTAINERS["ts"], "-bf", "2", tmp_path / "part.ts")
        with film.open("ab") as joined:
            joined.write((tmp_path / "part.ts").read_bytes())
    edit = read(film, engine, tmp_path)
    assert (edit.rate, edit.frames) == (Fraction(rate), FRAMES)
    assert numbers(edit.path) == list(range(FRAMES))


def made(tmp_path: Path, name: str, *options: str, frames: int = FRAMES, rate: int = 25) -> Path:
    """A numbered film rendered anew with `options`."""
    plain = a_film(tmp_path / "plain.mov", frames=frames, rate=Fraction(rate))
    ffmpeg("-i", plain, *options, tmp_path / name)
    return tmp_path / name


def test_a_variable_rate_gets_its_gaps_filled_and_loses_nothing(engine: Engine, tmp_path: Path) -> None:
    dropped = "select='not(eq(mod(n,7),3))'"
    film = made(tmp_path, "phone.mp4", "-vf", dropped, "-fps_mode", "passthrough", "-crf", "10", "-c:a", "aac")
    edit = read(film, engine, tmp_path, 40)
    assert (edit.rate, edit.frames) == (25, 40)
    assert numbers(edit.path) == [n - 1 if n % 7 == 3 else n for n in range(40)]
    assert "rate varies" in edit.mended[0] and "25 fps" in edit.mended[0]
    assert lag(tmp_path / "plain.mov", edit.path) == 0


@pytest.mark.parametrize("first", ["top", "bottom"])
def test_fields_become_whole_frames(first: str, engine: Engine, tmp_path: Path) -> None:
    fields = f"fieldorder={first[0]}ff,setfield={first[0]}ff"
    film = made(tmp_path, "tv.mov", "-vf", fields, "-flags", "+ilme+ildct", "-c:v", "prores_ks", "-c:a", "copy")
    edit = read(film, engine, tmp_path)
    assert numbers(edit.path) == list(range(FRAMES))
    assert not probe(edit.path).interlaced
    assert "Interlaced" in edit.mended[0]


def test_a_phone_film_on_its_side_is_made_upright(engine: Engine, tmp_path: Path) -> None:
    lying = a_film(tmp_path / "lying.mov", frames=FRAMES, rate=Fraction(25))
    phone = tmp_path / "phone.mp4"
    ffmpeg("-display_rotation", "90", "-i", lying, "-c:v", "copy", "-c:a", "aac", phone)
    edit = read(phone, engine, tmp_path)
    assert (edit.size, probe(edit.path).rotation) == (Size(90, 160), 0)
    back = tmp_path / "back.mov"
    ffmpeg("-i", edit.path, "-vf", "transpose=clock", "-qp", "0", back)
    assert numbers(back) == list(range(FRAMES))


@pytest.mark.parametrize(
    ("graph", "size"),
    [("setsar=4/3", Size(212, 90)), ("scale=161:91,setsar=1,format=yuv444p", Size(160, 90))],
    ids=["wide pixels", "odd size"],
)
def test_odd_pictures_become_square_and_even(graph: str, size: Size, engine: Engine, tmp_path: Path) -> None:
    edit = read(made(tmp_path, "odd.mov", "-vf", graph, "-crf", "10"), engine, tmp_path)
    told = probe(edit.path)
    assert (edit.size, told.sample_aspect) == (size, 1)
    assert numbers(edit.path) == list(range(FRAMES))


def test_a_picture_that_starts_late_is_held_and_the_sound_stays(engine: Engine, tmp_path: Path) -> None:
    plain, film = a_film(tmp_path / "plain.mov", frames=FRAMES, rate=Fraction(25)), tmp_path / "late.mov"
    ffmpeg("-itsoffset", "0.5", "-i", plain, "-i", plain, "-map", "0:v", "-map", "1:a", "-c", "copy", film)
    edit = read(film, engine, tmp_path, 52)
    assert numbers(edit.path) == [0] * 12 + list(range(FRAMES))
    assert probe(edit.path).lead == 0
    half = 960 * 2  # 0.5 s are 12.5 frames: half a frame of both channels is not heard
    assert (pcm(edit.path) == pcm(plain)[half:]).all()
    assert "held for 12 more" in edit.mended[0]


def test_left_and_right_become_stereo(engine: Engine, tmp_path: Path) -> None:
    graph = "[0:a]channelsplit=channel_layout=stereo[l][r]"
    tracks = ("-map", "0:v", "-map", "[l]", "-map", "[r]", "-c:v", "copy", "-c:a", "pcm_s16le")
    film = made(tmp_path, "camera.mov", "-filter_complex", graph, *tracks)
    edit = read(film, engine, tmp_path)
    assert edit.audio is not None and edit.audio.channels == 2
    assert (pcm(edit.path) == pcm(tmp_path / "plain.mov")).all()


@pytest.mark.parametrize("codec", ["prores_ks", "libx265", "dnxhd"])
def test_ten_bits_are_used_as_they_are(codec: str, engine: Engine, tmp_path: Path) -> None:
    options = {"prores_ks": ("-pix_fmt", "yuv422p10le"), "libx265": ("-pix_fmt", "yuv420p10le", "-tag:v", "hvc1")}
    dnx = ("-pix_fmt", "yuv422p10le", "-profile:v", "dnxhr_hqx", "-vf", "scale=320:180")
    film = made(tmp_path, "deep.mov", "-c:v", codec, *options.get(codec, dnx), "-timecode", "01:02:03:04", "-an")
    edit = read(film, engine, tmp_path)
    assert (edit.path, edit.mezzanine, edit.mended, edit.timecode) == (film, "", (), "01:02:03:04")


def test_the_index_holds_the_hash_of_every_frame_as_it_decodes(engine: Engine, tmp_path: Path) -> None:
    edit = read(made(tmp_path, "m.wmv", *CONTAINERS["wmv"]), engine, tmp_path)
    lines = [line for line in index_of(edit.path).read_text().splitlines() if not line.startswith("#")]
    with av.open(str(edit.path)) as container:
        frames = list(container.decode(video=0))
    hashes = [hashlib.md5(frame.to_ndarray().tobytes()).hexdigest() for frame in frames]
    assert all(frame.key_frame for frame in frames)
    assert [line.split(",")[-1].strip() for line in lines] == hashes
    assert len(hashes) == FRAMES


def test_a_mezzanine_is_made_once_and_again_when_it_is_gone(engine: Engine, tmp_path: Path) -> None:
    film = made(tmp_path, "m.ts", *CONTAINERS["ts"])
    edit = read(film, engine, tmp_path)
    stamp = edit.path.stat().st_mtime_ns
    assert read(film, engine, tmp_path) == edit and edit.path.stat().st_mtime_ns == stamp
    edit.path.unlink()
    assert read(film, engine, tmp_path) == edit and edit.path.exists()


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60"])
def test_a_mezzanine_is_cut_and_finished_without_a_changed_frame(rate: str, engine: Engine, tmp_path: Path) -> None:
    plain, film = a_film(tmp_path / "plain.mov", frames=FRAMES, rate=Fraction(rate)), tmp_path / "film.mkv"
    ffmpeg("-i", plain, *CONTAINERS["ts"], tmp_path / "master.ts")
    shots = (Shot(id="one", start_frame=0, end_frame=17), Shot(id="two", start_frame=17, end_frame=FRAMES))
    edit = asyncio.run(read_master(tmp_path / "master.ts", shots, engine, tmp_path / "cache"))
    assert edit.rate == Fraction(rate) and hashes(edit.path, engine) == hashes(tmp_path / "master.ts", engine)
    for shot in shots:
        segment = Segment(shot, shot.start_frame, shot.end_frame)
        cut = asyncio.run(cut_segment(edit, segment, SMALL, tmp_path / "cuts", engine))
        assert numbers(cut) == list(range(FRAMES))[shot.start_frame : shot.end_frame]
        assert count_frames(cut).rate == Fraction(rate)
    spec = a_spec(container="mkv", video_codec="ffv1", crf=None, preset=None, audio_codec="pcm_s16le")
    clips = [
        Clip(path=edit.path, first=shot.start_frame, frames=shot.frames, fit="crop", focus=(0.5, 0.5)) for shot in shots
    ]
    output = an_output(spec=spec, size=SMALL)
    making = finish_film(clips, master=edit, output=output, into=film, poster=tmp_path / "p.jpg", engine=engine)
    assert asyncio.run(making) == ()
    assert hashes(film, engine) == hashes(edit.path, engine)
    assert count_frames(film).rate == Fraction(rate)
