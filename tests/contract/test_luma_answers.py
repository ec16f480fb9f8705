"""What Luma's answers mean, one by one: states, failure codes, refusals."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from luma_agents.types import generation_failure_code

from campaign.errors import ProviderBarred, ProviderRejected
from campaign.net.exchange import Answer
from campaign.providers.answers import Malformed
from campaign.providers.base import Extra, Generation, GenerationState
from campaign.providers.luma_answers import generation, moderated, not_accepted, refusal, success, taken

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LINK = "https://storage.example/a.mp4?X-Amz-Signature=abc"


def an_answer(status: int = 200, body: object = None, *, whole: bool = True, **changes: Any) -> Answer:
    told = {
        "id": "gen-1",
        "type": "video_edit",
        "state": "queued",
        "model": "ray-3.2",
        "created_at": "2026-11-20T12:00:00Z",
    }
    raw = body if isinstance(body, bytes) else json.dumps(told | changes if body is None else body).encode()
    return Answer(status, {"x-request-id": "req-9"}, raw, whole)


def told(**changes: Any) -> Generation:
    return generation(an_answer(**changes), NOW)


@pytest.mark.parametrize("state", ["queued", "processing"])
def test_what_runs_is_running(state: str) -> None:
    found = told(state=state)
    assert (found.state, found.remote_id, found.request_id, found.odd) == (
        GenerationState.RUNNING,
        "gen-1",
        "req-9",
        "",
    )


@pytest.mark.parametrize("state", ["dreaming", "awaiting capacity", "", None, 7, ["queued"]])
def test_an_unknown_state_runs_and_is_named(state: object) -> None:
    found = told(state=state)
    assert found.state is GenerationState.RUNNING
    assert found.odd == ("no state" if state is None else str(state))


def test_a_finished_film_has_a_link_for_an_hour_and_no_price() -> None:
    found = told(state="completed", output=[{"type": "video", "url": LINK}])
    assert found.state is GenerationState.DONE
    assert found.url == LINK
    assert found.url_expires_at == NOW + timedelta(hours=1)
    assert found.price_usd is None
    assert found.extras == ()
    assert LINK not in repr(found) + found.answer


def test_every_further_entry_is_an_extra_by_a_kind_of_its_own() -> None:
    entries = [
        {"type": "archive", "url": "https://storage.example/frames.zip?sig=1"},
        {"type": "video", "url": "https://storage.example/master.exr?sig=2"},
        {"type": "video", "url": LINK},
        {"type": "poster", "url": "https://storage.example/p.png"},
        {"type": "video", "url": "https://storage.example/b.mp4"},
        {"type": "exr", "url": None},
        {"type": "exr"},
        "?",
    ]
    found = told(state="completed", output=entries)
    assert found.url == LINK
    assert [extra.kind for extra in found.extras] == ["exr", "exr-2", "poster", "video"]
    assert found.extras[0] == Extra("exr", "https://storage.example/frames.zip?sig=1")


@pytest.mark.parametrize("output", [None, [], [{"type": "video"}], [{"type": "image", "url": LINK}], "none", {}])
def test_done_without_a_film_still_runs_and_says_so(output: object) -> None:
    found = told(state="completed", output=output)
    assert (found.state, found.odd) == (GenerationState.RUNNING, "completed without a film")


MEANING = {
    "content_moderated": (GenerationState.MODERATED, False, False),
    "generation_failed": (GenerationState.FAILED, False, False),
    "output_not_found": (GenerationState.FAILED, False, False),
    "rate_limited": (GenerationState.FAILED, False, False),
    "image_too_large": (GenerationState.FAILED, False, True),
    "unsupported_format": (GenerationState.FAILED, False, True),
    "corrupt_input": (GenerationState.FAILED, False, True),
    "invalid_request": (GenerationState.FAILED, False, True),
    "budget_exhausted": (GenerationState.FAILED, True, False),
    "solar_flare": (GenerationState.FAILED, True, False),
    None: (GenerationState.FAILED, True, False),
}


@pytest.mark.parametrize("code", MEANING)
def test_a_failure_is_weighed_by_its_code(code: str | None) -> None:
    found = told(state="failed", failure_code=code, failure_reason="The sky was too blue")
    assert (found.state, found.billed, found.hopeless) == MEANING[code]
    assert "The sky was too blue" in found.detail
    assert (code or "no failure code") in found.detail
    assert ("counts as billed" in found.detail) == (code not in MEANING or code in {"solar_flare", None})


def test_every_code_of_the_official_client_has_a_meaning() -> None:
    assert {*generation_failure_code.GenerationFailureCode.__args__} <= {*MEANING}


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"state": "queued"}', b'{"id": 17}', b'{"id": "a b"}', b'{"id": ""}']
)
def test_no_id_no_generation(body: bytes) -> None:
    for read in (generation, taken):
        with pytest.raises(Malformed):
            read(an_answer(201, body), NOW)


def test_of_half_an_answer_only_the_id_counts() -> None:
    half = b'{"id": "gen-1", "state": "failed", "failure_code": "budget_'
    for whole in (True, False):
        found = taken(an_answer(201, half, whole=whole), NOW)
        assert (found.state, found.remote_id, found.billed) == (GenerationState.RUNNING, "gen-1", False)
        with pytest.raises(Malformed):
            generation(an_answer(201, half, whole=whole), NOW)


@pytest.mark.parametrize(
    ("status", "kind", "tag"),
    [
        (400, ProviderRejected, ""),
        (404, ProviderRejected, ""),
        (413, ProviderRejected, ""),
        (422, ProviderRejected, ""),
        (401, ProviderBarred, "[auth]"),
        (402, ProviderBarred, "[provider.credit]"),
        (403, ProviderBarred, "[auth]"),
    ],
)
def test_a_refusal_is_what_the_guide_says(status: int, kind: type[Exception], tag: str) -> None:
    error = refusal(an_answer(status, {"detail": "The sentence of theirs."}))
    assert type(error) is kind
    assert "The sentence of theirs." in error.detail
    assert error.detail.endswith(tag)


@pytest.mark.parametrize(
    "status", [200, 301, 307, 408, 409, 418, 423, 425, 429, 451, 499, 500, 502, 503, 504, 520, 599]
)
def test_nothing_else_is_a_refusal(status: int) -> None:
    with pytest.raises(Malformed):
        refusal(an_answer(status, {"detail": "?"}))


@pytest.mark.parametrize(
    "body", [b"<html>Forbidden by the edge</html>", b'{"error": "forbidden"}', b'{"detail": [{"msg": "forbidden"}]}']
)
def test_a_refusal_in_other_words_is_quoted(body: bytes) -> None:
    assert "orbidden" in refusal(an_answer(403, body)).detail


def test_a_wrong_address_is_named_as_such() -> None:
    with pytest.raises(ProviderBarred, match="LUMA_BASE_URL"):
        success(an_answer(404, {"detail": "Not Found"}))
    assert success(an_answer(204, b"")).status == 204


@pytest.mark.parametrize(
    ("status", "detail", "proved"),
    [
        (503, "URL ingestion is disabled; send base64 or file_id", True),
        (503, "Ingesting media by URL is switched off", True),
        (503, "Temporarily unavailable; the request was not accepted.", True),
        (503, "Service unavailable", False),
        (503, "accepted, but the queue is not reachable", False),
        (500, "URL ingestion is disabled", False),
        (502, "not accepted", False),
    ],
)
def test_a_server_error_proves_nothing_unless_its_sentence_does(status: int, detail: str, proved: bool) -> None:
    assert not_accepted(an_answer(status, {"detail": detail})) is proved
    assert not not_accepted(an_answer(status, f"<html>{detail}</html>".encode()))


@pytest.mark.parametrize("status", [400, 422])
def test_a_refusal_by_moderation_is_told_apart(status: int) -> None:
    found = moderated(an_answer(status, {"detail": "Prompt rejected by content moderation"}))
    assert found is not None
    assert found.state is GenerationState.MODERATED
    assert "content moderation" in found.detail
    assert moderated(an_answer(status, {"detail": "prompt: too long"})) is None
    assert moderated(an_answer(201, {"id": "gen-1", "note": "moderation pending"})) is None
    assert moderated(an_answer(500, {"detail": "moderation service failed"})) is None
