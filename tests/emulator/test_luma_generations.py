"""Luma's generations: the happy way, and what the vendor refuses (providers.md 1.3 to 1.5)."""

import base64
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.emulation import quick
from fakes.luma_client import LumaClient, fetch
from footage import a_film

from emulator.server import Emulator

pytestmark = pytest.mark.ffmpeg
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(60)).decode()
STILL = {"data": PICTURE, "media_type": "image/png"}
NO_PICTURE = {"data": "AAAA", "media_type": "image/png"}


def test_an_edit_runs_from_201_to_a_film_and_stands_on_the_bill(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any]
) -> None:
    answer = luma.edit(source, user_id="intent-7")
    told = answer.json()
    assert answer.status_code == 201
    assert told["state"] == "queued"
    assert told["output"] is None
    assert set(told) == {
        *("id", "type", "state", "model", "created_at", "output", "failure_reason", "failure_code")
    }  # nothing that no document names
    done = luma.finished(told["id"])
    assert (done["state"], done["type"], done["model"]) == ("completed", "video_edit", "ray-3.2")
    assert fetch(done)[4:8] == b"ftyp"
    (charge,) = emulator.books.bill()
    assert (charge.job, charge.client_id, charge.usd) == (told["id"], "intent-7", Decimal("0.54"))


def test_states_go_forward_only(luma: LumaClient, source: dict[str, Any]) -> None:
    seen: list[str] = []
    generation = luma.edit(source).json()
    while not seen or seen[-1] != "completed":
        state = luma.get(f"/generations/{generation['id']}").json()["state"]
        if not seen or seen[-1] != state:
            seen.append(state)
    assert seen in (["queued", "processing", "completed"], ["processing", "completed"])


def test_a_reframe_hangs_on_its_parent_without_an_upload(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any]
) -> None:
    parent = luma.bought(source)
    answer = luma.reframe({"generation_id": parent["id"]})
    assert answer.status_code == 201, answer.text
    assert fetch(luma.finished(answer.json()["id"])) != fetch(parent)
    edit, reframe = emulator.books.bill()
    assert (edit.operation, reframe.operation, reframe.ratio) == ("modify", "reframe", "9:16")
    assert reframe.usd == Decimal("0.03")


def test_every_poll_mints_another_link(luma: LumaClient, source: dict[str, Any]) -> None:
    done = luma.bought(source)
    again = luma.get(f"/generations/{done['id']}").json()
    assert done["output"][0]["url"] != again["output"][0]["url"]
    assert fetch(done) == fetch(again)


def test_each_job_gives_bytes_of_its_own(luma: LumaClient, source: dict[str, Any]) -> None:
    first, second = luma.bought(source), luma.bought(source)
    assert fetch(first) != fetch(second)


def test_the_bill_knows_the_same_thing_bought_twice(
    emulator: Emulator, luma: LumaClient, source: dict[str, Any]
) -> None:
    luma.edit(source, user_id="a")
    luma.edit(source, user_id="b")
    luma.edit(source, prompt="another prompt")
    first, second, other = emulator.books.bill()
    assert first.asked == second.asked != other.asked
    assert (first.turn, second.turn, other.turn) == (0, 1, 0)


def test_every_kind_of_source_is_taken(luma: LumaClient, source: dict[str, Any], clip: Path) -> None:
    data = base64.b64encode(clip.read_bytes()).decode()
    done = luma.bought({"data": data, "media_type": "video/mp4"})
    assert luma.edit({"url": done["output"][0]["url"], "media_type": "video/mp4"}).status_code == 201


def test_headers_of_every_answer(luma: LumaClient, source: dict[str, Any]) -> None:
    answer = luma.get("/generations/nothing", headers={"x-request-id": "ours-1"})
    assert (answer.headers["x-request-id"], answer.headers["x-api-version"]) == ("ours-1", "2026-04-01")
    submitted = luma.edit(source)
    assert int(submitted.headers["x-ratelimit-limit"]) > 0
    assert "retry-after" not in submitted.headers


