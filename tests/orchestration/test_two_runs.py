"""Two runs of the room that want the same films at once: asked about once, bought once, and neither hides the other."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from orchestration.clicking import PAUSING, Clicker, a_clicker, campaign_toml

from campaign.preparing.regenerating import SHARED
from flows.approvals import asking
from flows.hosting.server import Server, server_for

pytestmark = PAUSING


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_for(tmp_path_factory.mktemp("home"), lambda note: None) as found:
        yield found


@pytest.fixture
def clicker(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clicker]:
    """A campaign at luma that asks before it spends anything."""
    with a_clicker(tmp_path, server, monkeypatch.setenv) as clicker:
        yield clicker


def test_a_run_that_ends_unanswered_leaves_the_question_of_the_other(clicker: Clicker) -> None:
    from flows.fan_out import fan_out

    paid = clicker.paid
    first = clicker.begin(fan_out, provider="luma", draft=True)
    asked = first.paused()
    second = clicker.begin(fan_out, provider="luma", draft=True)
    second.paused()
    first.cancel(asked["id"])
    assert first.ended().type == "CANCELLED"
    assert [each["price_usd"] for each in paid.do("approve", "--spend")["waiting"]] == ["1.14"]
    paid.do("approve", "--spend", "--by", "Cleo")
    assert second.ended().message == "All 4 films are made."
    assert paid.billed_usd() == Decimal("1.14")


def test_two_clicks_on_regenerate_buy_the_films_once(clicker: Clicker) -> None:
    from flows.regenerate import regenerate

    paid = clicker.paid
    campaign_toml(paid.folder, '\n[budget]\nask_above_usd = "100"\n')
    paid.emulator.faults.set({"job_min": 4, "job_max": 4})
    wanted = {"what": "everything", "provider": "luma", "quality": "draft"}
    clicks = [clicker.begin(regenerate, **wanted) for _ in range(2)]
    ended = sorted((click.ended().message for click in clicks), key=len)
    assert ended == ["All 4 films are made.", f"All 4 films are made. {SHARED}"]
    assert len(paid.bill()) == len({charge.job for charge in paid.bill()}) == 4
    assert all("_v2" in name for name in paid.films())
    assert paid.promised() == paid.films()
    assert paid.do("ledger", "verify", "--deep") == {"sound": True, "problems": []}


def test_two_schedules_that_are_due_at_once_buy_the_films_once(clicker: Clicker) -> None:
    from flows.fan_out import fan_out

    paid = clicker.paid
    campaign_toml(paid.folder, '\n[budget]\nask_above_usd = "100"\n')
    runs = [clicker.begin(fan_out, provider="luma", draft=True) for _ in range(2)]
    assert {run.ended().message for run in runs} == {"All 4 films are made."}
    assert len(paid.bill()) == 4
    assert paid.promised() == paid.films()


def test_a_run_that_begins_while_the_first_waits_is_answered_with_it(clicker: Clicker) -> None:
    from flows.regenerate import regenerate

    paid = clicker.paid
    wanted = {"what": "everything", "provider": "luma", "quality": "draft"}
    first = clicker.begin(regenerate, **wanted)
    first.paused()
    second = clicker.begin(regenerate, **wanted)
    second.paused()
    paid.do("approve", "--spend", "--by", "Cleo")
    ended = sorted((run.ended().message for run in (first, second)), key=len)
    assert ended == ["All 4 films are made.", f"All 4 films are made. {SHARED}"]
    assert len(paid.bill()) == 4


def test_a_yes_to_what_another_run_has_made_meanwhile_buys_nothing_more(
    clicker: Clicker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.regenerate import regenerate

    paid = clicker.paid
    monkeypatch.setattr(asking, "LOOK_S", 600)  # each hears of its own form alone
    wanted = {"what": "everything", "provider": "luma", "quality": "draft"}
    first = clicker.begin(regenerate, **wanted)
    first.paused()
    second = clicker.begin(regenerate, **wanted)
    second.paused()
    first.answer(your_name="Ada", approve="yes")
    assert first.ended().message == "All 4 films are made."
    second.answer(your_name="Ben", approve="yes")
    assert second.ended().message == f"All 4 films are made. {SHARED}"
    assert len(paid.bill()) == 4
