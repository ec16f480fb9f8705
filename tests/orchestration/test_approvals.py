"""Draft, approve, final on real pixels: only what a person approved is made, and only on the very bytes that were seen."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.emulation import quick
from orchestration.paid_campaign import PaidCampaign
from orchestration.small_campaign import SmallCampaign
from orchestration.spoiling import spoil

from emulator.server import Emulator
from flows.hosting.server import server_for

pytestmark = [pytest.mark.prefect, pytest.mark.ffmpeg]
LUMA = ("--yes", "--provider", "luma")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A Prefect server for all runs of this module, as the variables that lead there."""
    with server_for(tmp_path_factory.mktemp("home"), lambda note: None) as found:
        assert found.auth is not None
        yield {"PREFECT_API_URL": found.api_url, "PREFECT_API_AUTH_STRING": found.auth}


@pytest.fixture
def small(tmp_path: Path, server: dict[str, str]) -> Iterator[PaidCampaign]:
    """The small campaign, whose finals ask for an approved draft."""
    with quick() as emulator:
        campaign = PaidCampaign(tmp_path, emulator, server)
        toml = campaign.folder / "campaign.toml"
        toml.write_text(toml.read_text() + "\n[approval]\ndraft_first = true\n")
        yield campaign


def reasons(small: SmallCampaign) -> dict[str, str]:
    """Why films of the manifest are not delivered, by `MARKET ratio`."""
    items = [item for item in small.manifest()["items"] if item["status"] != "delivered"]
    return {f"{item['market']} {item['ratio']}": item["reason"] for item in items}


def finals(small: SmallCampaign) -> dict[str, str]:
    return {name: sha256 for name, sha256 in small.films().items() if "_draft" not in name}


def test_a_rehearsal_from_draft_to_final(small: PaidCampaign) -> None:
    refused = small.do("approve", code=2)
    assert "none of them can be" in refused["error"]
    held = small.do("run", code=3)
    assert (held["selected"], held["delivered"], held["flow_run_url"]) == (0, 0, "")
    assert all("it was never drafted" in why for why in held["not_approved"].values())
    assert len(held["not_approved"]) == 4
    assert not small.jobs()

    assert small.do("run", "--draft")["delivered"] == 4
    drafts = small.films()
    assert all("waits for a decision" in why for why in small.do("plan")["not_approved"].values())
    approved = small.do("approve", "--only", "market=DE", "--by", "Maria", "--note", "warm")
    assert sorted(each["ratio"] for each in approved["approved"]) == ["16:9", "9:16"]
    assert {each["file"]: each["file_sha256"] for each in approved["approved"]}.items() <= drafts.items()
    assert small.do("reject", "--only", "market=JP,ratio=9x16", "--by", "Kim")["rejected"][0]["by"] == "Kim"
    assert small.do("status", "--draft")["approvals"] == {"approved": 2, "rejected": 1, "waiting": 1}

    planned = small.do("plan")
    assert (planned["totals"]["jobs_to_do"], len(planned["not_approved"])) == (2, 2)
    first = small.do("run", code=3)
    assert (first["selected"], first["delivered"]) == (2, 2)
    assert "was rejected by Kim" in first["not_approved"][film(planned, "JP", "9:16")]
    made = finals(small)
    assert len(made) == 2
    assert drafts.items() <= small.films().items(), "drafts stay where they were approved"
    assert small.promised() == made
    assert reasons(small) == {"JP 16:9": "not_approved", "JP 9:16": "not_approved"}
    assert small.manifest()["counts"] == {"planned": 4, "delivered": 2, "failed": 0, "skipped": 2}
    page = (small.out / "report" / "index.html").read_text(encoding="utf-8")
    assert "not approved" in page
    assert "rejected by Kim" in page

    jobs = small.jobs()
    assert small.do("run", code=3)["flow_run_url"] == ""
    assert small.do("run", "--only", "market=DE")["delivered"] == 2
    assert (finals(small), small.jobs()) == (made, jobs)
    assert small.do("status", "--final")["counts"] == {"delivered": 2, "skipped": 2}

    small.do("approve", "--only", "market=JP", "--by", "Maria")
    draft = small.out / film_file(planned, drafts, "JP", "16:9")
    spoil(draft)
    second = small.do("run", code=3)
    assert (second["selected"], second["delivered"]) == (3, 3)
    (why,) = second["not_approved"].values()
    assert "approved by Maria" in why
    assert "the file has changed since" in why
    spoil(draft)
    small.rows[1]["light"] = "neon signs at night"
    small.write_rows()
    held = small.do("run", code=3)["not_approved"]
    assert len(held) == 2
    assert all("what it is asked for has changed since" in why for why in held.values())
    assert small.do("ledger", "verify", "--deep") == {"sound": True, "problems": []}


