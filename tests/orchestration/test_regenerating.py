"""One-click regeneration on a real server: dry run, failed, everything; what it may cost is asked before it is spent."""

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from orchestration.clicking import PAUSING, Clicker, a_clicker, campaign_toml
from orchestration.spoiling import spoil
from waiting import until

from flows.approvals.spending import AGAIN
from flows.hosting.server import Server, server_for

pytestmark = PAUSING


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with server_for(tmp_path_factory.mktemp("home"), lambda note: None) as found:
        yield found


@pytest.fixture
def clicker(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clicker]:
    """A campaign at luma that spends up to 100 USD unasked."""
    with a_clicker(
        tmp_path, server, monkeypatch.setenv, '\n[budget]\nask_above_usd = "100"\ncampaign_usd = "50"\n'
    ) as clicker:
        yield clicker


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


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"markets": ["XX"], "dry_run": True}, "no film of the plan has this market (found 'xx'). Use one of DE, JP."),
        ({"markets": ["DE;ratio=9:16"]}, "no film of the plan has this market (found 'de;ratio=9:16')"),
        ({"seasons": [""]}, "no film of the plan has this season (found '')"),
        ({"variants": ["$(id)"]}, "no film of the plan has this variant (found '$(id)')"),
        (
            {"ratios": ["2:1"]},
            "no film of the plan has this ratio (found '2:1'); did you mean '9:16'? Use one of 16:9, 9:16.",
        ),
        ({"provider": "sora"}, "there is no such provider (found 'sora'). Choose one of local, luma, runware, fal."),
        ({"max_usd": "-5"}, "max_usd: error: is not an amount of at least 0 (found '-5'). Write one such as 12.50"),
        ({"max_usd": "0.0000001"}, "max_usd: error: is not an amount of at least 0"),
        (
            {"max_usd": "0.01", "what": "everything", "provider": "luma"},
            "max_usd leaves 0.01 USD, and the cheapest job to begin with costs up to",
        ),
    ],
)
def test_what_makes_no_sense_in_the_form_fails_with_the_sentence(
    clicker: Clicker, said: dict[str, object], told: str
) -> None:
    from flows.regenerate import regenerate

    seen = clicker.run(regenerate, **said)
    assert (seen.type, told in seen.message) == ("FAILED", True), seen.message
    assert not clicker.paid.emulator.books.requests()


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"only": ["market=DE;ratio=9:16"]}, "no film of the plan has this market (found 'de;ratio=9:16')"),
        ({"only": ["$(reboot)"]}, "a selector is written key=value (found '$(reboot)')"),
        ({"only": [""]}, "a selector is written key=value (found '')"),
        ({"only": ["ratio=2:1"]}, "Fanout knows no such ratio (found '2:1')"),
        ({"films": ["everything"]}, "no film of the plan has this id (found 'everything')"),
        ({"max_usd": "ten"}, "max_usd: error: is not an amount of at least 0 (found 'ten')"),
    ],
)
def test_what_makes_no_sense_to_a_run_fails_with_the_sentence(
    clicker: Clicker, said: dict[str, object], told: str
) -> None:
    from flows.fan_out import fan_out

    seen = clicker.run(fan_out, provider="luma", **said)
    assert (seen.type, told in seen.message) == ("FAILED", True), seen.message
    assert not clicker.paid.emulator.books.requests()


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
    assert begun.ended().message == f"Ben said no to up to 0.57 USD at luma (2 jobs) (not today). {AGAIN}"

    begun = clicker.begin(fan_out, provider="luma", draft=True)
    begun.paused()
    shown = paid.do("approve", "--spend")
    assert [each["price_usd"] for each in shown["waiting"]] == ["0.57"]
    paid.do("approve", "--spend", "--by", "Cleo")
    assert begun.ended().message == "All 4 films are made."
    assert paid.billed_usd() == Decimal("1.14")
    assert clicker.run(fan_out, provider="luma", draft=True).message.endswith("all 4 films are delivered.")


def test_nobody_in_time_a_cancel_and_a_plan_that_changed_spend_nothing(clicker: Clicker) -> None:
    from flows.fan_out import fan_out

    paid = clicker.paid
    paid.toml('ask_above_usd = "100"', 'ask_above_usd = "0"')
    begun = clicker.begin(fan_out, provider="luma", draft=True)
    begun.paused()
    paid.rows[0]["light"] = "neon signs at night"
    paid.write_rows()
    assert begun.answer(your_name="Ada", approve="yes")["status"] == "ACCEPT"
    seen = begun.ended()
    assert seen.state == "Not approved"
    assert "is not what it was when its price was worked out" in seen.message

    begun = clicker.begin(fan_out, provider="luma", draft=True)
    begun.paused()
    assert len(paid.do("cancel")["stopped"]) == 1
    assert begun.ended().type == "CANCELLED"

    campaign_toml(paid.folder, "\n[approval]\nwait_hours = 0.002\n")
    seen = clicker.run(fan_out, provider="luma", draft=True)
    assert (seen.state, seen.type) == ("Not approved in time", "COMPLETED")
    assert paid.do("approve", "--spend", code=2)["error"].startswith("Nothing waits")
    assert not paid.bill()