def test_hdr_with_exr_gives_two_outputs(luma: LumaClient, source: dict[str, Any], emulator: Emulator) -> None:
    video = {"resolution": "720p", "hdr": True, "exr_export": True}
    done = luma.bought(source, video=video)
    assert len(done["output"]) == 2
    assert fetch(done, 1)[:4] == b"PK\x03\x04"
    assert emulator.books.bill()[0].usd == Decimal("3.24")


@pytest.mark.parametrize(("seconds", "usd"), [(5, "1.08"), (6, "2.16"), (11, "3.24")])
def test_an_edit_costs_a_block_for_every_five_seconds_begun(
    emulator: Emulator, luma: LumaClient, tmp_path: Path, seconds: int, usd: str
) -> None:
    film = a_film(tmp_path / "long.mp4", frames=24 * seconds, sound=None)
    assert luma.edit({"file_id": luma.upload(film)}, video={"resolution": "720p"}).status_code == 201
    assert emulator.books.bill()[0].usd == Decimal(usd)


@pytest.fixture(scope="module")
def shared(clip: Path) -> Iterator[tuple[Emulator, LumaClient, dict[str, Any], dict[str, Any]]]:
    """One emulator for all refusals: nothing may be bought on it but one parent."""
    with quick() as emulator, LumaClient(emulator) as luma:
        source = {"file_id": luma.upload(clip)}
        yield emulator, luma, source, luma.bought(source)


def edit(**video_edit: Any) -> dict[str, Any]:
    return {"video": {"edit": video_edit}}


