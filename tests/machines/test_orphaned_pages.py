"""A run that is killed when it has handed pages over and no worker has come yet: nobody buys them, the next run makes them."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from chaos.judging import films_of
from chaos.place import RATIOS, make_place
from machines.crew import crew, database, open_pool, prefect_on_postgresql
from machines.power_cuts import MORE
from object_storage import object_storage
from waiting import until

from emulator.options import Options
from emulator.server import Emulator

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg, pytest.mark.postgres]
ROWS = 2
NOBODY = "pages wait for the work pool crew, where no workers are online"


def pages(api: str) -> list[dict[str, Any]]:
    """What stands in the pool's queue, or has left it."""
    with httpx.Client(base_url=api, timeout=20, trust_env=False) as server:
        asked = {"flows": {"name": {"any_": ["market"]}}}
        found: list[dict[str, Any]] = server.post("flow_runs/filter", json=asked).raise_for_status().json()
        return found


@pytest.mark.usefixtures("postgres")  # skips where there is no server
@pytest.mark.timeout(900)
def test_pages_of_a_killed_run_are_bought_for_nobody_and_made_by_the_next(tmp_path: Path) -> None:
    with (
        prefect_on_postgresql(tmp_path / "prefect") as prefect,
        database() as ledger,
        object_storage(tmp_path / "storage") as storage,
        Emulator(Options(fast=True)) as emulator,
    ):
        api = prefect["PREFECT_API_URL"]
        place = make_place(
            tmp_path / "campaign",
            "luma",
            ROWS,
            cap=str(ROWS),
            vendor=emulator.environment() | storage.environment(),
            prefect=prefect,
            database=f"postgresql://{ledger}",
            markets=("DE", "FR"),
            more=MORE,
        )
        open_pool(api, "chaos")
        with place.run() as killed:
            until(lambda: len(pages(api)) == 2, within_s=120)
            until(lambda: NOBODY in (place.folder / "said.log").read_text(encoding="utf-8"))
            killed.kill()
        with crew(tmp_path, ("late",), place.environment) as (machine,):
            until(lambda: all(page["state_type"] == "CRASHED" for page in pages(api)), within_s=240)
            assert not emulator.books.bill(), machine.said()
            with place.run() as again:
                assert again.wait(360) == 0, machine.said()
        assert films_of(place) == (ROWS * len(RATIOS), ())
        assert len(emulator.books.bill()) == 2 * ROWS
