"""The whole argv of every command, compared as text; and that every input of every command is guarded."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from builders import a_spec

from campaign.media.detection.detecting import detect_argv
from campaign.media.engine import Engine
from campaign.media.film.commands import FilmFile, Sound, Take, cut_argv, film_argv, sound_argv
from campaign.media.film.encoding import Aim
from campaign.media.film.loudness import level_argv
from campaign.media.source import Source
from campaign.model.ratios import Size

ENGINE = Engine(Path("/opt/ffmpeg"), "9.0.2")
MASTER = Source(Path("/edit/master.mov"), "mov")
NTSC = Fraction(24000, 1001)
ODD = "/edit/it's; [a]=b:c,%d\\ -i /etc/passwd.mov"


def a_take(**changes: object) -> Take:
    base: dict[str, object] = {
        "source": Source(Path("/store/a.mp4"), "mov"),
        "size": Size(640, 360),
        "frames": 97,
        "retimed": False,
        "fit": "stretch",
        "focus": (0.5, 0.5),
    }
    return Take(**(base | changes))


def a_film_file(**changes: object) -> FilmFile:
    base: dict[str, object] = {
        "takes": (a_take(),),
        "size": Size(360, 640),
        "rate": NTSC,
        "spec": a_spec(),
        "into": Path("/store/partial/film.mp4"),
        "poster": Path("/store/partial/film.jpg"),
        "poster_frame": 76,
    }
    return FilmFile(**(base | changes))


def a_sound(**changes: object) -> Sound:
    base: dict[str, object] = {"source": MASTER, "channels": 2, "samples": 384384, "gain_db": 0.0, "copied": False}
    return Sound(**(base | changes))


def a_film_argv(takes: Sequence[Take] = (), **changes: object) -> list[str]:
    return film_argv(ENGINE, [a_film_file(takes=tuple(takes) or (a_take(),), **changes)])


FFV1 = a_spec(video_codec="ffv1", container="mkv", pixel_format="yuv422p10le", crf=None, preset=None)
PRORES = a_spec(
    video_codec="prores_ks", container="mov", pixel_format="yuv422p10le", profile="hq", audio_codec="pcm_s24le"
)
DNXHR = a_spec(
    video_codec="dnxhd", container="mxf", pixel_format="yuv422p", profile="dnxhr_hq", audio_codec="pcm_s24le"
)
TWO = (a_take(), a_take(fit="crop"))
COMMANDS = {
    "cut": cut_argv(ENGINE, MASTER, 97, 233, size=Size(1280, 720), rate=NTSC, into=Path("/cuts/part.mp4")),
    "film": a_film_argv(
        [
            a_take(size=Size(360, 640)),
            a_take(
                source=Source(Path("/store/b.webm"), "matroska", "bt709"), fit="crop", focus=(0.7, 0.5), retimed=True
            ),
            a_take(source=Source(Path("/store/c.mp4"), "mov"), fit="pad"),
            a_take(source=Source(Path("/store/d.mp4"), "mov"), fit="blur"),
        ],
        sound=a_sound(),
    ),
    "film-silent": a_film_argv(),
    "film-mono-louder": a_film_argv(sound=a_sound(channels=1, gain_db=3.5)),
    "film-sound-copied": a_film_argv(sound=a_sound(copied=True)),
    "film-pcm": a_film_argv(sound=a_sound(), spec=a_spec(container="mov", audio_codec="pcm_s24le")),
    "film-untouched": a_film_argv(
        [a_take(first=240, stored="yuv422p10le"), a_take(fit="blur")], size=Size(640, 360), spec=FFV1, sound=a_sound()
    ),
    "film-average": a_film_argv(spec=a_spec(crf=None, video_kbps=4000, max_video_kbps=6000), aim=Aim(4000, 2)),
    "film-first-pass": a_film_argv(spec=a_spec(crf=None, video_kbps=4000, max_video_kbps=6000), aim=Aim(4000, 1)),
    "film-hevc": a_film_argv(spec=a_spec(video_codec="libx265", preset="medium")),
    "film-hevc-average": a_film_argv(spec=a_spec(video_codec="libx265", preset="medium"), aim=Aim(2500, 2)),
    "film-prores": a_film_argv(spec=PRORES, sound=a_sound(), timecode="01:00:00;00"),
    "film-dnxhr": a_film_argv(spec=DNXHR, sound=a_sound(), timecode="10:00:00:00"),
    "film-av1": a_film_argv(spec=a_spec(video_codec="libsvtav1", preset="8", audio_codec="libopus"), sound=a_sound()),
    "film-twice": film_argv(
        ENGINE,
        [
            a_film_file(takes=TWO, sound=a_sound(copied=True)),
            a_film_file(takes=TWO, size=Size(540, 960), into=Path("/store/partial/b.mp4"), sound=a_sound(copied=True)),
        ],
    ),
    "level": level_argv(ENGINE, Path("/cache/sound.mp4"), Fraction(6)),
    "level-short": level_argv(ENGINE, Path("/cache/sound.mp4"), Fraction(1, 3)),
    "sound": sound_argv(ENGINE, a_sound(), a_spec(), Path("/cache/sound.mp4")),
    "detect": detect_argv(ENGINE, MASTER, NTSC, sound=True),
    "detect-silent": detect_argv(ENGINE, MASTER, NTSC, sound=False),
    "cut-odd-name": cut_argv(ENGINE, Source(Path(ODD), "mov"), 0, 9, size=Size(64, 36), rate=NTSC, into=Path("/c.mp4")),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_whole_command_is_as_reviewed(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"argv/{name}.txt", "\n".join(COMMANDS[name]) + "\n")


@pytest.mark.parametrize("argv", COMMANDS.values(), ids=COMMANDS)
def test_every_input_is_opened_by_the_sniffed_demuxer_and_can_open_nothing_else(argv: list[str]) -> None:
    assert argv[1:5] == ["-nostdin", "-hide_banner", "-protocol_whitelist", "file,pipe"]
    assert not any("[0:v:0]" in word for word in argv), "a cover may be v:0"
    inputs = [n for n, word in enumerate(argv) if word == "-i"]
    assert inputs
    for place in inputs:
        first = max(n for n, word in enumerate(argv[:place]) if word == "-f")
        options = dict(zip(argv[first:place:2], argv[first + 1 : place : 2], strict=True))
        assert options["-f"] in ("mov", "matroska")
        assert options["-protocol_whitelist"] == "file,pipe"
        assert argv[place + 1].startswith("file:/")


def test_a_path_is_one_argument_whatever_its_name_holds() -> None:
    argv = COMMANDS["cut-odd-name"]
    assert f"file:{ODD}" in argv
    assert not any("passwd" in word for word in argv if word != f"file:{ODD}")


def test_the_same_clip_may_come_twice_in_a_film() -> None:
    argv = a_film_argv([a_take(), a_take()])
    assert argv.count("-i") == 2


def test_a_fit_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="squeeze"):
        a_film_argv([a_take(fit="squeeze")])
