"""Films made of clips: every frame in its place, the master's sound to the sample."""

import asyncio
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from builders import a_spec, an_output
from footage import SMALL, a_film, ffmpeg, numbers, pcm

from campaign.errors import MediaError
from campaign.media.engine import Engine
from campaign.media.film.clips import Clip
from campaign.media.film.finishing import finish_film
from campaign.media.master.master import read_master
from campaign.media.probe import probe
from campaign.media.sound import compare, mono
from campaign.model.catalogue import DeliverySpec
from campaign.model.edit import MasterEdit, Shot
from campaign.model.qc import Finding
from campaign.model.ratios import Size

LOSSLESS = a_spec(id="mov.pcm", container="mov", audio_codec="pcm_s16le")
RATES = ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60")


def edit_of(path: Path, engine: Engine, tmp_path: Path) -> MasterEdit:
    with av.open(str(path)) as container:
        frames = container.streams.video[0].frames
    shots = (Shot(id="all", start_frame=0, end_frame=frames),)
    return asyncio.run(read_master(path, shots, engine, tmp_path / "cache"))


def a_clip(path: Path, frames: int, **changes: Any) -> Clip:
    return replace(Clip(path=path, frames=frames, fit="crop", focus=(0.5, 0.5)), **changes)


def finished(
    clips: list[Clip],
    edit: MasterEdit,
    engine: Engine,
    tmp_path: Path,
    *,
    spec: DeliverySpec | None = None,
    size: Size = SMALL,
    name: str = "film",
) -> tuple[Path, tuple[Finding, ...]]:
    into, spec = tmp_path / f"{name}.{(spec or a_spec()).container}", spec or a_spec()
    output = an_output(spec=spec, size=size)
    told = asyncio.run(
        finish_film(clips, master=edit, output=output, into=into, poster=tmp_path / f"{name}.jpg", engine=engine)
    )
    return into, told


@pytest.mark.parametrize("rate", RATES)
def test_frames_and_sound_are_exact_at_every_rate(rate: str, engine: Engine, tmp_path: Path) -> None:
    master = a_film(tmp_path / "master.mov", frames=48, rate=Fraction(rate))
    parts = [(0, 17), (17, 2), (19, 29)]
    clips = [
        a_clip(a_film(tmp_path / f"c{n}.mp4", first=first, frames=count, rate=Fraction(rate), sound="aac"), count)
        for n, (first, count) in enumerate(parts)
    ]
    film, told = finished(clips, edit_of(master, engine, tmp_path), engine, tmp_path, spec=LOSSLESS)
    assert told == ()
    assert numbers(film) == list(range(48))
    assert probe(film).rate == Fraction(rate)
    heard, own = pcm(film), pcm(master)
    length = min(len(heard), len(own))
    assert abs(len(heard) - len(own)) <= 2
    assert np.array_equal(heard[:length], own[:length])


@pytest.mark.parametrize("rate", ["24000/1001", "25", "30000/1001"])
def test_aac_sound_lies_in_place_and_lasts_as_long_as_the_picture(rate: str, engine: Engine, tmp_path: Path) -> None:
    master = a_film(tmp_path / "master.mov", frames=48, rate=Fraction(rate))
    clip = a_clip(a_film(tmp_path / "clip.mp4", frames=48, rate=Fraction(rate), sound=None), 48)
    film, _ = finished([clip], edit_of(master, engine, tmp_path), engine, tmp_path)
    likeness = compare(mono(master), mono(film))
    assert likeness.lag_s == 0 and likeness.similarity > 0.97
    assert len(pcm(film)) // 2 == pytest.approx(48 / Fraction(rate) * 48000, abs=1)


def test_sound_that_was_encoded_for_all_films_lies_in_place_too(
    master_file: Path, engine: Engine, tmp_path: Path
) -> None:
    edit, output = edit_of(master_file, engine, tmp_path), an_output(size=SMALL)
    clips, films = [a_clip(a_film(tmp_path / "clip.mp4", frames=48), 48)], [tmp_path / "a.mp4", tmp_path / "b.mp4"]
    for film in films:
        target = {"into": film, "poster": tmp_path / "p.jpg", "engine": engine, "cache": tmp_path / "cache"}
        asyncio.run(finish_film(clips, master=edit, output=output, **target))
    assert films[0].read_bytes() == films[1].read_bytes()
    assert len(list((tmp_path / "cache").glob("sound-*.mp4"))) == 1
    assert len(pcm(films[0])) == 2 * 96000
    likeness = compare(mono(master_file), mono(films[0]))
    assert likeness.lag_s == 0 and likeness.similarity > 0.97


