"""Files that are not what their names say: refused by name, at once, with no second file opened."""

import asyncio
import gzip
import os
import re
import shutil
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from footage import a_film, ffmpeg

from campaign.errors import MediaError
from campaign.media.counting import count_frames
from campaign.media.engine import Engine
from campaign.media.master.master import read_master
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
        probe(fast, master=True)
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


READ = """
import asyncio, sys
from pathlib import Path
from campaign.errors import CampaignError
from campaign.media.engine import Engine
from campaign.media.master.master import read_master
path, engine, cache = map(Path, sys.argv[1:])
try:
    asyncio.run(read_master(path, (), Engine(engine, "9"), cache))
except CampaignError as error:
    print(error)
    sys.exit(2)
"""
ROOT = Path(__file__).parent.parent.parent
OWN = ("/usr/", "/lib", "/etc/", "/proc/", "/sys/", "/dev/", str(ROOT), sys.prefix, sys.base_prefix, sys.exec_prefix)


def strace_works() -> bool:
    found = shutil.which("strace")
    return (
        found is not None and subprocess.run([found, "-e", "trace=none", "true"], capture_output=True).returncode == 0
    )


traced = pytest.mark.skipif(not strace_works(), reason="strace is not installed here, or may not trace")


def reading_under_trace(path: Path, engine: Engine, tmp_path: Path) -> tuple[int, str, set[str]]:
    """Reads a master in a process of its own under strace: exit code, words, and what was opened or connected to that is
    no part of Python, ffmpeg or the machine."""
    log, temporary = tmp_path / "strace.log", tmp_path / "cache" / "temporary"
    temporary.mkdir(parents=True)
    argv = ["strace", "-f", "-qq", "-s", "400", "-e", "trace=open,openat,connect,sendto", "-o", log]
    ran = subprocess.run(
        [*argv, sys.executable, "-c", READ, path, engine.path, tmp_path / "cache"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    lines = log.read_text(errors="replace").splitlines()
    opened = {name for line in lines for name in re.findall(r'open(?:at)?\((?:[^,"]*, )?"([^"]+)"', line)}
    calls = {line for line in lines if re.search(r"\b(connect|sendto)\(.*sa_family=AF_INET", line)}
    cache = str(tmp_path / "cache")
    return (
        ran.returncode,
        ran.stdout,
        {name for name in opened if name.startswith("/") and not name.startswith((*OWN, cache))} | calls,
    )


def a_reference_movie(path: Path, other: Path) -> Path:
    """A MOV whose data lie, by its own word, in the file `other`: a data reference with the alias record of its path."""
    film = bytearray(a_film(path, frames=4, sound=None).read_bytes())
    name = os.fsencode(other).replace(b"/", b":")
    name = b":" * (len(name) % 2) + name
    record = bytes(10 + 1 + 27 + 12 + 1 + 63 + 16) + struct.pack(">HH", 1, 1) + bytes(16)
    record += struct.pack(">HH", 2, len(name)) + name + struct.pack(">HH", 0xFFFF, 0)
    place = film.index(b"dref") + 12
    old = int.from_bytes(film[place : place + 4], "big")
    film[place : place + old] = struct.pack(">I4sI", len(record) + 12, b"alis", 0) + record
    for kind in (b"moov", b"trak", b"mdia", b"minf", b"dinf", b"dref"):
        start = film.index(kind) - 4
        size = int.from_bytes(film[start : start + 4], "big") + len(record) + 12 - old
        film[start : start + 4] = size.to_bytes(4, "big")
    path.write_bytes(film)
    return path


TRAPS: dict[str, Callable[[Path, Path], object]] = {
    "playlist": lambda path, secret: path.write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{secret}\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n"
    ),
    "ffconcat": lambda path, secret: path.write_text(f"ffconcat version 1.0\nfile {secret}\n"),
    "sdp": lambda path, _: path.write_text("v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n"),
    "asx": lambda path, secret: path.write_text(f'<asx version="3.0"><entry><ref href="{secret}"/></entry></asx>'),
    "reference": a_reference_movie,
}


@traced
@pytest.mark.parametrize("name", TRAPS)
def test_no_second_file_is_opened_and_nobody_is_called(name: str, tmp_path: Path, engine: Engine) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    secret, path = folder / "secret.ts", folder / "master.mp4"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=0.2", "-f", "mpegts", secret)
    TRAPS[name](path, secret)
    code, words, opened = reading_under_trace(path, engine, tmp_path)
    assert code == 2, words
    assert opened <= {str(path)}
    assert str(path) in words


@traced
def test_the_trap_of_a_reference_would_spring(tmp_path: Path, engine: Engine) -> None:
    folder, secret = tmp_path / "given", tmp_path / "given" / "secret.mov"
    folder.mkdir()
    path = a_reference_movie(folder / "master.mov", a_film(secret, frames=4, sound=None))
    log = tmp_path / "log"
    careless = [
        engine.path,
        "-v",
        "error",
        "-enable_drefs",
        "1",
        "-use_absolute_path",
        "1",
        "-i",
        path,
        "-f",
        "null",
        "-",
    ]
    subprocess.run(["strace", "-f", "-e", "trace=openat", "-o", log, *careless], check=False, capture_output=True)
    assert f'"{secret}"' in log.read_text(errors="replace")


@traced
@pytest.mark.parametrize("suffix", ["wmv", "ts", "avi", "mxf"])
def test_only_the_master_itself_is_opened(suffix: str, tmp_path: Path, engine: Engine) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    path = folder / f"master.{suffix}"
    codec = ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le") if suffix == "mxf" else ()
    ffmpeg("-i", a_film(tmp_path / "plain.mov", frames=10), *codec, path)
    code, words, opened = reading_under_trace(path, engine, tmp_path)
    assert code == 0, words
    assert opened == {str(path)}


def seconds_to_refuse(path: Path, engine: Engine, tmp_path: Path, words: str) -> float:
    began = time.monotonic()
    with pytest.raises(MediaError, match=words) as caught:
        asyncio.run(read_master(path, (), engine, tmp_path / "cache"))
    assert str(path) in str(caught.value)
    return time.monotonic() - began


@pytest.mark.parametrize("suffix", ["wmv", "ts", "avi", "mxf"])
def test_every_container_cut_short_is_refused(suffix: str, tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / f"master.{suffix}"
    codec = ("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le") if suffix == "mxf" else ()
    ffmpeg("-i", a_film(tmp_path / "plain.mov", frames=24), *codec, path)
    path.write_bytes(path.read_bytes()[:-4001])
    assert seconds_to_refuse(path, engine, tmp_path, "cut short") < 2


def test_streams_without_an_end_are_no_files(tmp_path: Path, engine: Engine) -> None:
    pipe, zero = tmp_path / "pipe.mp4", tmp_path / "zero.mp4"
    os.mkfifo(pipe)
    zero.symlink_to("/dev/zero")
    for path in (pipe, zero):
        assert seconds_to_refuse(path, engine, tmp_path, "not a regular file") < 1


def test_archives_are_no_films(tmp_path: Path, engine: Engine) -> None:
    packed, squeezed = tmp_path / "zip.mp4", tmp_path / "gz.mp4"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("film.mp4", bytes(10_000_000))
    squeezed.write_bytes(gzip.compress(bytes(10_000_000)))
    assert seconds_to_refuse(packed, engine, tmp_path, "a ZIP archive") < 1
    assert seconds_to_refuse(squeezed, engine, tmp_path, "a gzip archive") < 1


def test_a_file_of_endless_size_or_parts_is_refused(tmp_path: Path, engine: Engine) -> None:
    vast, chopped = tmp_path / "vast.mp4", tmp_path / "chopped.mp4"
    vast.write_bytes(struct.pack(">I4s", 0, b"ftyp"))
    os.truncate(vast, 2**37)
    chopped.write_bytes(struct.pack(">I4s", 8, b"free") * 400_000)
    assert seconds_to_refuse(vast, engine, tmp_path, "bytes are more than") < 1
    assert seconds_to_refuse(chopped, engine, tmp_path, "chopped") < 2


def test_a_picture_larger_than_its_header_says_is_refused(tmp_path: Path, engine: Engine) -> None:
    film, lying = tmp_path / "huge.mov", tmp_path / "lying.mov"
    ffmpeg("-f", "lavfi", "-i", "color=s=8256x4400:r=25:d=0.04", "-c:v", "mjpeg", "-pix_fmt", "yuvj420p", film)
    huge = bytearray(film.read_bytes())
    place = huge.index(b"jpeg") + 28
    huge[place : place + 4] = struct.pack(">HH", 160, 90)
    film.write_bytes(huge)
    assert seconds_to_refuse(film, engine, tmp_path, "larger than 8192x4320|not one frame|damaged") < 5
    honest = bytearray(a_film(tmp_path / "small.mov", frames=4, sound=None).read_bytes())
    place = honest.index(b"avc1") + 28
    honest[place : place + 4] = struct.pack(">HH", 65000, 65000)
    lying.write_bytes(honest)
    assert seconds_to_refuse(lying, engine, tmp_path, "larger than 8192x4320|damaged .*65000x65000") < 5


def test_more_frames_than_a_film_has_are_not_read_to_the_end(tmp_path: Path, engine: Engine) -> None:
    second, film = tmp_path / "second.ts", tmp_path / "endless.ts"
    ffmpeg("-f", "lavfi", "-i", "color=s=32x32:r=60:d=1", "-c:v", "mpeg2video", second)
    film.write_bytes(second.read_bytes() * 300)
    assert seconds_to_refuse(film, engine, tmp_path, "holds more than 14,400 frames|longer than 120") < 10