def test_a_bought_final_is_held_to_the_pictures_of_its_approved_draft(small: PaidCampaign) -> None:
    books = small.emulator.books
    assert small.do("run", "--draft", *LUMA)["delivered"] == 4
    drafts = len(small.bill())
    assert not [edit for edit in edits(small.emulator) if "keyframes" in edit["video"]["edit"]]
    small.do("approve", "--only", "market=DE")
    assert len(small.bill()) == drafts, "a decision costs nothing"

    planned = small.do("plan", "--provider", "luma")
    jobs = [job for job in planned["jobs"] if job["operation"] == "modify"]
    pinned = {job["variants"][0][:2]: [each["frame"] for each in job["keyframes"] if each["pinned"]] for job in jobs}
    assert pinned == {"de": [0, 15], "jp": []}
    assert planned["totals"]["jobs_to_do"] == 2

    final = small.do("run", *LUMA, code=3)
    assert (final["selected"], final["delivered"], len(final["not_approved"])) == (2, 2, 2)
    bought = small.bill()[drafts:]
    assert Counter((charge.operation, charge.resolution) for charge in bought) == {
        ("modify", "720p"): 1,
        ("reframe", "720p"): 1,
    }
    (edit,) = [edit for edit in edits(small.emulator) if edit["video"]["resolution"] == "720p"]
    asked = edit["video"]["edit"]
    assert asked["keyframe_indexes"] == [0, 15]
    assert len(asked["keyframes"]) == 2
    stills = [each["sha256"] for job in jobs for each in job["keyframes"]]
    arrived = small.emulator.world.blobs
    assert all(arrived.place(sha256).exists() for sha256 in stills), "the very pictures of the approved draft went out"

    films, requests = small.films(), len(books.requests())
    small.do("run", *LUMA, code=3)
    assert (small.films(), len(books.requests())) == (films, requests)

    small.emulator.faults.set({"p_size": 1})  # the stand-in's second take of the same would be the same picture
    small.do("regenerate", "--draft", *LUMA, "--only", "market=DE")
    small.emulator.faults.set({"p_size": 0})
    made = finals(small)
    assert made.items() <= films.items(), "what was delivered stays delivered"
    billed = len(small.bill())
    held = small.do("regenerate", *LUMA, "--only", "market=DE", code=3)["not_approved"]
    assert len(held) == 2
    assert all("another draft took its place" in why for why in held.values())
    assert (finals(small), len(small.bill())) == (made, billed)
    small.do("approve", "--only", "market=DE")
    anew = small.do("run", *LUMA, "--only", "market=DE")
    assert anew["delivered"] == 2
    assert len(small.bill()) == billed + 2, "a newly approved look is a new final"
    assert small.do("ledger", "verify", "--deep") == {"sound": True, "problems": []}


def edits(emulator: Emulator) -> list[dict[str, Any]]:
    """The bodies of all edits that were asked of Luma."""
    bodies = [seen.body for seen in emulator.books.requests() if seen.path.endswith("/generations")]
    return [body for body in bodies if isinstance(body, dict) and body.get("type") == "video_edit"]


def film(planned: Any, market: str, ratio: str) -> str:
    """The id of a film in a plan."""
    return next(
        f"{each['variant']} {ratio}"
        for each in planned["films"]
        if each["ratio"] == ratio and f"_{market}_" in each["files"][0]
    )


def film_file(planned: Any, drafts: dict[str, str], market: str, ratio: str) -> str:
    """The draft's file of a film."""
    folder = ratio.replace(":", "x")
    return next(name for name in drafts if f"/{folder}/" in name and f"_{market}_" in name)