REFUSED_EDITS: list[tuple[str, dict[str, Any], int, str]] = [
    ("unknown model", {"model": "ray-9"}, 400, "model"),
    ("no model", {"model": None}, 400, "model"),
    ("unknown type", {"type": "video_modify"}, 400, "type"),
    ("empty prompt", {"prompt": ""}, 400, "prompt"),
    ("prompt of 6001 characters", {"prompt": "a" * 6001}, 400, "prompt"),
    ("no source", {"source": None}, 400, "source"),
    ("two kinds of source", {"source": {"url": "https://a.example/b.mp4", "file_id": "x"}}, 400, "exactly one"),
    ("plain http", {"source": {"url": "http://a.example/b.mp4", "media_type": "video/mp4"}}, 400, "https"),
    ("a url without its type", {"source": {"url": "https://a.example/b.mp4"}}, 400, "media_type"),
    ("a url that cannot be fetched", {"source": {"url": "https://a.example/b.mp4", "media_type": "video/mp4"}}, 422, "fetched"),
    ("data without its type", {"source": {"data": "AAAA"}}, 400, "media_type"),
    ("broken base64", {"source": {"data": "*", "media_type": "video/mp4"}}, 400, "base64"),
    ("no film at all", {"source": {"data": "AAAA", "media_type": "video/mp4"}}, 422, "cannot be read"),
    ("unknown file", {"source": {"file_id": "00000000-0000-4000-8000-000000000000"}}, 404, "not found"),
    ("unknown generation", {"source": {"generation_id": "00000000-0000-4000-8000-000000000000"}}, 404, "not found"),
    ("unknown resolution", {"video": {"resolution": "4k"}}, 400, "resolution"),
    ("unknown ratio", {"aspect_ratio": "5:4"}, 400, "aspect_ratio"),
    ("unknown field", {"seed": 4}, 400, "seed"),
    ("unknown field of video", {"video": {"fps": 24}}, 400, "fps"),
    ("loop", {"video": {"loop": True}}, 422, "loop"),
    ("end frame", {"video": {"end_frame": STILL}}, 422, "end_frame"),
    ("keyframes of another type", {"video": {"keyframes": [STILL], "keyframe_indexes": [0]}}, 422, "keyframes"),
    ("source position", {"video": {"source_position": {}}}, 422, "source_position"),
    ("exr without hdr", {"video": {"exr_export": True}}, 422, "exr"),
    ("hdr as text", {"video": {"hdr": "yes"}}, 400, "hdr"),
    ("auto with strength", edit(auto_controls=True, strength="flex_1"), 422, "auto_controls"),
    ("auto with controls", edit(auto_controls=True, controls={"face": {"enabled": True}}), 422, "auto_controls"),
    ("unknown strength", edit(strength="flex_4"), 400, "strength"),
    ("unknown signal", edit(controls={"bodies": {"enabled": True}}), 400, "bodies"),
    ("pose as a number", edit(controls={"pose": {"strength": 0.5}}), 400, "pose"),
    ("blur above 1", edit(controls={"depth": {"enabled": True, "blur": 1.5}}), 400, "blur"),
    ("sparsity as truth", edit(controls={"trajectory": {"sparsity": True}}), 400, "sparsity"),
    ("face with a strength", edit(controls={"face": {"strength": "precise"}}), 400, "strength"),
    ("keyframes without indexes", edit(keyframes=[STILL]), 400, "same length"),
    ("too few indexes", edit(keyframes=[STILL, STILL], keyframe_indexes=[0]), 400, "same length"),
    ("65 keyframes", edit(keyframes=[STILL] * 65, keyframe_indexes=list(range(65))), 400, "64"),
    ("an index twice", edit(keyframes=[STILL, STILL], keyframe_indexes=[3, 3]), 400, "unique"),
    ("an index below 0", edit(keyframes=[STILL], keyframe_indexes=[-1]), 400, "non-negative"),
    ("an index beyond the source", edit(keyframes=[STILL], keyframe_indexes=[24]), 422, "24 frames"),
    ("a keyframe that is no picture", edit(keyframes=[NO_PICTURE], keyframe_indexes=[0]), 422, "image"),
    (
        "start frame and keyframes",
        {"video": {"start_frame": STILL, "edit": {"keyframes": [STILL], "keyframe_indexes": [0]}}},
        422,
        "mutually exclusive",
    ),
]  # fmt: skip
REFUSED_REFRAMES: list[tuple[str, dict[str, Any], int, str]] = [
    ("no ratio", {"aspect_ratio": None}, 400, "aspect_ratio"),
    ("a ratio for pictures only", {"aspect_ratio": "2:1"}, 400, "aspect_ratio"),
    ("hdr", {"video": {"hdr": True}}, 422, "hdr"),
    ("exr", {"video": {"exr_export": True}}, 422, "exr"),
    ("loop", {"video": {"loop": True}}, 422, "loop"),
    ("edit controls", edit(strength="flex_1"), 422, "edit"),
    ("a start frame", {"video": {"start_frame": STILL}}, 422, "start_frame"),
    ("upright 1080p", {"video": {"resolution": "1080p"}}, 422, "coming soon"),
    (
        "a position of three numbers",
        {"video": {"source_position": {"x_norm": 0, "y_norm": 0, "w_norm": 1}}},
        400,
        "required",
    ),
    (
        "a position without width",
        {"video": {"source_position": {"x_norm": 0, "y_norm": 0, "w_norm": 0, "h_norm": 1}}},
        400,
        "w_norm",
    ),
    (
        "a position far away",
        {"video": {"source_position": {"x_norm": 2.5, "y_norm": 0, "w_norm": 1, "h_norm": 1}}},
        400,
        "x_norm",
    ),
]


@pytest.mark.parametrize(
    ("body", "status", "word"), [case[1:] for case in REFUSED_EDITS], ids=[c[0] for c in REFUSED_EDITS]
)
def test_an_edit_is_refused(shared: Any, body: dict[str, Any], status: int, word: str) -> None:
    emulator, luma, source, _ = shared
    refused(emulator, luma.edit(**{"source": source, **body}), status, word)


@pytest.mark.parametrize(
    ("body", "status", "word"), [case[1:] for case in REFUSED_REFRAMES], ids=[c[0] for c in REFUSED_REFRAMES]
)
def test_a_reframe_is_refused(shared: Any, body: dict[str, Any], status: int, word: str) -> None:
    emulator, luma, source, _ = shared
    refused(emulator, luma.reframe(**{"source": source, **body}), status, word)


