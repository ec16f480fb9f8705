"""Keys, credit, slots and limits, and what each refusal says (providers.md 1.6, 1.7)."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from fakes.emulation import control, quick
from fakes.luma_client import LumaClient

from emulator.options import Keys
from emulator.server import Emulator

pytestmark = pytest.mark.ffmpeg


def test_a_missing_and_an_unknown_key_are_told_apart(emulator: Emulator) -> None:
    with LumaClient(emulator, key="") as nobody, LumaClient(emulator, key="luma-api-x") as stranger:
        missing, unknown = nobody.get("/generations/x"), stranger.get("/generations/x")
    assert (missing.status_code, unknown.status_code) == (401, 401)
    assert missing.json()["detail"] != unknown.json()["detail"]


def test_the_word_bearer_is_case_sensitive(emulator: Emulator, luma: LumaClient) -> None:
    key = emulator.world.keyring.key("luma")
    assert luma.get("/files", headers={"authorization": f"bearer {key}"}).status_code == 401
    assert luma.get("/files", headers={"authorization": key}).status_code == 401


def test_keys_are_chosen_at_the_start(clip: Path) -> None:
    with quick(keys=Keys(luma="luma-api-ours")) as emulator, LumaClient(emulator, key="luma-api-ours") as luma:
        assert luma.get("/files").status_code == 200
        assert emulator.environment()["LUMA_AGENTS_API_KEY"] == "luma-api-ours"


def test_a_key_is_changed_while_jobs_run(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    generation = luma.edit(source).json()
    with control(emulator) as client:
        client.post("/keys", json={"luma": "luma-api-next"})
    refused = luma.edit(source)
    assert (refused.status_code, "revoked" in refused.json()["detail"]) == (401, True)
    with LumaClient(emulator, key="luma-api-next") as renewed:
        assert renewed.finished(generation["id"])["state"] == "completed"


def test_a_key_is_rotated_by_itself(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"rotate": 2})
    assert [luma.edit(source).status_code for _ in range(3)] == [201, 201, 401]
    with LumaClient(emulator, key=emulator.world.keyring.key("luma")) as renewed:
        assert renewed.edit(source).status_code == 201


@pytest.mark.parametrize(("word", "status"), [("401", 401), ("403", 403), ("expired", 401)])
def test_a_key_fails_after_so_many_jobs_but_polls_go_on(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any], word: str, status: int
) -> None:
    emulator.faults.set({"auth_fail_after": 1, "auth_fail_with": word})
    generation = luma.edit(source).json()
    assert luma.edit(source).status_code == status
    assert luma.finished(generation["id"])["state"] == "completed"
    emulator.faults.set({"auth_fail_scope": "all"})
    assert luma.get(f"/generations/{generation['id']}").status_code == status


def test_credit_ends_and_is_topped_up(clip: Path) -> None:
    with quick(credit_usd=Decimal("1.20")) as emulator, LumaClient(emulator) as luma:
        source = {"file_id": luma.upload(clip)}
        answers = [luma.edit(source, prompt=f"p{n}") for n in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 402]
        assert "not queued" in answers[2].json()["detail"]
        emulator.faults.set({"credit": 10})
        assert luma.edit(source).status_code == 201


def test_a_refund_gives_credit_back(clip: Path) -> None:
    with quick(credit_usd=Decimal("0.54"), faults={"fail": "snow"}) as emulator, LumaClient(emulator) as luma:
        source = {"file_id": luma.upload(clip)}
        assert luma.bought(source, prompt="snow")["state"] == "failed"
        assert luma.edit(source, prompt="sun").status_code == 201


def test_more_jobs_than_slots_are_refused_not_queued(clip: Path) -> None:
    with quick(slots={"luma": 2}, takes_s=(5, 5)) as emulator, LumaClient(emulator) as luma:
        source = {"file_id": luma.upload(clip)}
        answers = [luma.edit(source, prompt=f"p{n}") for n in range(3)]
        assert [answer.status_code for answer in answers] == [201, 201, 429]
        assert answers[2].headers["retry-after"] == "60"
        assert "x-ratelimit-limit" not in answers[2].headers
        assert len(emulator.books.bill()) == 2
        emulator.world.clock.advance(6)
        assert luma.finished(answers[0].json()["id"])["state"] == "completed"
        assert luma.finished(answers[1].json()["id"])["state"] == "completed"
        assert luma.edit(source).status_code == 201


def test_more_submits_a_minute_than_allowed(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"rpm": 2})
    answers = [luma.edit(source, prompt=f"p{n}") for n in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 60
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert luma.get(f"/generations/{answers[0].json()['id']}").status_code == 200  # polls are not counted


def test_prices_may_be_other_than_the_list(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"price": 2})
    luma.edit(source)
    assert emulator.books.bill()[0].usd == Decimal("1.08")


def test_hdr_needs_access(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    emulator.faults.set({"hdr_access": 0})
    answer = luma.edit(source, video={"resolution": "720p", "hdr": True})
    assert (answer.status_code, "HDR" in answer.json()["detail"]) == (400, True)
