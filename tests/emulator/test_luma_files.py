"""Luma's Files API (providers.md 1.2): two ways up, states, pages, and a PUT that wants no key."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.emulation import PLAIN
from fakes.luma_client import LumaClient

from emulator.server import Emulator

pytestmark = pytest.mark.ffmpeg
FIELDS = {
    *("id", "created_at", "mime_type", "purpose", "size_bytes", "state"),
    *("deleted_at", "expires_at", "failure_reason", "filename", "user_id"),
}


def announce(luma: LumaClient, clip: Path, **said: Any) -> dict[str, Any]:
    told = {"mime_type": "video/mp4", "size_bytes": clip.stat().st_size, **said}
    answer = luma.post("/files", json=told)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def put(made: dict[str, Any], content: bytes, **headers: str) -> httpx.Response:
    upload = made["upload"]
    return httpx.put(upload["url"], content=content, headers={**upload["headers"], **headers}, **PLAIN)


def test_the_presigned_way(luma: LumaClient, clip: Path) -> None:
    made = announce(luma, clip, filename="clip.mp4", purpose="input", user_id="u")
    assert set(made) == {"id", "state", "file", "upload"}
    assert set(made["file"]) == FIELDS
    assert set(made["upload"]) == {"url", "method", "headers", "expires_at"}
    assert (made["state"], made["upload"]["method"]) == ("pending", "PUT")
    assert luma.edit({"file_id": made["id"]}).status_code == 422  # nothing is there yet
    assert luma.post(f"/files/{made['id']}/complete").status_code == 400
    assert put(made, clip.read_bytes()).status_code == 200
    assert luma.post(f"/files/{made['id']}/complete").json()["state"] == "pending"
    file_id = luma.upload(clip)
    assert luma.get(f"/files/{file_id}").json()["state"] == "ready"


def test_inline(luma: LumaClient, clip: Path) -> None:
    answer = luma.post(
        "/files", files={"file": ("clip.mp4", clip.read_bytes(), "video/mp4")}, data={"purpose": "reference"}
    )
    made = answer.json()
    assert (answer.status_code, made["upload"]) == (201, None)
    told = (made["file"]["mime_type"], made["file"]["filename"], made["file"]["purpose"], made["file"]["size_bytes"])
    assert told == ("video/mp4", "clip.mp4", "reference", clip.stat().st_size)


def test_a_put_with_a_key_is_refused(luma: LumaClient, clip: Path) -> None:
    answer = put(announce(luma, clip), clip.read_bytes(), authorization="Bearer x")
    assert answer.status_code == 400
    assert "Only one auth mechanism" in answer.text


def test_a_put_is_held_to_what_was_announced(emulator: Emulator, luma: LumaClient, clip: Path) -> None:
    content = clip.read_bytes()
    assert put(announce(luma, clip), content + b"x").status_code == 400
    assert put(announce(luma, clip), content, **{"content-type": "image/png"}).status_code == 403
    made = announce(luma, clip)
    chunked = httpx.put(made["upload"]["url"], content=iter([content]), headers=made["upload"]["headers"], **PLAIN)
    assert chunked.status_code == 411
    made = announce(luma, clip)
    made["upload"]["url"] = made["upload"]["url"].replace("Signature=", "Signature=0")
    assert put(made, content).status_code == 403
    made = announce(luma, clip)
    emulator.world.clock.advance(3601)
    assert put(made, content).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"mime_type": "text/plain"},
        {"mime_type": None},
        {"size_bytes": 0},
        {"size_bytes": "12"},
        {"size_bytes": 5 * 2**30 + 1},
        {"purpose": "fun"},
        {"expires_at": "tomorrow"},
        {"colour": "red"},
    ],
)
def test_an_announcement_is_refused(luma: LumaClient, wrong: dict[str, Any]) -> None:
    answer = luma.post("/files", json={"mime_type": "video/mp4", "size_bytes": 10, **wrong})
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


def test_pages_newest_first(luma: LumaClient, clip: Path) -> None:
    made = [announce(luma, clip, filename=f"{n}.mp4")["id"] for n in range(5)]
    first = luma.get("/files", params={"limit": 2}).json()
    assert [file["id"] for file in first["data"]] == made[:-3:-1]
    assert first["has_more"] is True
    rest = luma.get("/files", params={"limit": 10, "cursor": first["next_cursor"]}).json()
    assert [file["id"] for file in rest["data"]] == made[2::-1]
    assert (rest["has_more"], rest["next_cursor"]) == (False, None)
    assert luma.get("/files", params={"limit": 101}).status_code == 400
    assert luma.get("/files", params={"state": "ready"}).json()["data"] == []


def test_deleted_softly(luma: LumaClient, clip: Path) -> None:
    file_id = luma.upload(clip)
    assert (luma.delete(f"/files/{file_id}").status_code, luma.delete(f"/files/{file_id}").status_code) == (204, 204)
    assert luma.get(f"/files/{file_id}").json()["state"] == "deleted"
    assert luma.edit({"file_id": file_id}).status_code == 404
    assert luma.delete("/files/nothing").status_code == 404


def test_a_file_expires(emulator: Emulator, luma: LumaClient, clip: Path) -> None:
    file_id = luma.upload(clip)
    emulator.faults.set({"forget_files_s": 10})
    assert luma.edit({"file_id": file_id}).status_code == 201
    emulator.world.clock.advance(11)
    assert luma.edit({"file_id": file_id}).status_code == 404


def test_a_file_is_moderated_or_fails_at_ingest(emulator: Emulator, luma: LumaClient, clip: Path) -> None:
    emulator.faults.set({"p_mod": 1, "mod_when": "ingest"})
    file_id = luma.upload(clip)
    told = luma.get(f"/files/{file_id}").json()
    assert (told["state"], "moderation" in told["failure_reason"]) == ("failed", True)
    assert luma.edit({"file_id": file_id}).status_code == 422
    emulator.faults.set({"p_mod": 0, "p_up_failed": 1})
    assert luma.get(f"/files/{luma.upload(clip)}").json()["state"] == "failed"
    assert emulator.books.bill() == []


def test_a_file_is_pending_as_long_as_the_fault_says(emulator: Emulator, luma: LumaClient, clip: Path) -> None:
    emulator.faults.set({"pending_s": 60})
    made = announce(luma, clip)
    put(made, clip.read_bytes())
    luma.post(f"/files/{made['id']}/complete")
    assert luma.get(f"/files/{made['id']}").json()["state"] == "pending"
    assert luma.edit({"file_id": made["id"]}).status_code == 422
    emulator.world.clock.advance(61)
    assert luma.edit({"file_id": made["id"]}).status_code == 201


def test_storage_refuses_in_xml(emulator: Emulator, luma: LumaClient, clip: Path) -> None:
    made = announce(luma, clip)
    emulator.faults.set({"p_up_500": 1})
    answer = put(made, clip.read_bytes())
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/xml")


def test_a_path_that_is_nearly_right_is_wrong(luma: LumaClient) -> None:
    assert luma.post("/files/", json={"mime_type": "video/mp4", "size_bytes": 10}).status_code == 404