def refused(emulator: Emulator, answer: httpx.Response, status: int, word: str) -> None:
    """Refused in the vendor's envelope, with a text that names the cause, and nothing bought."""
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"detail"}
    assert word in answer.json()["detail"]
    assert len(emulator.books.bill()) == 1


@pytest.mark.parametrize(
    "body",
    [
        edit(strength="flex_2", controls={"pose": {"enabled": True, "strength": "coarse"}}),  # ambiguous, so taken
        edit(auto_controls=False, strength="adhere_3"),
        edit(
            controls={"depth": {"enabled": True, "blur": 0}, "normals": {"enabled": False}, "face": {"enabled": True}}
        ),
        edit(keyframes=[STILL, STILL], keyframe_indexes=[23, 0]),
        {"video": {"start_frame": STILL}},
        {"video": {"duration": "10s"}},  # ignored on edit
        {"aspect_ratio": "1:1"},  # ignored on edit
        {"prompt": "a" * 6000},
    ],
)
def test_an_edit_is_taken(luma: LumaClient, source: dict[str, Any], body: dict[str, Any]) -> None:
    assert luma.edit(source, **body).status_code == 201


def test_sources_are_measured_on_their_bytes(luma: LumaClient, tmp_path: Path) -> None:
    film = a_film(tmp_path / "long.mp4", frames=24 * 18 + 1, sound=None)
    source = {"file_id": luma.upload(film)}
    assert (luma.edit(source).status_code, luma.reframe(source).status_code) == (422, 201)
    longer = a_film(tmp_path / "longer.mp4", frames=24 * 30 + 1, sound=None)
    answer = luma.reframe({"file_id": luma.upload(longer)})
    assert answer.status_code == 422
    assert "30" in answer.json()["detail"]


def test_a_picture_of_more_than_50_mb_is_too_large(luma: LumaClient, source: dict[str, Any]) -> None:
    huge = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(50 * 2**20)).decode()
    answer = luma.edit(source, **edit(keyframes=[{"data": huge, "media_type": "image/png"}], keyframe_indexes=[0]))
    assert (answer.status_code, "50 MB" in answer.json()["detail"]) == (413, True)


def test_a_parent_that_is_not_finished_is_refused(luma: LumaClient, source: dict[str, Any], emulator: Emulator) -> None:
    emulator.faults.set({"job_min": 5, "job_max": 5})
    parent = luma.edit(source).json()
    assert luma.reframe({"generation_id": parent["id"]}).status_code == 400


def test_a_body_that_is_no_json_is_refused(luma: LumaClient) -> None:
    answer = luma.post("/generations", content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


@pytest.mark.parametrize(("left_out", "word"), [("model", "uni-1"), ("type", "image"), ("prompt", "prompt")])
def test_what_is_left_out_takes_its_default_or_is_refused(
    luma: LumaClient, source: dict[str, Any], left_out: str, word: str
) -> None:
    body = {"model": "ray-3.2", "type": "video_edit", "prompt": "snow", "source": source}
    answer = luma.post("/generations", json={name: value for name, value in body.items() if name != left_out})
    assert answer.status_code == 400
    assert word in answer.json()["detail"]


def test_there_is_no_list_and_no_cancel(luma: LumaClient, source: dict[str, Any]) -> None:
    generation = luma.edit(source).json()
    assert luma.get("/generations").status_code in (404, 405)
    assert luma.delete(f"/generations/{generation['id']}").status_code in (404, 405)


def test_requests_are_kept_without_the_key(emulator: Emulator, luma: LumaClient, source: dict[str, Any]) -> None:
    luma.edit(source, user_id="u-1")
    seen = [one for one in emulator.books.requests() if one.path == "/v1/generations"]
    assert seen[-1].body["user_id"] == "u-1"
    assert (seen[-1].keyed, seen[-1].status) == (True, 201)
    everything = json.dumps([one.as_json() for one in emulator.books.requests()])
    assert emulator.world.keyring.key("luma") not in everything
    assert not re.search("authorization", everything, re.IGNORECASE)
