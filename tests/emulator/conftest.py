"""What tests of the emulator share: a small film, a client that put it up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.luma_client import LumaClient
from footage import a_film

from emulator.server import Emulator


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One second at 24 frames, 160x90, with sound."""
    return a_film(tmp_path_factory.mktemp("clip") / "clip.mp4", sound="aac")


@pytest.fixture
def luma(emulator: Emulator) -> Iterator[LumaClient]:
    with LumaClient(emulator) as client:
        yield client


@pytest.fixture
def source(luma: LumaClient, clip: Path) -> dict[str, Any]:
    """The clip, uploaded, as a source."""
    return {"file_id": luma.upload(clip)}
