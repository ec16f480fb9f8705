"""The pictures of approved takes: exported once, found again, and believed only by their bytes."""

from fractions import Fraction
from pathlib import Path

import pytest
from footage import a_film

from campaign.errors import StoreError
from campaign.media.engine import Engine
from campaign.model.approvals import Take
from campaign.model.prompts import Keyframe
from campaign.preparing.stills import still_of, stills_of
from campaign.store.files import Store

RATE = Fraction(24)
NO_ENGINE = Engine(Path("/no/ffmpeg"), "0")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home" / "store")


def a_take(store: Store, folder: Path, *, start: int = 100, frames: int = 60) -> Take:
    film = a_film(folder / "take.mp4", frames=frames, rate=RATE, sound=None)
    return Take(start, start + frames, store.put(film, ".mp4").sha256)


def kept(take: Take, store: Store, home: Path, engine: Engine) -> tuple[Keyframe, ...]:
    return stills_of([take, take], rate=RATE, home=home, store=store, engine=engine)[take]


def test_pictures_are_exported_once_and_told_by_the_masters_frames(
    tmp_path: Path, store: Store, engine: Engine
) -> None:
    take, home = a_take(store, tmp_path), tmp_path / "home"
    made = kept(take, store, home, engine)
    assert [(each.frame, each.pinned) for each in made] == [(100, True), (159, True)]
    assert [still_of(each) for each in made] == [Path(each.path) for each in made]
    store.local(take.sha256).unlink()
    assert kept(take, store, home, NO_ENGINE) == made, "what was exported needs neither footage nor ffmpeg"
    moved = Take(0, 60, take.sha256)
    assert [each.frame for each in kept(moved, store, home, NO_ENGINE)] == [0, 59]
    assert not list((home / "stills").rglob("*.part"))


def test_pictures_that_were_deleted_are_exported_again_and_are_the_same(
    tmp_path: Path, store: Store, engine: Engine
) -> None:
    take, home = a_take(store, tmp_path), tmp_path / "home"
    made = kept(take, store, home, engine)
    Path(made[1].path).unlink()
    assert kept(take, store, home, engine) == made
    Path(made[1].path).unlink()
    store.local(take.sha256).unlink()
    assert stills_of([take], rate=RATE, home=home, store=store, engine=engine) == {}


def test_a_picture_that_is_not_the_one_planned_with_is_refused_with_the_cure(
    tmp_path: Path, store: Store, engine: Engine
) -> None:
    made = kept(a_take(store, tmp_path), store, tmp_path / "home", engine)[0]
    path = Path(made.path)
    path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(StoreError, match=r"frame 100 is no longer the one planned with\. Delete it and run again"):
        still_of(made)
    path.unlink()
    with pytest.raises(StoreError, match="No such file"):
        still_of(made)


def test_a_template_s_picture_is_found_where_intake_placed_it(tmp_path: Path) -> None:
    path = tmp_path / "beat.png"
    path.write_bytes(b"a picture")
    assert still_of(Keyframe(frame=3, path=str(path))) == path
    with pytest.raises(StoreError, match="Run again: it is planned anew"):
        still_of(Keyframe(frame=3, path=str(path), sha256="0" * 64))


def test_footage_that_cannot_be_read_gives_no_pictures_and_keeps_no_other_from_it(
    tmp_path: Path, store: Store, engine: Engine
) -> None:
    path = tmp_path / "broken.mp4"
    path.write_bytes(b"not a film")
    broken, good = Take(0, 24, store.put(path, ".mp4").sha256), a_take(store, tmp_path)
    found = stills_of([broken, good], rate=RATE, home=tmp_path / "home", store=store, engine=engine)
    assert list(found) == [good]