def test_a_film_is_made_for_the_web(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    clip = a_clip(a_film(tmp_path / "clip.mp4", frames=48, sound=None), 48)
    film, _ = finished([clip], edit_of(master_file, engine, tmp_path), engine, tmp_path, size=Size(320, 180))
    facts, blob = probe(film), film.read_bytes()
    assert (facts.codec, facts.pixel_format, facts.size) == ("h264", "yuv420p", Size(320, 180))
    assert facts.colour == ("tv", "bt709", "bt709", "bt709")
    assert blob.index(b"moov") < blob.index(b"mdat")
    assert b"Lavf" not in blob
    with av.open(str(film)) as container:
        assert container.streams.video[0].codec_context.profile == "High"
    with av.open(str(tmp_path / "film.jpg")) as still:
        assert (still.streams.video[0].width, still.streams.video[0].height) == (320, 180)


def test_the_same_clips_give_the_same_bytes(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    clip = a_clip(a_film(tmp_path / "clip.mp4", frames=48, sound=None), 48, fit="blur")
    edit = edit_of(master_file, engine, tmp_path)
    first, second = (
        finished([clip], edit, engine, tmp_path, size=Size(90, 160), name=name)[0] for name in ("one", "two")
    )
    assert first.read_bytes() == second.read_bytes()
    assert (tmp_path / "one.jpg").read_bytes() == (tmp_path / "two.jpg").read_bytes()


RETURNS = {
    "two frames long": ({"frames": 26}, list(range(24)), ["2 frames longer than 24"]),
    "three frames short": ({"frames": 21}, [*range(21), 20, 20, 20], ["3 frames short of 24"]),
    "restamped from 23.976": ({"rate": Fraction(24000, 1001)}, list(range(24)), ["re-stamped from 23.976 fps to 24"]),
    "another size": ({"size": Size(320, 180)}, list(range(24)), []),
}


@pytest.mark.parametrize("name", RETURNS)
def test_what_a_provider_returns_wrongly_is_mended_and_told(
    name: str, master_file: Path, engine: Engine, tmp_path: Path
) -> None:
    changes, expected, words = RETURNS[name]
    first = a_clip(a_film(tmp_path / "a.mp4", **({"frames": 24} | changes)), 24)
    second = a_clip(a_film(tmp_path / "b.mp4", first=24, frames=24), 24)
    film, told = finished([first, second], edit_of(master_file, engine, tmp_path), engine, tmp_path)
    assert numbers(film) == [*expected, *range(24, 48)]
    assert len(told) == len(words)
    assert all(word in one.message and "clip 1 (a.mp4)" in one.message for word, one in zip(words, told, strict=True))


def test_a_clip_at_another_rate_is_resampled_without_a_wrong_frame(
    master_file: Path, engine: Engine, tmp_path: Path
) -> None:
    at_24, at_60 = a_film(tmp_path / "a.mp4", frames=48, sound=None), tmp_path / "b.mp4"
    ffmpeg("-i", at_24, "-vf", "fps=60:round=near", at_60)
    film, told = finished([a_clip(at_60, 48)], edit_of(master_file, engine, tmp_path), engine, tmp_path)
    assert numbers(film) == list(range(48))
    assert "resampled from 60 fps to 24 fps" in told[0].message


def test_an_offset_odd_codec_and_foreign_sound_do_no_harm(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    plain, odd = a_film(tmp_path / "a.mp4", frames=48), tmp_path / "b.mkv"
    ffmpeg("-itsoffset", "1.4", "-i", plain, "-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", odd)
    film, _ = finished([a_clip(odd, 48)], edit_of(master_file, engine, tmp_path), engine, tmp_path)
    assert numbers(film) == list(range(48))


def colours(path: Path, size: Size) -> np.ndarray[Any, np.dtype[np.uint8]]:
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        return frame.to_ndarray(format="gray")[: size.height, : size.width]


@pytest.mark.parametrize(("fit", "corner"), [("pad", True), ("crop", False), ("blur", False)])
def test_a_passed_through_shot_is_fitted_to_the_shape(
    fit: str, corner: bool, master_file: Path, engine: Engine, tmp_path: Path
) -> None:
    size = Size(90, 160)
    grey = tmp_path / "grey.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=gray:s=160x90:r=24:d=2", grey)
    edit = edit_of(master_file, engine, tmp_path)
    film, told = finished([a_clip(grey, 48, fit=fit)], edit, engine, tmp_path, size=size)
    picture = colours(film, size)
    assert told == () and picture.shape == (160, 90)
    assert picture[80, 45] > 100
    assert (picture[2, 2] < 20) == corner


def test_a_crop_keeps_its_focus(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    halves = tmp_path / "halves.mp4"
    graph = "color=black:s=160x90:r=24:d=2,drawbox=x=80:w=80:color=white:t=fill"
    ffmpeg("-f", "lavfi", "-i", graph, halves)
    edit, size = edit_of(master_file, engine, tmp_path), Size(90, 160)
    left, _ = finished([a_clip(halves, 48, focus=(0.0, 0.5))], edit, engine, tmp_path, size=size)
    right, _ = finished([a_clip(halves, 48, focus=(1.0, 0.5))], edit, engine, tmp_path, size=size, name="right")
    assert colours(left, size).mean() < 20 and colours(right, size).mean() > 230


def test_an_ordered_clip_in_another_shape_is_told(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    square = a_film(tmp_path / "square.mp4", frames=48, size=Size(96, 96), sound=None)
    edit = edit_of(master_file, engine, tmp_path)
    _, told = finished([a_clip(square, 48, ordered=True)], edit, engine, tmp_path)
    assert "returned as 96x96" in told[0].message and "160x90" in told[0].message and told[0].severity == "error"


def test_untagged_and_full_range_clips_keep_their_colour(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    edit, size, reds = edit_of(master_file, engine, tmp_path), Size(1280, 720), []
    for name, graph in (
        ("tagged", "format=yuv420p,setparams=range=tv:colorspace=bt709"),
        ("untagged", "format=yuv420p"),
        (
            "full",
            "scale=out_range=pc:in_color_matrix=bt709:out_color_matrix=bt709,format=yuvj420p,setparams=colorspace=bt709",
        ),
    ):
        clip = tmp_path / f"{name}.mp4"
        source = "color=black:s=1280x720:r=24:d=0.1,format=yuv420p,geq=lum=63:cb=102:cr=240"
        ffmpeg("-f", "lavfi", "-i", source, "-vf", graph, "-preset", "ultrafast", "-crf", "4", clip)
        small = replace(edit, frames=2)
        film, _ = finished([a_clip(clip, 2)], small, engine, tmp_path, size=size, name=f"f-{name}")
        with av.open(str(film)) as container:
            planes = next(container.decode(video=0)).to_ndarray()
        reds.append((int(planes[100, 100]), int(planes[760, 100]), int(planes[1000, 100])))
    assert all(np.allclose(red, (63, 102, 240), atol=2) for red in reds), reds


def test_a_master_without_sound_gives_a_film_without_a_track(engine: Engine, tmp_path: Path) -> None:
    master = a_film(tmp_path / "master.mov", frames=24, sound=None)
    film, _ = finished([a_clip(master, 24)], edit_of(master, engine, tmp_path), engine, tmp_path)
    assert probe(film).audio is None


def test_a_spec_without_sound_gives_no_track(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    clip, edit = a_clip(a_film(tmp_path / "clip.mp4", frames=48), 48), edit_of(master_file, engine, tmp_path)
    film, _ = finished([clip], edit, engine, tmp_path, spec=a_spec(audio_codec=None))
    assert probe(film).audio is None


def test_mono_sound_keeps_its_level_in_stereo(engine: Engine, tmp_path: Path) -> None:
    master = a_film(tmp_path / "master.mov", frames=24, channels=1)
    film, _ = finished([a_clip(master, 24)], edit_of(master, engine, tmp_path), engine, tmp_path, spec=LOSSLESS)
    assert np.array_equal(pcm(film).reshape(-1, 2)[:, 0], pcm(master, 1))


def test_sound_at_another_rate_is_brought_over_without_lag(engine: Engine, tmp_path: Path) -> None:
    master = a_film(tmp_path / "master.mov", frames=48, sample_rate=44100)
    film, _ = finished([a_clip(master, 48)], edit_of(master, engine, tmp_path), engine, tmp_path, spec=LOSSLESS)
    likeness = compare(mono(master), mono(film))
    assert likeness.lag_s == 0 and likeness.similarity > 0.999 and abs(likeness.gain_db) < 0.05


@pytest.mark.parametrize(("seconds", "samples"), [("0.7", 48000), ("1.4", 48000)])
def test_sound_of_another_length_than_the_picture_is_brought_to_it(
    seconds: str, samples: int, engine: Engine, tmp_path: Path
) -> None:
    silent, master = a_film(tmp_path / "silent.mov", frames=24, sound=None), tmp_path / "master.mov"
    ffmpeg(
        *("-i", silent, "-f", "lavfi", "-i", f"anoisesrc=d={seconds}:r=48000:a=0.2:seed=4", "-map", "0", "-map", "1"),
        *("-c:v", "copy", "-c:a", "pcm_s16le", master),
    )
    film, _ = finished([a_clip(silent, 24)], edit_of(master, engine, tmp_path), engine, tmp_path, spec=LOSSLESS)
    assert len(pcm(film, 1)) == samples


@pytest.mark.parametrize(("picture_s", "sound_s"), [("0", "0.3"), ("0.3", "0"), ("0", "0.015"), ("1.5", "1.5")])
@pytest.mark.parametrize(("container", "codec"), [("mov", "pcm_s16le"), ("mp4", "aac"), ("mkv", "pcm_s16le")])
def test_sound_stays_where_it_lies_against_the_picture(
    picture_s: str, sound_s: str, container: str, codec: str, engine: Engine, tmp_path: Path
) -> None:
    plain, master = a_film(tmp_path / "plain.mov", frames=48), tmp_path / f"master.{container}"
    ffmpeg(
        *("-itsoffset", picture_s, "-i", plain, "-itsoffset", sound_s, "-i", plain, "-map", "0:v", "-map", "1:a"),
        *("-c:v", "copy", "-c:a", codec, master),
    )
    edit = asyncio.run(read_master(master, (), engine, tmp_path / "cache"))
    clip = a_clip(a_film(tmp_path / "clip.mp4", frames=edit.frames, sound=None), edit.frames)
    film, _ = finished([clip], edit, engine, tmp_path, spec=LOSSLESS)
    assert len(pcm(film, 1)) == edit.frames * 2000
    moved, held_s = compare(mono(plain), mono(film)), (edit.frames - 48) / 24
    assert moved.lag_s == pytest.approx(float(sound_s) - float(picture_s) + held_s, abs=0.001)
    assert moved.similarity > 0.98
    assert compare(mono(edit.path), mono(film)).lag_s == pytest.approx(0, abs=0.001)


def test_aac_sound_is_copied_packet_by_packet(engine: Engine, tmp_path: Path) -> None:
    plain, master = a_film(tmp_path / "plain.mov", frames=48), tmp_path / "master.mp4"
    ffmpeg("-i", plain, "-c:v", "copy", "-c:a", "aac", "-b:a", "160k", master)
    edit = edit_of(master, engine, tmp_path)
    film, _ = finished([a_clip(plain, 48)], edit, engine, tmp_path)
    packets = []
    for path in (master, film):
        with av.open(str(path)) as container:
            packets.append([bytes(packet) for packet in container.demux(audio=0) if packet.size])
    assert packets[0] == packets[1]
    assert compare(mono(master), mono(film)).lag_s == 0


def test_loudness_is_moved_by_plain_gain(master_file: Path, engine: Engine, tmp_path: Path) -> None:
    edit, clip = edit_of(master_file, engine, tmp_path), a_clip(a_film(tmp_path / "clip.mp4", frames=48), 48)
    spec = replace(LOSSLESS, loudness_lufs=-30.0, true_peak_dbtp=-1.0)
    film, _ = finished([clip], edit, engine, tmp_path, spec=spec)
    likeness = compare(mono(master_file), mono(film))
    assert likeness.gain_db < -3 and likeness.similarity > 0.999


def test_clips_that_do_not_add_up_and_codecs_not_written_are_refused(
    master_file: Path, engine: Engine, tmp_path: Path
) -> None:
    edit, clip = edit_of(master_file, engine, tmp_path), a_clip(master_file, 40)
    with pytest.raises(MediaError, match="40 frames, the master 48"):
        finished([clip], edit, engine, tmp_path)
    with pytest.raises(MediaError, match="cannot write mpeg4"):
        finished([replace(clip, frames=48)], edit, engine, tmp_path, spec=a_spec(video_codec="mpeg4"))
