"""One-click regeneration on a real server: dry run, failed, everything; what it may cost is asked before it is spent."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from fakes.emulation import quick
from orchestration.clicking import Clicker, campaign_toml, in_environment
from orchestration.paid_campaign import PaidCampaign

from emulator.server import Emulator
from flows.server import Server, server_for

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.ffmpeg,
    # Prefect leaves sockets of a flow run that pauses to the garbage collector; a worker's process ends with the run.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_for(tmp_path_factory.mktemp("home"), lambda note: None) as found:
        yield found


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with quick() as emulator:
        yield emulator


@pytest.fixture
def clicker(tmp_path: Path, emulator: Emulator, server: Server, monkeypatch: pytest.MonkeyPatch) -> Clicker:
    """A campaign at luma that spends up to 100 USD unasked."""
    assert server.auth is not None
    way = {"PREFECT_API_URL": server.api_url, "PREFECT_API_AUTH_STRING": server.auth}
    paid = PaidCampaign(tmp_path, emulator, way)
    in_environment(emulator.environment(), monkeypatch.setenv)
    campaign_toml(tmp_path, '\n[budget]\nask_above_usd = "100"\ncampaign_usd = "50"\n')
    return Clicker(paid, server)


def test_a_dry_run_shows_count_price_and_names_and_leaves_no_trace(clicker: Clicker) -> None:
    from flows.regenerate import regenerate

    paid = clicker.paid
    seen = clicker.run(regenerate, what="everything", provider="luma", quality="draft", markets=["de"], dry_run=True)
    assert (seen.state, seen.type) == ("Dry run", "COMPLETED")
    assert "2 films would be made for up to 0.57 USD at luma (2 jobs)" in seen.message
    page, rows = seen.artifacts["small-dry-run"], seen.artifacts["small-dry-run-films"]
    assert "0.00 of 50.00 USD of budget.campaign_usd" in page
    assert '"ratio": "9:16"' in rows
    assert "_v2" in rows
    assert not paid.bill()
    assert not paid.emulator.books.requests()
    assert not paid.jobs()
    assert not paid.out.exists()


def test_what_does_not_exist_fails_with_the_sentence(clicker: Clicker) -> None:
    from flows.regenerate import regenerate

    seen = clicker.run(regenerate, markets=["XX"], dry_run=True)
    assert seen.type == "FAILED"
    assert "no film of the plan has this market" in seen.message
    seen = clicker.run(regenerate, max_usd="ten")
    assert (seen.type, "write an amount such as 12.50" in seen.message) == ("FAILED", True)


def test_above_the_threshold_a_run_waits_for_a_yes_that_holds_for_this_very_plan(clicker: Clicker) -> None:
    from flows.fan_out import fan_out

    paid = clicker.paid
    paid.toml('ask_above_usd = "100"', 'ask_above_usd = "0.50"')
    begun = clicker.begin(fan_out, provider="luma", draft=True)
    waiting = begun.paused()
    assert "May small spend up to 1.14 USD at luma" in waiting["text"]
    assert "report/index.html" in waiting["text"]
    assert waiting["schema"]["properties"]["leave_out"]["items"]["enum"] == paid.variants()
    assert not paid.bill()
    assert begun.answer(approve="yes")["status"] == "REJECT", "without a name"
    assert begun.answer(your_name="Ada", approve="yes", leave_out=[paid.variants()[1]])["status"] == "ACCEPT"
    seen = begun.ended()
    assert (seen.state, seen.message) == ("Completed", "All 2 films are made.")
    assert paid.billed_usd() == Decimal("0.57")

    begun = clicker.begin(fan_out, provider="luma", draft=True)
    begun.paused()
    refused = begun.answer(your_name="Ben", approve="no", note="not today")
    assert refused["status"] == "ACCEPT"
    assert begun.ended().message == "Ben said no to up to 0.57 USD at luma (2 jobs) (not today). Nothing was spent."

    begun = clicker.begin(fan_out, provider="luma", draft=True)
    begun.paused()
    shown = paid.do("approve", "--spend")
    assert [each["price_usd"] for each in shown["waiting"]] == ["0.57"]
    paid.do("approve", "--spend", "--by", "Cleo")
    assert begun.ended().message == "All 4 films are made."
    assert paid.billed_usd() == Decimal("1.14")
    assert clicker.run(fan_out, provider="luma", draft=True).message.endswith("all 4 films are delivered.")


def test_nobody_in_time_and_a_plan_that_changed_spend_nothing(clicker: Clicker) -> None:
    from flows.fan_out import fan_out

    paid = clicker.paid
    paid.toml('ask_above_usd = "100"', 'ask_above_usd = "0"')
    begun = clicker.begin(fan_out, provider="luma", draft=True)
    begun.paused()
    paid.rows[0]["light"] = "neon signs at night"
    paid.write_rows()
    begun.answer(your_name="Ada", approve="yes")
    seen = begun.ended()
    assert seen.state == "Not approved"
    assert "is not what it was when its price was worked out" in seen.message

    campaign_toml(paid.folder, "\n[approval]\nwait_hours = 0.002\n")
    seen = clicker.run(fan_out, provider="luma", draft=True)
    assert (seen.state, seen.type) == ("Not approved in time", "COMPLETED")
    assert paid.do("approve", "--spend", code=2)["error"].startswith("Nothing waits")
    assert not paid.bill()
