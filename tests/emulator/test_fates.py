"""What becomes of jobs: failures that are paid back or not, moderation, odd states, jobs that hide."""

from typing import Any

import pytest
from fakes.emulation import control
from fakes.luma_client import LumaClient

from emulator.server import Emulator

pytestmark = pytest.mark.ffmpeg


def bill(emulator: Emulator) -> list[dict[str, Any]]:
    with control(emulator) as client:
        charges: list[dict[str, Any]] = client.get("/bill").json()["charges"]
        return charges


def test_a_failure_is_refunded(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"p_fail": 1, "job_min": 0.5, "job_max": 0.5})
    generation = luma.edit(source).json()
    assert bill(emulator)[0]["refunded"] is False
    told = luma.finished(generation["id"])
    assert (told["state"], told["failure_code"], told["output"]) == ("failed", "generation_failed", None)
    assert bill(emulator)[0]["refunded"] is True
    with control(emulator) as client:
        assert client.get("/bill").json()["total_usd"] == "0.00"


@pytest.mark.parametrize("code", ["output_not_found", "rate_limited", "corrupt_input"])
def test_a_failure_has_the_code_that_was_asked_for(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any], code: str
) -> None:
    emulator.faults.set({"p_fail": 1, "fail_code": code})
    assert luma.bought(source)["failure_code"] == code


def test_a_failure_is_billed(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"p_fail_billed": 1})
    assert luma.bought(source)["failure_code"] == "budget_exhausted"
    assert bill(emulator)[0]["refunded"] is False


def test_moderation_after_rendering(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"mod": "beach"})
    assert luma.bought(source, prompt="Beach at noon")["failure_code"] == "content_moderated"
    assert luma.bought(source, prompt="street at noon")["state"] == "completed"
    assert [charge["refunded"] for charge in bill(emulator)] == [True, False]


def test_moderation_at_once(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"mod": "beach", "mod_when": "sync"})
    answer = luma.edit(source, prompt="beach at noon")
    assert (answer.status_code, "moderation" in answer.json()["detail"]) == (400, True)
    assert bill(emulator) == []


@pytest.mark.parametrize(("name", "status"), [("reject", 400), ("reject_422", 422)])
def test_one_prompt_is_refused(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any], name: str, status: int
) -> None:
    emulator.faults.set({name: "beach"})
    assert luma.edit(source, prompt="a beach").status_code == status
    assert luma.edit(source, prompt="a street").status_code == 201


def test_a_job_that_never_ends(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"p_stuck": 1})
    generation = luma.edit(source).json()
    emulator.world.clock.advance(7200)
    assert luma.get(f"/generations/{generation['id']}").json()["state"] == "processing"


def test_a_state_that_no_document_knows(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"p_odd_state": 1, "odd_state": "dreaming", "job_min": 0.4, "job_max": 0.4})
    generation = luma.edit(source).json()
    seen = set()
    while (state := luma.get(f"/generations/{generation['id']}").json()["state"]) != "completed":
        seen.add(state)
    assert "dreaming" in seen


def test_a_job_that_goes_back_to_the_queue(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"p_back": 1, "job_min": 100, "job_max": 100})
    generation = luma.edit(source).json()
    seen = []
    for _ in range(3):
        emulator.world.clock.advance(25)
        seen.append(luma.get(f"/generations/{generation['id']}").json()["state"])
    assert seen == ["processing", "queued", "processing"]


def test_completed_without_an_output_for_a_while(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"p_no_output": 1, "no_output_s": 30})
    done = luma.bought(source)
    assert (done["state"], done["output"]) == ("completed", [])
    emulator.world.clock.advance(31)
    assert len(luma.get(f"/generations/{done['id']}").json()["output"]) == 1


def test_a_new_job_is_unknown_for_a_while_and_an_old_one_forgotten(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any]
) -> None:
    emulator.faults.set({"visible_s": 30, "gone_s": 100})
    generation = luma.edit(source).json()
    assert luma.get(f"/generations/{generation['id']}").status_code == 404
    emulator.world.clock.advance(31)
    assert luma.finished(generation["id"])["state"] == "completed"
    emulator.world.clock.advance(100)
    assert luma.get(f"/generations/{generation['id']}").status_code == 404
    assert len(bill(emulator)) == 1


@pytest.mark.parametrize("word", ["long", "short", "upper", "odd"])
def test_ids_of_an_unusual_kind(emulator: Emulator, luma: LumaClient, source: dict[str, Any], word: str) -> None:
    emulator.faults.set({"odd_id": word})
    first, second = luma.bought(source), luma.bought(source)
    assert first["state"] == "completed"
    assert first["id"] != second["id"]


def test_a_job_goes_on_after_its_client_has_died(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    generation = luma.edit(source).json()
    luma.close()
    with LumaClient(emulator) as later:
        assert later.finished(generation["id"])["state"] == "completed"


def test_a_film_that_can_be_measured_but_not_decoded_fails_on_the_way(
    emulator: Emulator, luma: LumaClient, clip: Any, tmp_path: Any
) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(clip.read_bytes().replace(b"avc1", b"zzzz"))
    told = luma.bought({"file_id": luma.upload(broken)})
    assert (told["state"], told["failure_code"]) == ("failed", "corrupt_input")
    assert bill(emulator)[0]["refunded"] is True
