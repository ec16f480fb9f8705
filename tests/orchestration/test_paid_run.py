"""A campaign bought through the command line at a stand-in server: delivered, billed, capped, decided about."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.emulation import quick
from orchestration.paid_campaign import PaidCampaign
from waiting import until

from emulator.server import Emulator
from flows.hosting.server import server_for

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Prefect server for all runs of this module, as the variables that lead there."""
    with server_for(tmp_path_factory.mktemp("home"), lambda note: None) as found:
        assert found.auth is not None
        yield {"PREFECT_API_URL": found.api_url, "PREFECT_API_AUTH_STRING": found.auth}


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with ExitStack() as held:
        # At fal one job runs at a time: what waits behind it can be called off there, what runs cannot.
        yield held.enter_context(quick(slots={"luma": 10, "runware": 100, "fal": 1}))


@pytest.fixture
def paid(tmp_path: Path, emulator: Emulator, server: dict[str, str]) -> PaidCampaign:
    return PaidCampaign(tmp_path, emulator, server)


def run(paid: PaidCampaign, *arguments: str, provider: str = "luma", code: int = 0) -> dict[str, Any]:
    found = paid.do("run", "--draft", "--yes", "--provider", provider, *arguments, code=code)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("provider", ["luma", "runware", "fal"])
def test_a_campaign_is_bought_delivered_billed_once_and_not_asked_for_again(paid: PaidCampaign, provider: str) -> None:
    first = run(paid, provider=provider)
    assert (first["selected"], first["delivered"], first["troubles"]) == (4, 4, [])
    assert len(paid.bill()) == 4
    assert Decimal(first["spent_usd"]) == paid.billed_usd() > 0
    assert paid.promised() == paid.films()
    jobs = {job["key"]: job for item in paid.manifest()["items"] for job in item["jobs"]}
    assert {job["remote_id"] for job in jobs.values()} == {charge.job for charge in paid.bill()}
    assert sum(Decimal(str(job["price_usd"])) for job in jobs.values()) == paid.billed_usd()
    assert all(item["generative"] and item["engine"] == "ray-3.2" for item in paid.manifest()["items"])

    asked = len(paid.emulator.books.requests())
    again = run(paid, provider=provider)
    assert (again["delivered"], again["flow_run_url"]) == (4, "")
    assert len(paid.emulator.books.requests()) == asked, "a finished campaign asks for nothing"
    assert paid.do("ledger", "verify", "--deep") == {"sound": True, "problems": []}


def test_a_cap_stops_the_run_before_it_is_passed_and_what_is_left_waits(paid: PaidCampaign) -> None:
    capped = run(paid, "--max-usd", "0.60", code=4)
    assert capped["over_budget"]
    assert 0 < paid.billed_usd() <= Decimal("0.60")
    held = paid.exported("budget")
    assert held
    assert "Raise it to go on." in held[0]["note"]
    bought = {charge.job for charge in paid.bill()}
    whole = run(paid)
    assert whole["delivered"] == 4
    assert bought <= {charge.job for charge in paid.bill()}
    assert len(paid.bill()) == 4


def test_a_job_in_doubt_waits_for_a_person_and_what_was_paid_is_collected(paid: PaidCampaign) -> None:
    paid.emulator.faults.set({"p_post_drop": 1})
    doubtful = run(paid, code=5)
    assert (doubtful["delivered"], doubtful["in_doubt"]) == (0, True)
    jobs = paid.exported("in_doubt")
    assert len(jobs) == len(paid.bill()) == 2, "each modify was sent once, and taken"
    run(paid, code=5)
    assert len(paid.bill()) == 2, "nothing is sent again unasked"
    paid.emulator.faults.clear()

    unknown = paid.do("jobs", "resolve", jobs[0]["work_key"], "--paid", "no-such-generation", code=2)
    assert "luma does not know no-such-generation" in unknown["error"]
    named = {charge.client_id: charge.job for charge in paid.bill()}
    for job in jobs:
        shown = paid.do("jobs", "show", job["work_key"][:10])
        assert shown["asked"]["template"] == "global_campaign"
        remote_id = named[shown["job"]["intent_id"]]
        told = paid.do("jobs", "resolve", job["work_key"][:10], "--paid", remote_id, "--by", "ada")
        assert (told["state"], told["provider_says"]) == ("submitted", "done")
    whole = run(paid)
    assert whole["delivered"] == 4
    assert len(paid.bill()) == 4, "the two that were in doubt were not bought again"
    assert Decimal(whole["spent_usd"]) == paid.billed_usd()


