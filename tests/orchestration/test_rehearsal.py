"""A rehearsal lies apart from the real campaign."""

from decimal import Decimal
from pathlib import Path

import pytest
from orchestration.paid_campaign import PaidCampaign

from emulator.server import Emulator
from fanout.emulate import APART

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]


def test_a_rehearsal_writes_neither_into_out_nor_into_the_real_memory(tmp_path: Path, emulator: Emulator) -> None:
    campaign = PaidCampaign(tmp_path, emulator)
    campaign.environment |= APART
    campaign.out = tmp_path / APART["FANOUT_OUT"] / "small"
    ran = campaign.do("run", "--provider", "luma", "--draft", "--only", "market=DE,ratio=16:9", "--yes")
    assert (ran["selected"], ran["delivered"]) == (1, 1)
    assert campaign.promised() == campaign.films() != {}
    assert campaign.manifest()["rehearsal"] is True
    page = (campaign.out / "report" / "index.html").read_text(encoding="utf-8")
    assert f"luma was asked at {emulator.url}/v1; nothing here was made by the model." in page
    assert not (tmp_path / "out").exists()
    assert Decimal(ran["run_usd"]) == Decimal(ran["spent_usd"]) == campaign.billed_usd() > 0

    again = campaign.do("run", "--provider", "luma", "--draft", "--only", "market=DE,ratio=16:9", "--yes")
    assert (again["run_usd"], again["spent_usd"]) == ("0", ran["spent_usd"])
    other = campaign.do("status", "--provider", "fal")["money"]
    assert (Decimal(other["campaign_spent_usd"]), Decimal(other["spent_usd"])) == (campaign.billed_usd(), 0)
    assert not (tmp_path / ".fanout").exists()
