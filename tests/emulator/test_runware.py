"""The stand-in of Runware over time: what is taken once, what is billed, what a poll says, what dies."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.emulation import PLAIN, control, quick
from fakes.runware_client import RunwareClient, a_reframe, a_uuid, an_edit

from emulator.server import Emulator

pytestmark = pytest.mark.ffmpeg


@pytest.fixture
def client(emulator: Emulator) -> Iterator[RunwareClient]:
    with RunwareClient(emulator) as client:
        yield client


def test_one_answer_holds_what_went_well_and_what_did_not(
    emulator: Emulator, client: RunwareClient, clip: Path
) -> None:
    media = client.upload(clip)
    good, bad, known = an_edit(media), an_edit(media, resolution="8k"), an_edit(media)
    status, told = client.send(good, bad, known, known)
    assert status == 200
    assert [each["taskUUID"] for each in told["data"]] == [good["taskUUID"], known["taskUUID"]]
    assert [(error["taskUUID"], error["code"]) for error in told["errors"]] == [
        (bad["taskUUID"], "invalidResolution"),
        (known["taskUUID"], "conflictTaskUUID"),
    ]
    assert {charge.client_id for charge in emulator.books.bill()} == {good["taskUUID"], known["taskUUID"]}


def test_a_uuid_is_taken_once_however_many_ask_at_once(emulator: Emulator, client: RunwareClient, clip: Path) -> None:
    task = an_edit(client.upload(clip))
    statuses: list[int] = []

    def ask() -> None:
        with RunwareClient(emulator) as other:
            statuses.append(other.send(task)[0])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [400] * 7
    assert len(emulator.books.bill()) == 1


@pytest.mark.parametrize(("manner", "status", "charges"), [("conflict", 400, 1), ("replay", 200, 1), ("bill", 200, 2)])
def test_a_uuid_that_came_before(
    emulator: Emulator, client: RunwareClient, clip: Path, manner: str, status: int, charges: int
) -> None:
    emulator.faults.set({"duplicate": manner})
    task = an_edit(client.upload(clip))
    assert client.send(task)[0] == 200
    assert client.send(task)[0] == status
    assert [charge.client_id for charge in emulator.books.bill()] == [task["taskUUID"]] * charges


def test_a_dry_run_tells_the_price_and_takes_nothing(emulator: Emulator, client: RunwareClient, clip: Path) -> None:
    task = an_edit(client.upload(clip), resolution="1080p", settings={"hdr": True, "exrExport": True})
    assert client.send(task, x_runware_dry_run="1")[1]["data"][0]["cost"] == 6.48
    assert client.poll(task["taskUUID"]) == (200, {"data": []})
    assert emulator.books.bill() == []


def test_silence_means_that_a_task_waits_or_never_came(client: RunwareClient, clip: Path, emulator: Emulator) -> None:
    emulator.faults.set({"job_min": 30, "job_max": 30})
    task = an_edit(client.upload(clip))
    client.send(task)
    assert client.poll(task["taskUUID"]) == client.poll(a_uuid()) == (200, {"data": []})
    emulator.world.clock.advance(10)
    assert client.poll(task["taskUUID"])[1]["data"][0]["status"] == "processing"


def test_more_tasks_than_slots_wait_instead_of_being_refused(clip: Path) -> None:
    with quick(slots={"runware": 1}, takes_s=(5, 5)) as emulator, RunwareClient(emulator) as client:
        media = client.upload(clip)
        tasks = [an_edit(media) for _ in range(3)]
        assert [client.send(task)[0] for task in tasks] == [200] * 3
        emulator.world.clock.advance(1)
        assert [len(client.poll(task["taskUUID"])[1]["data"]) for task in tasks] == [1, 0, 0]
        emulator.world.clock.advance(15)
        assert all(client.ended(task["taskUUID"])["data"][0]["videoURL"] for task in tasks)


def test_the_price_is_told_only_when_it_is_asked_for(client: RunwareClient, clip: Path) -> None:
    media = client.upload(clip)
    tasks = [an_edit(media), an_edit(media, includeCost=False)]
    client.send(*tasks)
    told = [client.ended(task["taskUUID"])["data"][0].get("cost") for task in tasks]
    assert told == [0.54, None]


def test_a_film_is_chained_by_its_own_uuid(emulator: Emulator, client: RunwareClient, clip: Path) -> None:
    edit = an_edit(client.upload(clip))
    client.send(edit)
    running = a_reframe(client.ended(edit["taskUUID"])["data"][0]["videoUUID"])
    assert client.send(running)[0] == 200
    assert client.send(a_reframe(edit["taskUUID"]))[0] == 400, "the task's own id is no video"
    (_, reframe) = emulator.books.bill()
    assert (reframe.operation, reframe.ratio, reframe.usd) == ("reframe", "9:16", Decimal("0.12"))


def test_a_link_lives_as_long_as_was_asked(emulator: Emulator, client: RunwareClient, clip: Path) -> None:
    task = an_edit(client.upload(clip), ttl=60)
    client.send(task)
    url = client.ended(task["taskUUID"])["data"][0]["videoURL"]
    assert httpx.get(url, **PLAIN).status_code == 200
    emulator.world.clock.advance(61)
    assert httpx.get(url, **PLAIN).status_code == 403
    again = client.ended(task["taskUUID"])["data"][0]["videoURL"]
    assert httpx.get(again, **PLAIN).status_code == 403, "asking anew does not lengthen it"


@pytest.mark.parametrize("prompt", [f"snow {n}" for n in range(4)])
def test_a_failure_is_told_in_either_of_two_ways_and_refunded(
    emulator: Emulator, client: RunwareClient, clip: Path, prompt: str
) -> None:
    emulator.faults.set({"mod": "snow"})
    task = an_edit(client.upload(clip), positivePrompt=prompt)
    client.send(task)
    told = client.ended(task["taskUUID"])
    error = told["errors"][0] if "errors" in told else told["data"][0]["error"]
    assert error["code"] == "providerContentPolicyViolation"
    with control(emulator) as desk:
        assert desk.get("/bill").json()["total_usd"] == "0.00"


def test_both_ways_occur(emulator: Emulator, client: RunwareClient, clip: Path) -> None:
    emulator.faults.set({"fail": "snow"})
    media = client.upload(clip)
    tasks = [an_edit(media, positivePrompt=f"snow {n}") for n in range(12)]
    client.send(*tasks)
    assert {"errors" in client.ended(task["taskUUID"]) for task in tasks} == {True, False}


def test_details_repeat_what_was_asked_and_answered(client: RunwareClient, clip: Path) -> None:
    task = an_edit(client.upload(clip), seed=3)
    client.send(task)
    client.ended(task["taskUUID"])
    _, told = client.one("getTaskDetails", task["taskUUID"])
    assert told["data"][0]["request"] == [task]
    assert told["data"][0]["response"]["data"][0]["status"] == "success"


def test_credit_ends_with_402_and_the_balance_says_so(client: RunwareClient, clip: Path, emulator: Emulator) -> None:
    emulator.faults.set({"credit": 1})
    media = client.upload(clip)
    assert [client.send(an_edit(media))[0] for _ in range(2)] == [200, 402]
    _, told = client.one("accountManagement", operation="getDetails")
    assert told["data"][0]["balance"]["amount"] == 0.46


@pytest.mark.parametrize("fault", ["p_post_drop", "p_half", "p_badjson", "p_502_billed"])
def test_a_lost_answer_was_billed_once_and_the_uuid_is_taken(
    emulator: Emulator, client: RunwareClient, clip: Path, fault: str
) -> None:
    task = an_edit(client.upload(clip))
    emulator.faults.set({fault: 1, "badjson": "broken"})
    with suppress(httpx.TransportError, ValueError):
        client.send(task)
    emulator.faults.clear()
    assert client.send(task)[1]["errors"][0]["code"] == "conflictTaskUUID"
    assert len(emulator.books.bill()) == 1


@pytest.mark.parametrize("fault", ["p_pre_drop", "p_429", "p_500", "p_401"])
def test_what_is_refused_or_cut_off_before_is_not_billed(
    emulator: Emulator, client: RunwareClient, clip: Path, fault: str
) -> None:
    task = an_edit(client.upload(clip))
    emulator.faults.set({fault: 1})
    try:
        assert client.send(task)[0] in (401, 429, 503)
    except httpx.TransportError:
        assert fault == "p_pre_drop"
    assert emulator.books.bill() == []
    emulator.faults.clear()
    assert client.send(task)[0] == 200


def test_an_unknown_state_and_fields_that_no_document_knows(
    emulator: Emulator, client: RunwareClient, clip: Path
) -> None:
    emulator.faults.set({"p_odd_state": 1, "extra_fields": 1, "job_min": 30, "job_max": 30})
    task = an_edit(client.upload(clip))
    client.send(task)
    emulator.world.clock.advance(10)
    item = client.poll(task["taskUUID"])[1]["data"][0]
    assert item["status"] == "awaiting_capacity" and "x_region" in item


def test_everything_outlives_a_restart_with_the_bill(clip: Path, tmp_path: Path) -> None:
    bill = tmp_path / "bill.jsonl"
    edit: dict[str, Any]
    with quick(bill=bill) as emulator, RunwareClient(emulator) as client:
        media = client.upload(clip)
        edit = an_edit(media)
        client.send(edit)
        video = client.ended(edit["taskUUID"])["data"][0]["videoUUID"]
    with quick(bill=bill) as emulator, RunwareClient(emulator) as client:
        assert client.send(edit)[1]["errors"][0]["code"] == "conflictTaskUUID"
        assert client.send(an_edit(media))[0] == 200
        assert client.ended(edit["taskUUID"])["data"][0]["cost"] == 0.54
        assert client.send(a_reframe(video))[0] == 200
        assert len(emulator.books.bill()) == 3