def test_words_that_moderation_refuses_are_told_with_their_row_and_not_sent_again(paid: PaidCampaign) -> None:
    word = "Zanzibar"
    paid.rows[1]["setting"] = f"a beach near {word}"
    paid.write_rows()
    paid.emulator.faults.set({"mod": word})
    refused = run(paid, code=3)
    assert refused["delivered"] == 2
    (told,) = paid.do("status", "--draft", "--provider", "luma")["moderated"]
    assert (told["line"], told["provider"]) == (3, "luma")
    assert word in told["prompt"]
    asked = len(paid.emulator.books.requests())
    run(paid, code=3)
    assert len(paid.emulator.books.requests()) == asked, "the same words are not sent again"


def test_a_key_that_is_refused_stops_the_run_by_name_and_the_next_goes_on(paid: PaidCampaign) -> None:
    key = paid.environment["LUMA_AGENTS_API_KEY"]
    paid.environment["LUMA_AGENTS_API_KEY"] = "luma-api-not-the-right-one"
    refused = run(paid, code=3)
    assert not paid.bill()
    assert any("LUMA_AGENTS_API_KEY" in trouble for trouble in refused["troubles"])
    del paid.environment["LUMA_AGENTS_API_KEY"]
    lacking = paid.do("run", "--draft", "--yes", "--provider", "luma", code=2)
    assert "set LUMA_AGENTS_API_KEY in the environment" in lacking["error"]
    paid.environment["LUMA_AGENTS_API_KEY"] = key
    assert run(paid)["delivered"] == 4


@pytest.mark.parametrize("provider", ["luma", "fal"])
def test_a_run_that_is_cancelled_says_what_still_bills_and_calls_off_the_rest(
    paid: PaidCampaign, provider: str
) -> None:
    paid.emulator.faults.set({"job_min": 25, "job_max": 25})  # longer than a busy machine takes to cancel
    running = paid.start("run", "--draft", "--yes", "--provider", provider)
    until(lambda: len(paid.bill()) == 2 and len(paid.exported("submitted")) == 2, within_s=120)
    stopped = paid.do("cancel")
    _, err = running.communicate(timeout=120)
    assert running.returncode == 130, err
    assert stopped["stopped"] == ["small: 2 variants x 2 ratios, draft on " + provider]
    if provider == "luma":
        ids = {charge.job for charge in paid.bill()}
        assert {job["remote_id"] for job in stopped["billing"]} == ids
        assert {job["at_most_usd"] for job in stopped["billing"]} == {"0.54"}
        assert all(f"as {id_there}, up to 0.54 USD. luma cannot cancel" in err for id_there in ids)
    else:
        assert (len(stopped["called_off"]), len(stopped["kept"]), stopped["billing"]) == (1, 1, [])
        assert len(paid.bill()) == 1
    paid.emulator.faults.clear()
    assert run(paid, provider=provider)["delivered"] == 4
    assert len(paid.bill()) == 4


def test_a_campaign_in_hdr_is_delivered_as_trims_and_crops_with_what_came_beside_them(paid: PaidCampaign) -> None:
    for template in paid.folder.rglob("*.j2"):
        text = template.read_text(encoding="utf-8")
        if "reframe" not in template.name and text.startswith("---\n"):
            template.write_text(text.replace("---\n", "---\nhdr: true\nexr: true\n", 1), encoding="utf-8")
    found = paid.do("run", "--yes", "--provider", "luma")
    assert isinstance(found, dict) and found["delivered"] == found["selected"] == 4, found
    assert {charge.operation for charge in paid.bill()} == {"modify"}, "no provider reframes HDR"
    items = paid.manifest()["items"]
    kept = [each for item in items for each in item["extras"]]
    assert {each["kind"] for each in kept} == {"hdr", "exr"}
    for each in kept:
        assert hashlib.sha256((paid.out / each["file"]).read_bytes()).hexdigest() == each["sha256"]
    crops = {(item["width"], item["height"]): item["extras"] for item in items if item["ratio"] != "16:9"}
    for size, beside in crops.items():
        assert beside and {(each["kind"], each["checked"]) for each in beside} == {("hdr", True)}
        assert {(each["width"], each["height"]) for each in beside} == {size}
    told = [each for item in items for each in item["qc"]["findings"] if each["check"] in ("exr", "conform")]
    assert any("SDR trim" in each["message"] for each in told) and any(each["check"] == "exr" for each in told)
