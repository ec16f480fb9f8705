"""Files that are not what their names say: refused by name, at once, with no second file opened."""

import asyncio
import subprocess
import time
from pathlib import Path

import pytest
from footage import a_film, ffmpeg

from campaign.errors import MediaError
from campaign.media.counting import count_frames
from campaign.media.engine import Engine
from campaign.media.master import read_master
from campaign.media.probe import probe
from campaign.media.sniff import sniff

TEXTS = {
    "playlist": ("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n", "HLS playlist"),
    "playlist-bom": ("\ufeff#EXTM3U\nsecret.ts\n", "HLS playlist"),
    "ffconcat": ("ffconcat version 1.0\nfile secret.mp4\n", "ffconcat"),
    "sdp": ("v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 1 RTP/AVP 96\n", "SDP"),
    "dash": ('<?xml version="1.0"?><MPD/>', "XML"),
    "page": ("<html><body>404</body></html>", "HTML"),
    "answer": ('{"error": "expired"}', "JSON"),
    "words": ("this is not a film at all\n", "text"),
    "empty": ("", "empty"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_named_mp4_is_refused_by_what_it_is(name: str, tmp_path: Path, engine: Engine) -> None:
    text, word = TEXTS[name]
    path = tmp_path / f"{name}.mp4"
    path.write_text(text)
    began = time.monotonic()
    with pytest.raises(MediaError, match=word) as caught:
        asyncio.run(read_master(path, (), engine, tmp_path / "cache"))
    assert str(path) in str(caught.value)
    assert time.monotonic() - began < 1
    assert [file.name for file in tmp_path.rglob("*") if file.is_file() and not file.name.startswith(".")] == [
        path.name
    ]


def test_a_picture_and_a_folder_and_nothing_are_no_films(tmp_path: Path) -> None:
    picture = tmp_path / "picture.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=s=64x64", "-frames:v", "1", "-f", "image2", tmp_path / "still.png")
    (tmp_path / "still.png").rename(picture)
    with pytest.raises(MediaError, match="PNG"):
        sniff(picture)
    with pytest.raises(MediaError, match="not a regular file"):
        sniff(tmp_path)
    with pytest.raises(MediaError, match="no such file"):
        sniff(tmp_path / "none.mp4")


def test_a_film_cut_short_is_refused(tmp_path: Path) -> None:
    for movflags in ("faststart", "disable_chpl"):
        whole = tmp_path / f"{movflags}.mp4"
        ffmpeg("-f", "lavfi", "-i", "testsrc2=s=160x90:d=1", "-movflags", movflags, whole)
        whole.write_bytes(whole.read_bytes()[:-4000])
        with pytest.raises(MediaError, match="cut short"):
            probe(whole)


def test_an_mkv_cut_short_is_counted_for_what_it_holds(tmp_path: Path) -> None:
    whole = a_film(tmp_path / "film.mkv", sound=None)
    whole.write_bytes(whole.read_bytes()[:300])
    with pytest.raises(MediaError):
        probe(whole)


def test_a_film_with_wrecked_packets_is_refused_or_told(tmp_path: Path, engine: Engine) -> None:
    film = a_film(tmp_path / "film.mov", sound=None)
    blob = bytearray(film.read_bytes())
    place = blob.index(b"mdat") + 4
    blob[place + 200 : place + 4000] = bytes(3800)
    film.write_bytes(blob)
    with pytest.raises(MediaError):
        asyncio.run(read_master(film, (), engine, tmp_path / "cache"))


def test_cover_art_is_no_moving_picture(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "color=s=64x64", "-frames:v", "1", tmp_path / "cover.png")
    song = tmp_path / "song.mp4"
    ffmpeg(
        *("-f", "lavfi", "-i", "sine=d=1", "-i", tmp_path / "cover.png", "-map", "0", "-map", "1"),
        *("-c:a", "aac", "-c:v", "png", "-disposition:v", "attached_pic", song),
    )
    with pytest.raises(MediaError, match="no moving picture"):
        probe(song)


def test_a_track_without_picture_is_refused(tmp_path: Path) -> None:
    ffmpeg("-f", "lavfi", "-i", "sine=d=1", tmp_path / "sound.mp4")
    with pytest.raises(MediaError, match="no moving picture"):
        probe(tmp_path / "sound.mp4")


def test_monsters_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    fast = tmp_path / "fast.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=s=64x64:r=1000:d=0.1", "-video_track_timescale", "1000", fast)
    with pytest.raises(MediaError, match="more than 120"):
        probe(fast)
    long = tmp_path / "long.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=s=64x64:r=1:d=130", "-preset", "ultrafast", long)
    with pytest.raises(MediaError, match="longer than 120"):
        probe(long)


def test_odd_names_are_only_names(tmp_path: Path) -> None:
    for name in ("-i.mp4", "concat:a|b.mp4", "%d.mp4", "a b'c;[0:v].mp4", "фильм.mp4"):
        film = a_film(tmp_path / name, frames=4, sound=None)
        assert probe(film).frames == count_frames(film).frames == 4


def test_ffmpeg_itself_opens_no_second_file_when_told_the_demuxer(tmp_path: Path, engine: Engine) -> None:
    secret = tmp_path / "secret.ts"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=0.2", "-f", "mpegts", secret)
    playlist = tmp_path / "master.mp4"
    playlist.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXT-X-ENDLIST\n")
    argv = [engine.path, "-nostdin", "-f", "mov", "-protocol_whitelist", "file,pipe", "-i", f"file:{playlist}"]
    ran = subprocess.run([*argv, "-f", "null", "-"], capture_output=True, text=True, check=False)
    assert ran.returncode != 0 and "secret" not in ran.stderr
