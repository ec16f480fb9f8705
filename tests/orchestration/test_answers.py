"""Answers that come twice, late, or while the server is away: nothing is bought that was not agreed to."""

import json
import os
import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from fakes.emulation import quick
from orchestration.clicking import PAUSING, Clicker, a_clicker, campaign_toml
from orchestration.open_room import FINAL, OpenRoom, children_of
from orchestration.paid_campaign import PaidCampaign
from waiting import until

from flows.approvals import asking
from flows.approvals.spending import AGAIN, NOT_APPROVED
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


def test_of_a_yes_and_a_no_at_one_moment_the_no_counts_and_the_next_run_asks_again(
    clicker: Clicker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.fan_out import fan_out

    paid = clicker.paid
    monkeypatch.setattr(asking, "LOOK_S", 600)  # both have answered before the run looks
    begun = clicker.begin(fan_out, provider="luma", draft=True)
    begun.paused()
    paid.do("approve", "--spend", "--by", "Cleo")
    begun.answer(your_name="Ben", approve="no")
    seen = begun.ended()
    assert (seen.state, seen.message) == (NOT_APPROVED, f"Ben said no to up to 1.14 USD at luma (4 jobs). {AGAIN}")
    again = clicker.begin(fan_out, provider="luma", draft=True)
    asked = again.paused()
    again.cancel(asked["id"])
    assert again.ended().message.startswith("Stopped while it waited for an answer: nothing was bought.")
    assert not paid.bill()


def test_of_two_yeses_at_one_moment_all_is_left_out_that_either_leaves_out(
    clicker: Clicker, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.fan_out import fan_out

    paid = clicker.paid
    monkeypatch.setattr(asking, "LOOK_S", 600)
    begun = clicker.begin(fan_out, provider="luma", draft=True)
    begun.paused()
    paid.do("approve", "--spend", "--by", "Cleo", "--leave-out", paid.variants()[0])
    begun.answer(your_name="Ada", approve="yes")
    assert begun.ended().message == "All 2 films are made."
    assert paid.billed_usd() == Decimal("0.57")


def test_an_answer_after_the_deadline_is_refused_in_the_ui_and_at_the_terminal(clicker: Clicker) -> None:
    from flows.fan_out import fan_out

    paid = clicker.paid
    campaign_toml(paid.folder, "\n[approval]\nwait_hours = 0.003\n")
    begun = clicker.begin(fan_out, provider="luma", draft=True)
    begun.paused()
    seen = begun.ended()
    assert seen.message == f"Nobody agreed to up to 1.14 USD at luma (4 jobs) within 0.003 h. {AGAIN}"
    assert begun.answer(your_name="Ada", approve="yes")["status"] in {"ABORT", "REJECT"}
    assert paid.do("approve", "--spend", "--by", "Ada", code=2)["error"].startswith("Nothing waits")
    assert not paid.bill()


def test_a_run_that_waits_outlives_its_killed_server_and_takes_the_yes_that_follows(tmp_path: Path) -> None:
    with quick() as emulator:
        paid = PaidCampaign(tmp_path, emulator)
        room = OpenRoom(paid)
        try:
            started = room.api.start(provider="luma", draft=True)
            keys = room.api.until(started, {"PAUSED"})["state"]["state_details"]["run_input_keyset"]
            until(lambda: has_input(room, started, keys["description"]), within_s=30)
            killed = server_pid(paid)
            os.kill(killed, signal.SIGKILL)
            until(lambda: server_pid(paid) != killed, within_s=90)
            assert room.api.until(started, {"PAUSED", *FINAL})["state_type"] == "PAUSED"
            assert not paid.bill()
            paid.do("approve", "--spend", "--by", "Cleo")
            assert room.api.until(started, FINAL)["state"]["message"] == "All 4 films are made."
            assert paid.billed_usd() == Decimal("1.14")
        finally:
            room.close()


def test_a_yes_to_a_run_whose_process_died_holds_for_the_next_which_asks_no_more(tmp_path: Path) -> None:
    with quick() as emulator:
        paid = PaidCampaign(tmp_path, emulator)
        room = OpenRoom(paid)
        try:
            started = room.api.start(provider="luma", draft=True)
            room.api.until(started, {"PAUSED"})
            for pid in children_of(room.process.pid):
                if "prefect.engine" in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8"):
                    os.kill(pid, signal.SIGKILL)
            room.api.until(started, FINAL)
            assert "should it have died" in told(paid, "approve", "--spend", "--by", "Cleo")
            assert not paid.bill()
            again = room.api.until(room.api.start(provider="luma", draft=True), FINAL | {"PAUSED"})
            assert (again["state_name"], again["state"]["message"]) == ("Completed", "All 4 films are made.")
            assert paid.billed_usd() == Decimal("1.14")
        finally:
            room.close()


def has_input(room: OpenRoom, flow_run_id: str, key: str) -> bool:
    """Whether the form that a run waits with is whole: its text is written last."""
    wanted = {"prefix": key, "limit": 1, "exclude_keys": []}
    return bool(room.api.ask("POST", f"/flow_runs/{flow_run_id}/input/filter", **wanted))


def server_pid(paid: PaidCampaign) -> int:
    """The process of the Prefect server, as whoever started it last has written it down."""
    return int(json.loads((paid.home / "prefect" / "server.json").read_text(encoding="utf-8"))["pid"])


def told(paid: PaidCampaign, *words: str) -> str:
    """What a command says to a person."""
    _, said = paid.start(*words).communicate(timeout=60)
    return said
