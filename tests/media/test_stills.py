"""Pictures of a take: the very frame that a film shows there, and the same bytes each time."""

import asyncio
from fractions import Fraction
from pathlib import Path

import av
import pytest
from builders import an_output
from footage import SMALL, a_film, number, numbers

from campaign.media.engine import Engine
from campaign.media.film.clips import Clip
from campaign.media.film.finishing import finish_film
from campaign.media.film.stills import export_take_stills
from campaign.media.master.master import read_master
from campaign.model.edit import Shot

RATE = Fraction(24000, 1001)
TAKES = {
    "its stamps say 24": (24, Fraction(24)),
    "exact": (24, RATE),
    "short": (20, RATE),
    "long": (29, RATE),
    "at 60 fps": (60, Fraction(60)),
    "at 15 fps": (15, Fraction(15)),
}


@pytest.mark.parametrize("kind", TAKES)
def test_a_picture_is_the_frame_that_the_film_shows_there(tmp_path: Path, engine: Engine, kind: str) -> None:
    frames, rate = TAKES[kind]
    take = a_film(tmp_path / "take.mp4", frames=frames, rate=rate, sound=None)
    film = finished(a_film(tmp_path / "master.mov", frames=24, rate=RATE), take, tmp_path, engine)
    indexes = (0, 1, 10, 22, 23)
    assert [number_in(path) for path in exported(tmp_path, take, indexes, engine)] == [film[n] for n in indexes]


def test_the_same_take_gives_the_same_bytes_however_many_are_asked_for(tmp_path: Path, engine: Engine) -> None:
    take = a_film(tmp_path / "take.mp4", frames=24, rate=RATE, sound=None)
    once, twice, alone = (
        [path.read_bytes() for path in exported(tmp_path / name, take, indexes, engine)]
        for name, indexes in (("once", (0, 12, 23)), ("twice", (0, 12, 23)), ("alone", (12,)))
    )
    assert once == twice
    assert alone == [once[1]]
    assert len(set(once)) == 3


def exported(folder: Path, take: Path, indexes: tuple[int, ...], engine: Engine) -> list[Path]:
    folder.mkdir(exist_ok=True)
    into = [folder / f"{index}.png" for index in indexes]
    asyncio.run(export_take_stills(take, frames=24, rate=RATE, indexes=indexes, into=into, engine=engine))
    return into


def number_in(picture: Path) -> int:
    with av.open(str(picture)) as container:
        frame = next(container.decode(video=0))
    assert (frame.format.name, frame.width, frame.height) == ("rgb24", SMALL.width, SMALL.height)
    return number(frame.to_ndarray(format="gray"))


def finished(master: Path, take: Path, folder: Path, engine: Engine) -> list[int]:
    """The numbers of a film's frames that is made of `take` alone."""
    shots = (Shot(id="all", start_frame=0, end_frame=24),)

    async def make() -> None:
        edit = await read_master(master, shots, engine, folder / "cache")
        clip = Clip(path=take, frames=24, fit="crop", focus=(0.5, 0.5))
        output = an_output(size=SMALL)
        await finish_film(
            [clip], master=edit, output=output, into=folder / "film.mp4", poster=folder / "film.jpg", engine=engine
        )

    asyncio.run(make())
    return numbers(folder / "film.mp4")
