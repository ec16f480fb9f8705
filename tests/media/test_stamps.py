"""Whatever stamps a clip comes back with: with just its segment's frames, each is in the film as it was."""

import asyncio
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from builders import a_spec, an_output
from footage import SMALL, TICKS, a_film, hashes, numbers, stamped

from campaign.media.counting import USUAL_RATES, count_frames
from campaign.media.engine import Engine
from campaign.media.film.clips import Clip
from campaign.media.film.finishing import finish_film
from campaign.media.master.master import read_master
from campaign.model.edit import Shot
from campaign.model.qc import Finding

RATES = (5, 12, 24, 25, 30, 50, 60, 120, 1000)
CAMERAS = ("24000/1001", "24", "25", "30000/1001", "30", "48", "50", "60000/1001", "60")
CONTAINERS = {"mp4": "libx264", "mov": "libx264", "mkv": "ffv1", "webm": "libvpx-vp9"}
VARIABLE: dict[str, Callable[[int], int]] = {
    "a camera's jitter": lambda n: n * 3750 + (n * 7919) % 900,
    "ever faster": lambda n: n * 9000 - n * n * 150,
    "ever slower": lambda n: n * 900 + n * n * 300,
    "a gap before the last": lambda n: n * 3750 + (50_000 if n == 23 else 0),
    "in bursts": lambda n: n // 6 * 22_500 + n % 6 * 90,
}


def filmed(clip: Path, master: Path, engine: Engine, folder: Path) -> tuple[Path, tuple[Finding, ...]]:
    """A lossless film of 24 frames as they should be, then the clip."""
    good, film = a_film(folder / "good.mp4", frames=24, sound=None), folder / "film.mp4"
    clips = [Clip(path=path, frames=24, fit="crop", focus=(0.5, 0.5), ordered=True) for path in (good, clip)]
    output = an_output(spec=a_spec(preset="ultrafast", crf=0), size=SMALL)
    edit = asyncio.run(read_master(master, (Shot(id="all", start_frame=0, end_frame=48),), engine, folder / "cache"))
    making = finish_film(clips, master=edit, output=output, into=film, poster=folder / "p.jpg", engine=engine)
    return film, asyncio.run(making)


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("stamps", [*RATES, *VARIABLE])
def test_every_frame_of_a_restamped_clip_is_in_the_film(
    stamps: int | str, container: str, master_file: Path, engine: Engine, tmp_path: Path
) -> None:
    at, rate = (VARIABLE[stamps], 240) if isinstance(stamps, str) else (lambda n: n * TICKS // stamps, stamps)
    back = stamped(tmp_path / f"back.{container}", at, codec=CONTAINERS[container], rate=rate, first=24)
    film, told = filmed(back, master_file, engine, tmp_path)
    assert hashes(film, engine)[24:] == hashes(back, engine)
    assert {finding.severity for finding in told} <= {"warning"}


def jittered(rate: Fraction) -> Callable[[int], int]:
    """As a phone stamps `rate`: by its clock, up to a tenth of a frame off."""
    off = np.random.default_rng(5).uniform(-0.1, 0.1, 1000)
    return lambda n: round((n + 0.1 + off[n]) / rate * TICKS)


@pytest.mark.parametrize("rate", CAMERAS)
def test_jittered_stamps_are_read_as_the_rate_that_was_shot(rate: str, tmp_path: Path) -> None:
    shot = Fraction(rate)
    whole = count_frames(stamped(tmp_path / "phone.mp4", jittered(shot), frames=300))
    assert (whole.rate, whole.constant, whole.frames) == (shot, True, 300)
    short = count_frames(stamped(tmp_path / "short.mov", jittered(shot), frames=24))
    assert abs(short.rate / shot - 1) < Fraction(1, 500) and short.rate in USUAL_RATES


def test_a_jittered_master_is_used_as_it_is_and_a_variable_one_is_mended(engine: Engine, tmp_path: Path) -> None:
    phone = stamped(tmp_path / "phone.mp4", jittered(Fraction(30)), frames=120)
    edit = asyncio.run(read_master(phone, (), engine, tmp_path))
    assert (edit.rate, edit.frames, edit.mezzanine) == (30, 120, "")
    ntsc = Fraction(30000, 1001)
    gaps = stamped(tmp_path / "gaps.mp4", lambda n: jittered(ntsc)(n + n // 9), frames=270)
    mended = asyncio.run(read_master(gaps, (), engine, tmp_path))
    assert (mended.rate, mended.frames) == (ntsc, 300) and "rate varies" in mended.mended[0]
    assert numbers(mended.path) == [n - n // 10 - (n % 10 == 9) for n in range(300)]


PACES: dict[str, tuple[Callable[[int], int], str]] = {
    "a phone that slows down in the dark": (lambda n: min(n, 50) * 3000 + max(n - 50, 0) * 3750, "30"),
    "a clock that runs slower and slower": (lambda n: n * 3000 + n * n * 3 // 5, "30000/1001"),
    "a first frame that is held": (lambda n: (n + 9 * (n > 0)) * 3000, "30"),
}


@pytest.mark.parametrize("name", PACES)
def test_a_variable_master_gets_a_usual_rate_at_which_no_frame_is_lost(
    name: str, engine: Engine, tmp_path: Path
) -> None:
    at, rate = PACES[name]
    edit = asyncio.run(read_master(stamped(tmp_path / "phone.mp4", at, frames=90), (), engine, tmp_path))
    assert edit.rate == Fraction(rate) and "rate varies" in edit.mended[0]
    shown = numbers(edit.path)
    assert shown == sorted(shown) and set(shown) == set(range(90))
