"""Which films one process writes, and how many bits their pictures get."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from builders import a_spec

from campaign.media.film.commands import FilmFile, Take
from campaign.media.film.encoding import Aim, sociable
from campaign.media.film.loudness import Level, step, unreached
from campaign.media.film.rates import Written, budget_kbps, first_aim, next_aim
from campaign.media.film.writing import groups
from campaign.media.source import Source
from campaign.model.catalogue import DeliverySpec
from campaign.model.ratios import Size


def a_take(**changes: Any) -> Take:
    source = Source(Path("/a.mp4"), "mov")
    base = {"source": source, "size": Size(64, 36), "frames": 24, "retimed": False, "fit": "crop", "focus": (0.5, 0.5)}
    return Take(**(base | changes))


def a_film(aim: Aim | None = None, take: Take | None = None, **changes: Any) -> FilmFile:
    path = Path("/film.mp4")
    return FilmFile(
        takes=(take or a_take(),),
        size=Size(64, 36),
        rate=Fraction(24),
        spec=a_spec(**changes),
        into=path,
        poster=path,
        poster_frame=0,
        aim=aim or Aim(),
    )


def test_light_films_share_a_process_and_heavy_ones_or_those_of_two_passes_do_not() -> None:
    light, heavy, twice = a_film(), a_film(preset="medium"), a_film(Aim(900, 2))
    prores = a_film(video_codec="prores_ks", preset=None)
    found = groups([light, prores, light, light, heavy, heavy, twice, light])
    assert [len(group) for group in found] == [3, 1, 1, 1, 1, 1]


def test_windows_on_the_same_frames_share_a_process_and_films_of_other_frames_do_not() -> None:
    left, right = a_film(take=a_take(focus=(0.1, 0.5))), a_film(take=a_take(fit="pad"))
    later, other = a_film(take=a_take(first=1)), a_film(take=a_take(source=Source(Path("/b.mp4"), "mov")))
    found = groups([left, right, later, other, left])
    assert found == [(left, right), (later,), (other,), (left,)]


@pytest.mark.parametrize(
    ("changes", "taken"),
    [
        ({}, True),
        ({"max_video_kbps": 25_000}, True),
        ({"preset": "medium"}, False),
        ({"crf": None, "video_kbps": 900}, False),
        ({"crf": 0}, False),
        ({"video_codec": "prores_ks", "preset": None}, False),
    ],
)
def test_only_light_films_of_one_pass_are_made_beside_those_of_other_ratios(
    changes: dict[str, Any], taken: bool
) -> None:
    assert sociable(a_spec(**changes)) is taken


def an_aim(tried: Aim, size: int, kbps: int, **changes: Any) -> Aim | None:
    return next_aim(spec_of(**changes), Fraction(8), tried, Written(size, Fraction(kbps)), sound=True)


def spec_of(**changes: Any) -> DeliverySpec:
    return a_spec(**({"audio_kbps": 200} | changes))


def test_a_limit_of_bytes_leaves_room_for_the_sound_and_a_margin() -> None:
    assert budget_kbps(spec_of(max_bytes=1_000_000), Fraction(8), sound=True) == 970 - 200
    assert budget_kbps(spec_of(), Fraction(8), sound=True) is None
    assert first_aim(spec_of(video_kbps=900, max_bytes=1_000_000), Fraction(8), sound=True) == Aim(770, 2)
    assert first_aim(spec_of(max_bytes=1_000_000), Fraction(8), sound=True) == Aim()


@pytest.mark.parametrize(
    ("tried", "size", "kbps", "changes", "then"),
    [
        (Aim(), 900_000, 800, {"max_bytes": 1_000_000}, None),
        (Aim(), 1_100_000, 900, {"max_bytes": 1_000_000}, Aim(770, 2)),
        (Aim(770, 2), 1_100_000, 900, {"max_bytes": 1_000_000}, Aim(679, 2)),
        (Aim(), 1, 2500, {"max_video_kbps": 2000}, Aim(1904, 2)),
        (Aim(1904, 2), 1, 2200, {"max_video_kbps": 2000}, Aim(1648, 2)),
        (Aim(), 1, 500, {"min_video_kbps": 1000}, Aim(1050, 2)),
        (Aim(1050, 2), 1, 900, {"min_video_kbps": 1000}, Aim(1225, 2)),
        (Aim(5000, 2), 1, 500, {"min_video_kbps": 1000}, None),
        (Aim(), 1, 500, {"min_video_kbps": 1000, "max_bytes": 1_000_000}, None),
        (Aim(), 9_000_000, 9000, {"max_bytes": 1_000_000, "video_codec": "prores_ks"}, None),
        (Aim(), 1_100_000, 900, {"max_bytes": 1_000_000, "video_codec": "libsvtav1"}, Aim(770)),
    ],
)
def test_what_missed_a_limit_is_tried_again_with_another_average(
    tried: Aim, size: int, kbps: int, changes: dict[str, Any], then: Aim | None
) -> None:
    assert an_aim(tried, size, kbps, **changes) == then


@pytest.mark.parametrize(
    ("level", "gain"),
    [
        (Level(-23.0, -10.0), 7.0),
        (Level(-23.0, -5.0), 3.9),
        (Level(-10.0, -0.1), -6.0),
        (Level(-16.0, 0.5), -1.6),
        (Level(None, None), 0.0),
    ],
)
def test_gain_goes_as_far_as_the_true_peak_allows(level: Level, gain: float) -> None:
    assert step(level, a_spec(loudness_lufs=-16.0, true_peak_dbtp=-1.0)) == pytest.approx(gain)
    assert step(level, a_spec()) == 0.0


def test_what_gain_cannot_reach_is_told() -> None:
    spec = a_spec(loudness_lufs=-16.0, true_peak_dbtp=-1.0)
    (finding,) = unreached(Level(-19.1, -1.1), spec)
    assert (finding.severity, finding.measured) == ("warning", "-19.1 LUFS, -1.1 dBTP")
    assert "3.1 LU below" in finding.message
    assert unreached(Level(-16.05, -3.0), spec) == ()
