"""The short version of `make chaos`: a vendor that can be asked and one that cannot, a dozen kills."""

from pathlib import Path

import pytest

from chaos.__main__ import LEAST, campaign_of, least_alone
from flows.hosting.server import server_for

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]


@pytest.mark.parametrize(
    ("provider", "database"), [("luma", "sqlite"), pytest.param("runware", "postgresql", marks=pytest.mark.postgres)]
)
def test_killed_runs_buy_nothing_twice_and_lose_nothing(tmp_path: Path, provider: str, database: str) -> None:
    with server_for(tmp_path / "prefect", lambda _: None) as server:
        prefect = {"PREFECT_API_URL": server.api_url, "PREFECT_API_AUTH_STRING": server.auth or ""}
        ending = campaign_of(tmp_path / "campaign", provider, database, 0, prefect)
    assert len(ending.kills) >= 3, f"the campaign was over before it could be killed: {ending.kills}"
    assert ending.verdict.sound, ending.verdict
    assert ending.verdict.whole == ending.films
    assert least_alone([ending]) >= LEAST[provider]
