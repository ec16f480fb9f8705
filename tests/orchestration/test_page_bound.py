"""A page that a worker makes buys what its run has planned, and nothing else."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fakes.emulation import quick
from orchestration.clicking import Clicker, in_environment
from orchestration.paid_campaign import PaidCampaign

from campaign.model.orders import RunOrder
from campaign.preparing.billing import whole
from campaign.preparing.prepare import prepare
from campaign.settings import read_settings
from flows.hosting.server import server_for
from flows.markets.page_order import PageOrder

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]


@pytest.fixture
def clicker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clicker]:
    with server_for(tmp_path / "server", lambda note: None) as server, quick() as emulator:
        assert server.auth is not None
        way = {"PREFECT_API_URL": server.api_url, "PREFECT_API_AUTH_STRING": server.auth}
        in_environment(emulator.environment(), monkeypatch.setenv)
        yield Clicker(PaidCampaign(tmp_path, emulator, way), server)


def a_page(clicker: Clicker) -> dict[str, Any]:
    """What a run hands over with the page of its first market, as the campaign's files are now; its jobs are planned."""
    order = RunOrder(campaign_file=clicker.paid.folder / "campaign.toml", draft=True)
    with prepare(order, read_settings(beside=clicker.paid.folder)) as prepared:
        films = [film for film in prepared.plan.films if film.variant.market == "DE"]
        prepared.ledger.plan(prepared.plan.campaign, prepared.plan.jobs.values())
        page = PageOrder(
            order=replace(order, films=tuple(film.id for film in films)),
            run_id="run-1",
            plan_sha256=whole(prepared.plan, films).plan_sha256,
        )
        return {"title": "DE", "variants": [films[0].variant.key], "page": page}


def test_a_worker_whose_files_have_changed_since_buys_nothing(clicker: Clicker) -> None:
    from flows.markets.market import market

    paid = clicker.paid
    paid.toml('name = "local"', 'name = "luma"')
    page = a_page(clicker)
    by_hand = clicker.run_with(market, **page | {"page": None})
    assert (by_hand.type, "Start fan-out or regenerate" in by_hand.message) == ("FAILED", True)
    paid.toml('name = "luma"', 'name = "runware"')
    seen = clicker.run_with(market, **page)
    assert seen.type == "FAILED"
    assert "not those that this page was planned with" in seen.message
    assert not paid.bill(), "the same jobs at the same prices, but nobody agreed to this vendor"
    paid.toml('name = "runware"', 'name = "luma"')
    assert clicker.run_with(market, **page).message == "All 2 films are made."
    assert len(paid.bill()) == 2
    assert a_page(clicker)["page"] == page["page"], "what was bought meanwhile changes no plan"
