"""A whole run from a sheet on the web: only what changed is made, where it came from is told, and without it nothing is done."""

import hashlib
import json
from pathlib import Path

import pytest
from fakes.listener import Heard, Listener, Reply, listening, says
from orchestration.small_campaign import CAMPAIGN, SmallCampaign

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]


class Published:
    """A sheet as Google publishes it: behind a redirect, with an ETag."""

    def __init__(self) -> None:
        self.sheet = b""

    def __call__(self, heard: Heard) -> Reply:
        if heard.path.startswith("/pub"):
            return says(307, location="/files/1")
        mark = f'"{hashlib.sha256(self.sheet).hexdigest()}"'
        return says(304) if heard.headers.get("if-none-match") == mark else says(200, self.sheet, etag=mark)


@pytest.fixture
def small(tmp_path: Path) -> SmallCampaign:
    return SmallCampaign(tmp_path)


def published(small: SmallCampaign, server: Listener, sheet: Published) -> str:
    """Put the campaign's sheet on the server alone; the address without its query."""
    small.write_rows()
    own = small.folder / "variants.csv"
    sheet.sheet = own.read_bytes()
    own.unlink()
    address = f"{server.url}/pub"
    toml = CAMPAIGN.replace("[inputs]\n", f'[inputs]\nvariants = "{address}?output=csv&key=SIGNED"\n')
    (small.folder / "campaign.toml").write_text(toml, encoding="utf-8")
    return address


def test_a_campaign_is_run_from_a_published_sheet(small: SmallCampaign) -> None:
    sheet = Published()
    with listening(script=sheet) as server:
        (small.folder / ".env").write_text(f"FANOUT_ALLOW_HOSTS={server.host}\n")
        address = published(small, server, sheet)
        planned = small.do("plan", "--draft")
        sha256 = hashlib.sha256(sheet.sheet).hexdigest()
        assert (planned["sheet"]["address"], planned["sheet"]["sha256"]) == (address, sha256)
        assert small.do("run", "--draft")["delivered"] == 4
        assert small.manifest()["sheet"] == {"sha256": sha256, "address": address}
        assert (small.home / "sheets" / f"{sha256}.csv").read_bytes() == sheet.sheet
        assert small.do("run", "--draft")["flow_run_url"] == ""
        small.rows[0]["light"] = "neon signs at night"
        published(small, server, sheet)
        jobs = small.jobs()
        small.do("run", "--draft")
        assert len(small.jobs() - jobs) == 2
        before = small.films()
    refused = small.do("run", "--draft", code=2)
    assert refused["faults"][0]["rule"] == "sheet.unreached"
    assert refused["faults"][0]["file"] == address
    assert "SIGNED" not in json.dumps(refused)
    assert small.do("check", "--draft", code=2)["faults"][0]["rule"] == "sheet.unreached"
    assert small.films() == before
