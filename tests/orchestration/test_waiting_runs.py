"""A run of the room that waits for a person: other markets' runs go on meanwhile."""

from pathlib import Path

import pytest
from orchestration.clicking import campaign_toml
from orchestration.open_room import FINAL, OpenRoom
from orchestration.small_campaign import SmallCampaign

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]


def test_a_run_that_waits_for_its_answer_lets_another_market_s_begin(tmp_path: Path) -> None:
    small = SmallCampaign(tmp_path)
    campaign_toml(small.folder, "\n[approval]\ndraft_first = true\n")
    room = OpenRoom(small)
    try:
        first, second = (room.api.start(only=[f"market={market}"]) for market in ("DE", "JP"))
        room.api.until(first, {"PAUSED"})
        room.api.until(second, {"PAUSED"})
        for run in (first, second):
            room.api.ask("POST", f"/flow_runs/{run}/resume", run_input={"your_name": "Ada", "approve": "yes"})
        ended = [room.api.until(run, FINAL)["state"] for run in (first, second)]
    finally:
        code, said = room.close()
    assert [state["message"] for state in ended] == ["All 2 films are made."] * 2
    assert (code, "Traceback" in said) == (0, False), said
    assert len(small.films()) == 8, "drafts and finals of both"
    assert len(small.promised()) == 4
