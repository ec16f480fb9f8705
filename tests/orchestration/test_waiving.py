"""An error of quality control, let pass by a person, and a spec that asks for something else: nothing is bought again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.emulation import quick
from orchestration.paid_campaign import PaidCampaign

from flows.hosting.server import server_for

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]
LOUD = """
[placements."client.loud"]
ratios = ["16:9"]
spec = "web.h264"
loudness_lufs = {target}
true_peak_dbtp = -1.0
"""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[PaidCampaign]:
    """One row in one ratio, for the web and for a client who wants more loudness than the mix can give."""
    with quick() as emulator, server_for(tmp_path / "prefect", lambda note: None) as server:
        assert server.auth is not None
        where = {"PREFECT_API_URL": server.api_url, "PREFECT_API_AUTH_STRING": server.auth}
        campaign = PaidCampaign(tmp_path, emulator, where)
        campaign.rows = campaign.rows[:1]
        campaign.write_rows()
        toml = campaign.folder / "campaign.toml"
        asked = 'ratios = ["16:9"]\nplacements = ["client.loud"]'
        text = toml.read_text().replace('ratios = ["16:9", "9:16"]', asked)
        toml.write_text(text.replace("[inputs]", '[inputs]\nspecs = "specs"'))
        (campaign.folder / "specs").mkdir()
        yield campaign


def ask_for(small: PaidCampaign, target: float) -> None:
    (small.folder / "specs" / "client.toml").write_text(LOUD.format(target=target))


def items(small: PaidCampaign) -> dict[str | None, dict[str, Any]]:
    return {item["placement"]: item for item in small.manifest()["items"]}


def test_a_film_that_is_held_back_is_waived_delivered_and_judged_anew_by_other_numbers(small: PaidCampaign) -> None:
    ask_for(small, -2.0)
    held = small.do("run", code=3)
    assert (held["selected"], held["delivered"]) == (1, 0)
    assert "1 of 2 files held back: client.loud: loudness misses the target" in held["troubles"][0]
    assert any("fanout approve --waive CHECK" in step for step in held["steps"])
    loud, plain = items(small)["client.loud"], items(small)[None]
    assert (plain["status"], loud["status"], loud["reason"]) == ("delivered", "failed", "qc")
    assert "fanout approve --waive loudness --by NAME --only variant=" in loud["next"]
    assert list(small.films()) == [plain["file"]]
    told = small.do("status")["films"][0]["outputs"]
    assert [(each["placement"], each["status"]) for each in told] == [(None, "delivered"), ("client.loud", "failed")]
    jobs, made = small.jobs(), sorted((small.home / "store").rglob("*.mp4"))

    waived = small.do(
        "approve",
        "--waive",
        "loudness",
        "--by",
        "Maria",
        "--note",
        "the client knows",
        "--only",
        "market=DE",
        "--placement",
        "client.loud",
    )
    assert [(each["check"], each["by"], each["note"]) for each in waived["waived"]] == [
        ("loudness", "Maria", "the client knows")
    ]
    again = small.do("run")
    assert (again["delivered"], again["run_usd"]) == (1, "0")
    loud = items(small)["client.loud"]
    (finding,) = (each for each in loud["qc"]["findings"] if each["waived_by"])
    assert (finding["check"], finding["severity"], finding["waived_by"]) == ("loudness", "error", "Maria")
    assert (finding["waived_for"], finding["waived_at"]) == ("the client knows", waived["waived"][0]["at"])
    assert loud["status"] == "delivered"
    assert set(small.films()) == {plain["file"], loud["file"]}
    assert (small.jobs(), sorted((small.home / "store").rglob("*.mp4"))) == (jobs, made)

    ask_for(small, -30.0)
    other = small.do("run")
    assert (other["delivered"], other["run_usd"]) == (1, "0")
    qc = items(small)["client.loud"]["qc"]
    assert qc["passed"] and not any(each["waived_by"] for each in qc["findings"])
    assert small.jobs() == jobs