def test_what_failed_is_bought_anew_and_everything_gets_a_new_edition(clicker: Clicker) -> None:
    from flows.regenerate import regenerate

    paid = clicker.paid
    paid.emulator.faults.set({"p_fail": 1})
    usual = {"provider": "luma", "quality": "draft"}
    first = clicker.run(regenerate, what="everything", markets=["DE"], **usual)
    assert first.type == "FAILED"
    (row,) = {each["remote id"]: each for each in json.loads(first.artifacts["small-failures"])}.values()
    assert (row["row"], row["reason"], row["provider"]) == ("2", "rejected", "luma")
    assert "fanout regenerate --only variant" in row["what to do"]
    paid.emulator.faults.clear()
    again = clicker.run(regenerate, what="only what failed", **usual)
    assert again.message == "All 2 films are made."
    for state, dry in (("Completed", False), ("Dry run", True)):
        idle = clicker.run(regenerate, what="only what failed", dry_run=dry, **usual)
        assert (idle.state, idle.message.partition(".")[0]) == (
            state,
            "Nothing to do: none of the chosen films has failed so that asking again would cure it",
        )
    billed = len(paid.bill())
    anew = clicker.run(regenerate, what="everything", ratios=["9:16"], markets=["DE"], **usual)
    assert anew.message == "All 1 films are made."
    assert len(paid.bill()) == billed + 1, "one ratio is one reframe"
    assert "0.60 of 50.00 USD of budget.campaign_usd" in anew.artifacts["small-summary"]
    template = paid.folder / "templates" / "reframe.j2"
    template.write_text(template.read_text(encoding="utf-8").rstrip() + " Light haze far away.\n", encoding="utf-8")
    page = clicker.run(regenerate, what="only what changed", dry_run=True, **usual).artifacts["small-dry-run"]
    assert "1 job is bought again, for up to 0.03 USD: films that were paid for have changed" in page
    assert paid.do("ledger", "verify", "--deep") == {"sound": True, "problems": []}


def test_cancel_in_the_ui_stops_the_work_and_says_what_still_bills(clicker: Clicker) -> None:
    from flows.fan_out import fan_out

    paid = clicker.paid
    paid.emulator.faults.set({"job_min": 60, "job_max": 60})
    begun = clicker.begin(fan_out, provider="luma", draft=True)
    until(lambda: len(paid.bill()) == 2, within_s=90)
    begun.cancel(begun.running())
    seen = begun.ended()
    assert seen.type == "CANCELLED"
    page = seen.artifacts["small-summary"]
    assert "## What still bills" in page
    assert all(f"as {charge.job}, up to 0.54 USD" in page for charge in paid.bill())
    assert "luma cannot cancel" in page


def test_drafts_are_judged_before_finals_are_bought_and_a_changed_file_voids_its_yes(clicker: Clicker) -> None:
    from flows.fan_out import fan_out
    from flows.regenerate import regenerate

    paid = clicker.paid
    campaign_toml(paid.folder, "\n[approval]\ndraft_first = true\n")
    begun = clicker.begin(fan_out)
    waiting = begun.paused()
    assert "4 drafts of 2 variants" in waiting["text"]
    spoiled = next(paid.out / name for name in paid.films() if "/9x16/" in name and "_DE_" in name)
    spoil(spoiled)
    assert begun.answer(your_name="Ada", approve="yes", leave_out=[paid.variants()[1]])["status"] == "ACCEPT"
    seen = begun.ended()
    assert seen.message == "All 1 films are made.", "one left out, one void"
    finals = [name for name in paid.films() if "_draft" not in name]
    assert len(finals) == 1
    assert "_DE_" in finals[0]

    spoil(spoiled)
    begun = clicker.begin(regenerate, what="only what changed", quality="draft, then final")
    begun.paused()
    paid.do("approve", "--only", "market=DE", "--by", "Ben")
    paid.do("reject", "--only", "market=JP", "--by", "Ben")
    assert begun.ended().message.startswith("All ")
    finals = [name for name in paid.films() if "_draft" not in name]
    assert sorted("_DE_" in name for name in finals) == [True, True]


def test_drafts_and_finals_share_one_limit_and_a_reject_outlives_a_yes_to_all(clicker: Clicker) -> None:
    from flows.regenerate import regenerate

    paid = clicker.paid
    campaign_toml(paid.folder, "\n[approval]\ndraft_first = true\n")
    wanted = {"what": "everything", "markets": ["DE"], "quality": "draft, then final", "max_usd": "1.50"}
    begun = clicker.begin(regenerate, provider="luma", **wanted)
    begun.paused()
    paid.do("reject", "--provider", "luma", "--only", "market=DE,ratio=9:16", "--by", "Ben")
    assert begun.answer(your_name="Ada", approve="yes")["status"] == "ACCEPT"
    seen = begun.ended()
    decided = paid.do("status", "--draft", "--provider", "luma")["approvals"]
    assert (decided["approved"], decided["rejected"]) == (1, 1)
    assert "max_usd leaves 0.93 USD" in seen.message, "0.57 of 1.50 USD went to the drafts, and a final costs 1.08"
    assert paid.billed_usd() == Decimal("0.57")
