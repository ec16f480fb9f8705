"""What people are told of real runs, by a real server at a real webhook receiver: once each, with all that is needed to act."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from orchestration.clicking import PAUSING, Clicker, a_clicker
from orchestration.notice_desk import Desk, a_desk, own_events

from flows.hosting.connecting import connected
from flows.hosting.server import Server, server_for

pytestmark = PAUSING


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("home")
    with server_for(home, lambda note: None) as server, connected(server, home), own_events():
        yield server


@pytest.fixture
def clicker(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clicker]:
    """A campaign at luma that may spend 1.20 USD, and asks above 1.10."""
    with a_clicker(
        tmp_path, server, monkeypatch.setenv, '\n[budget]\nask_above_usd = "1.10"\ncampaign_usd = "1.20"\n'
    ) as clicker:
        yield clicker


def test_an_approval_a_delivery_and_an_empty_budget_are_told_of_once_each(clicker: Clicker, server: Server) -> None:
    from flows.fan_out import fan_out

    with a_desk() as desk:
        desk.listen_to("small")
        begun = clicker.begin(fan_out, provider="luma", draft=True)
        run_id = begun.paused()["id"]
        (asked,) = told(desk)
        assert asked["subject"] == "small: waits for your approval"
        for words in ("May small spend up to 1.14 USD at luma (4 jobs)?", "`fanout approve --spend --by NAME`", "UTC"):
            assert words in asked["body"]
        assert f"The run that asks: {server.url}/runs/flow-run/{run_id}" in asked["body"]
        assert not {"**", "\\"} & {mark for mark in ("**", "\\") if mark in asked["body"]}
        begun.answer(your_name="Ada", approve="yes")
        assert begun.ended().state == "Completed"
        delivered = [notice for notice in told(desk) if notice is not asked]
        assert [notice["subject"] for notice in delivered] == ["small DE: 2 of 2 films", "small JP: 2 of 2 films"]
        for words in ("Delivered: 16:9 x 1, 9:16 x 1.", "The run cost 1.14 USD", "1.14 of 1.20 USD", "Gallery: "):
            assert words in delivered[0]["body"]

    with a_desk() as desk:
        desk.listen_to("small")
        ended = clicker.run(fan_out, provider="luma", only=["market=DE,ratio=16:9"])
        assert "budget" in ended.message
        notices = {notice["subject"]: notice["body"] for notice in told(desk)}
        assert list(notices) == ["small DE: 0 of 1 films", "small: the budget is used up"]
        for words in (
            "1 film of small wait",
            "1.14 of 1.20 USD",
            "Next: Raise the budget in campaign.toml",
            "Gallery: ",
        ):
            assert words in notices["small: the budget is used up"]


def told(desk: Desk) -> list[dict[str, str]]:
    """All that was told until now, in order of subjects: what is told at once comes in any."""
    desk.settle()
    return sorted(desk.heard, key=lambda notice: notice["subject"])
