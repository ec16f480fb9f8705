"""The engine and small films for tests on real pixels."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from desks import SHOTS as TWO
from desks import Desk
from footage import a_film

from campaign.ledger.ledger import Ledger
from campaign.media.engine import Engine, find_engine
from campaign.media.film.cutting import cut_segment
from campaign.media.master.master import read_master
from campaign.media.spot.sample import SHOTS, render_sample
from campaign.model.edit import Segment
from campaign.model.ratios import Size


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.ffmpeg)


@pytest.fixture(scope="session")
def engine() -> Engine:
    return find_engine()


@pytest.fixture(scope="session")
def master_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds at 24 fps, frames numbered from 0, stereo PCM."""
    return a_film(tmp_path_factory.mktemp("master") / "master.mov", frames=48)


@pytest.fixture(scope="session")
def sample_film(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Path:
    """The sample master edit, whole but small (320x180)."""
    film = tmp_path_factory.mktemp("sample") / "sample.mov"
    asyncio.run(render_sample(film, engine, size=Size(320, 180)))
    return film


@pytest.fixture(scope="session")
def sample_clips(sample_film: Path, engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sample's shots as clips of 320x180, by id."""
    folder = tmp_path_factory.mktemp("clips")

    async def cut() -> dict[str, Path]:
        master = await read_master(sample_film, SHOTS, engine, folder)
        whole = [(shot, Segment(shot, shot.start_frame, shot.end_frame)) for shot in SHOTS]
        return {shot.id: await cut_segment(master, piece, master.size, folder, engine) for shot, piece in whole}

    return asyncio.run(cut())


@pytest.fixture
def desk(master_file: Path, engine: Engine, tmp_path: Path) -> Iterator[Desk]:
    edit = asyncio.run(read_master(master_file, TWO, engine, tmp_path / "masters"))
    with Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite3'}") as ledger:
        yield Desk(edit, ledger, tmp_path, engine)
