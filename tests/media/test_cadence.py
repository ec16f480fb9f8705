"""Films at another rate than their master: which of its frames they show, and that their sound lasts as long."""

import asyncio
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from builders import a_spec, an_output
from footage import SMALL, a_film, numbers, pcm

from campaign.media.engine import Engine
from campaign.media.film.clips import Clip
from campaign.media.film.finishing import finish_film
from campaign.media.master.master import read_master
from campaign.media.quality.comparing import Comparison
from campaign.media.quality.qc import inspect
from campaign.media.quality.views import Stretch, View
from campaign.model.edit import Shot
from campaign.model.qc import QCReport
from campaign.model.rates import Cadence, Convert, cadence_to

FILM24, NTSC30 = Fraction(24000, 1001), Fraction(30000, 1001)
FRAMES = 49


def converted(rate: Fraction, cadence: Cadence, sound: str, engine: Engine, tmp_path: Path) -> tuple[Path, QCReport]:
    """A film of two pieces in a cadence, and what quality control says of it."""
    file = a_film(tmp_path / "master.mov", frames=FRAMES, rate=rate, sound=sound)
    shots = (Shot(id="all", start_frame=0, end_frame=FRAMES),)
    master = asyncio.run(read_master(file, shots, engine, tmp_path / "cache"))
    spec = a_spec(
        container="mov", crf=10, rates=(cadence.rate,), audio_codec=sound, convert=Convert.SPEED, **held(cadence)
    )
    output, into = an_output(spec=spec, size=SMALL, cadence=cadence), tmp_path / "film.mov"
    clips = [
        Clip(path=file, frames=frames, fit="crop", focus=(0.5, 0.5), first=first)
        for first, frames in ((0, 20), (20, 29))
    ]
    terms = {"master": master, "output": output, "engine": engine, "cache": tmp_path / "cache"}
    asyncio.run(finish_film(clips, into=into, poster=tmp_path / "film.jpg", **terms))  # type: ignore[arg-type]
    stretches = (
        Stretch(shot="all", start_frame=0, end_frame=20, own=True, view=View("crop")),
        Stretch(shot="all", start_frame=20, end_frame=FRAMES, own=True, view=View("crop")),
    )
    _, report = asyncio.run(inspect(into, comparison=Comparison(stretches), **terms))  # type: ignore[arg-type]
    return into, report


def held(cadence: Cadence) -> dict[str, Any]:
    """What a spec says that has such films."""
    own = Fraction(FRAMES * cadence.repeat, cadence.step)
    return {"hold_seconds": cadence.hold / cadence.rate, "max_seconds": -(-own // 1) / cadence.rate}


def stamps(path: Path) -> list[Fraction]:
    with av.open(str(path)) as film:
        return [frame.pts * frame.time_base for frame in film.decode(video=0)]


@pytest.mark.parametrize("sound", ["pcm_s16le", "aac"])
@pytest.mark.parametrize(
    ("rate", "cadence", "shown"),
    [
        (Fraction(30), Cadence(Fraction(60), repeat=2), [n // 2 for n in range(2 * FRAMES)]),
        (NTSC30, Cadence(2 * NTSC30, repeat=2), [n // 2 for n in range(2 * FRAMES)]),
        (Fraction(50), Cadence(Fraction(25), step=2), list(range(0, FRAMES, 2))),
        (FILM24, Cadence(Fraction(24)), list(range(FRAMES))),
        (Fraction(30), Cadence(NTSC30), list(range(FRAMES))),
        (Fraction(25), Cadence(Fraction(25), hold=50), [*range(FRAMES), *[FRAMES - 1] * 50]),
        (Fraction(50), Cadence(Fraction(25), step=2, hold=25), [*range(0, FRAMES, 2), *[FRAMES - 1] * 25]),
    ],
)
def test_each_frame_is_the_one_the_cadence_says_and_the_sound_lasts_as_long(
    rate: Fraction, cadence: Cadence, shown: list[int], sound: str, engine: Engine, tmp_path: Path
) -> None:
    film, report = converted(rate, cadence, sound, engine, tmp_path)
    assert report.passed, report.errors
    assert numbers(film) == shown
    assert stamps(film) == [n / cadence.rate for n in range(len(shown))]
    assert [each.message for each in report.findings if each.check == "cadence"] == [cadence.words(rate)]
    if sound != "aac":
        assert len(pcm(film)) // 2 == round(len(shown) / cadence.rate * 48000)


def test_sound_that_runs_faster_is_the_masters_faster_and_nothing_else(engine: Engine, tmp_path: Path) -> None:
    film, _ = converted(FILM24, Cadence(Fraction(24)), "pcm_s16le", engine, tmp_path)
    own, heard = (pcm(path)[::2].astype(float) for path in (tmp_path / "master.mov", film))
    expected = np.interp(np.arange(len(heard)) * 1.001, np.arange(len(own)), own)
    inner = slice(2000, len(heard) - 2000)
    assert np.corrcoef(expected[inner], heard[inner])[0, 1] > 0.99
    assert np.corrcoef(own[: len(heard)][-20000:], heard[-20000:])[0, 1] < 0.9


@pytest.mark.parametrize(
    ("rate", "taken", "convert", "found"),
    [
        (30, (60,), "exact", Cadence(Fraction(60), repeat=2)),
        (60, (25, 30), "exact", Cadence(Fraction(30), step=2)),
        (FILM24, (24, 2 * FILM24), "speed", Cadence(2 * FILM24, repeat=2)),
        (FILM24, (24, 25), "speed", Cadence(Fraction(24))),
        (60, (30, 2 * NTSC30), "speed", Cadence(2 * NTSC30)),
        (24, (FILM24,), "speed", Cadence(FILM24)),
        (FILM24, (24,), "exact", None),
        (24, (25, 30), "speed", None),
        (30, (60,), "refuse", None),
        (25, (25, 50), "speed", None),
        (25, (), "speed", None),
    ],
)
def test_a_cadence_is_found_only_where_no_frame_need_be_made(
    rate: Fraction, taken: tuple[Fraction, ...], convert: str, found: Cadence | None
) -> None:
    assert cadence_to(Fraction(rate), tuple(map(Fraction, taken)), Convert(convert)) == found
