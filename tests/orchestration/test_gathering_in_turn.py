"""Two runs of one campaign that end at once: what one has just delivered is not taken back by the other."""

import threading
import time
from pathlib import Path

import pytest
from orchestration.small_campaign import SmallCampaign

from campaign.gathering import gather as gathering
from campaign.model.orders import RunOrder
from campaign.preparing.prepare import Prepared, prepare
from campaign.settings import read_settings

pytestmark = pytest.mark.ffmpeg


def test_who_gathers_looks_at_what_is_made_when_the_other_has_placed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = SmallCampaign(tmp_path)
    order = RunOrder(campaign_file=small.folder / "campaign.toml", draft=True)
    steps: list[str] = []
    stand, place = Prepared.standing, gathering.place

    def slowly(*said: object) -> object:
        steps.append(threading.current_thread().name)
        time.sleep(0.3)
        return (stand if len(said) == 1 else place)(*said)  # type: ignore[arg-type, operator] # as it was called

    def run() -> None:
        with prepare(order, read_settings(beside=small.folder)) as prepared:
            ready.wait()
            gathering.gather(prepared, frozenset())

    ready = threading.Barrier(2)
    monkeypatch.setattr(Prepared, "standing", slowly)
    monkeypatch.setattr(gathering, "place", slowly)
    runs = [threading.Thread(target=run, name=name) for name in ("one", "two")]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert len(steps) == 6
    assert steps == sorted(steps) or steps == sorted(steps, reverse=True), (
        "looked before the other had placed its films"
    )
