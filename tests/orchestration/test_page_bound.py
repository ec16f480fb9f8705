"""A page that a worker makes buys what its run has planned, and nothing else."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fakes.emulation import quick
from orchestration.clicking import Clicker, in_environment
from orchestration.paid_campaign import PaidCampaign
from prefect.logging.handlers import APILogWorker

from campaign.model.orders import RunOrder
from campaign.preparing.billing import whole
from campaign.preparing.prepare import prepare
from campaign.settings import read_settings
from flows.hosting.server import server_for
from flows.markets.market import market
from flows.markets.page_order import PageOrder
from flows.markets.pulse import BEAT

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]


@pytest.fixture
def clicker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clicker]:
    with server_for(tmp_path / "server", lambda note: None) as server, quick() as emulator:
        assert server.auth is not None
        way = {"PREFECT_API_URL": server.api_url, "PREFECT_API_AUTH_STRING": server.auth}
        in_environment(emulator.environment(), monkeypatch.setenv)
        yield Clicker(PaidCampaign(tmp_path, emulator, way), server)
        APILogWorker.drain_all(timeout=20)  # with the server gone Prefect would try for minutes


@pytest.fixture
def run(clicker: Clicker) -> Iterator[UUID]:
    """A flow run that gives signs of life for `run-1`, as one does whose pages are made elsewhere."""
    flow = clicker.ask("POST", "/flows/", name="fan-out")
    run = UUID(clicker.ask("POST", "/flow_runs/", flow_id=flow["id"], state={"type": "RUNNING"})["id"])
    ended = threading.Event()

    def live() -> None:
        beats = 0
        while not ended.wait(0.3):
            beats += 1
            clicker.ask("PATCH", f"/flow_runs/{run}/labels", **{BEAT: f"run-1 {beats}"})

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield run
    finally:
        ended.set()
        thread.join()


def a_page(clicker: Clicker, run: UUID) -> dict[str, Any]:
    """What a run hands over with the page of its first market, as the campaign's files are now; its jobs are planned."""
    order = RunOrder(campaign_file=clicker.paid.folder / "campaign.toml", draft=True)
    with prepare(order, read_settings(beside=clicker.paid.folder)) as prepared:
        films = [film for film in prepared.plan.films if film.variant.market == "DE"]
        prepared.ledger.plan(prepared.plan.campaign, prepared.plan.jobs.values())
        page = PageOrder(
            order=replace(order, films=tuple(film.id for film in films)),
            run_id="run-1",
            asked_by=run,
            plan_sha256=whole(prepared.plan, films).plan_sha256,
        )
        return {"title": "DE", "variants": [films[0].variant.key], "page": page}


def test_a_worker_buys_nothing_of_a_run_that_has_ended(clicker: Clicker, run: UUID) -> None:
    clicker.paid.toml('name = "local"', 'name = "luma"')
    page = a_page(clicker, run)
    clicker.ask("POST", f"/flow_runs/{run}/set_state", state={"type": "CANCELLED"})
    seen = clicker.run_with(market, **page)
    assert (seen.type, "The run that it belongs to has ended" in seen.message) == ("CANCELLED", True)
    assert not clicker.paid.bill()


def test_a_worker_whose_files_have_changed_since_buys_nothing(clicker: Clicker, run: UUID) -> None:
    paid = clicker.paid
    paid.toml('name = "local"', 'name = "luma"')
    page = a_page(clicker, run)
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
    assert a_page(clicker, run)["page"] == page["page"], "what was bought meanwhile changes no plan"
