"""Requests to Luma: whole ones as reviewed, and what holds for every one of them."""

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import luma_agents
import pytest
from fakes.listener import listening, says
from hypothesis import given, settings
from hypothesis import strategies as st
from luma_agents.types import generation_create_params
from orders import (
    CASES,
    CONTROLS,
    INTENT,
    RATIO,
    WIDE,
    a_ray_job,
    a_reframe_job,
    a_segment,
    an_order,
    as_golden,
    pinned,
)
from pydantic import TypeAdapter

from campaign.model.controls import ControlSet
from campaign.model.jobs import Job
from campaign.model.ratios import RESOLUTIONS, AspectRatio
from campaign.providers.luma_payload import MOST_KEYFRAMES, Payload, request_body
from campaign.providers.position import place_source

SDK = TypeAdapter(generation_create_params.GenerationCreateParams)
CREATED = {
    "id": "gen-1",
    "type": "video_edit",
    "state": "queued",
    "model": "ray-3.2",
    "created_at": "2026-11-20T12:00:00Z",
}


def body_of(job: Job, *, chained: bool = False) -> Payload:
    stills = [{"file_id": f"still-of-{each.frame}"} for each in job.keyframes]
    box = place_source(WIDE, job.ratio, job.framing.focus) if job.ratio and job.framing else None
    return request_body(an_order(job), {"generation_id": "parent"} if chained else {"file_id": "clip"}, stills, box)


def edit_of(**changes: Any) -> dict[str, Any]:
    video = body_of(a_ray_job(**changes))["video"]
    assert isinstance(video, dict)
    return dict(video.get("edit", {}))


@pytest.mark.parametrize("case", CASES)
def test_a_request_is_the_reviewed_one(case: str, golden: Callable[[str, str], None]) -> None:
    golden(f"payloads/luma/{case}.json", as_golden(body_of(CASES[case])))


def test_a_chained_request_is_the_reviewed_one(golden: Callable[[str, str], None]) -> None:
    golden("payloads/luma/reframe-chained.json", as_golden(body_of(CASES["reframe"], chained=True)))


@pytest.mark.parametrize("case", CASES)
def test_the_official_client_knows_every_field_and_value(case: str) -> None:
    body = body_of(CASES[case])
    assert json.loads(json.dumps(SDK.validate_python(body), default=list)) == body  # an unknown field would be left out


@pytest.mark.parametrize("case", CASES)
def test_the_official_client_sends_the_same(case: str) -> None:
    body = body_of(CASES[case])
    with listening(says(201, json.dumps(CREATED), content_type="application/json")) as luma:
        client = luma_agents.Luma(auth_token="luma-api-x", base_url=f"{luma.url}/v1")
        client.generations.create(**body)  # type: ignore[arg-type]  # as told by the tests above
        client.close()
    (heard,) = luma.heard
    assert (heard.method, heard.path) == ("POST", "/v1/generations")
    assert json.loads(heard.body) == body


@settings(deadline=None)
@given(CONTROLS)
def test_one_way_of_steering_is_sent(controls: ControlSet) -> None:
    edit = edit_of(controls=controls)
    assert len(edit) <= 1
    assert edit.keys() <= {"auto_controls", "strength", "controls"}
    for name, signal in edit.get("controls", {}).items():
        if signal["enabled"] and name != "face":
            (dial,) = signal.keys() - {"enabled"}
            assert (
                dial == {"pose": "strength", "depth": "blur", "normals": "augmentation", "trajectory": "sparsity"}[name]
            )
            assert signal[dial] in {"precise", "coarse"} if name == "pose" else 0 <= signal[dial] <= 1
        else:
            assert signal.keys() == {"enabled"}


def test_a_signal_is_switched_off_by_name_and_left_out_when_nothing_is_said() -> None:
    controls = edit_of(controls=ControlSet(depth_blur="off", pose="off", face=False))["controls"]
    assert controls == {"pose": {"enabled": False}, "depth": {"enabled": False}, "face": {"enabled": False}}
    assert edit_of(controls=ControlSet()) == {}


@settings(deadline=None)
@given(CONTROLS, st.sampled_from(list(RESOLUTIONS)), st.booleans(), st.integers(1, 432))
def test_an_edit_has_a_resolution_and_nothing_of_other_types(
    controls: ControlSet, resolution: str, hdr: bool, frames: int
) -> None:
    body = body_of(a_ray_job(controls=controls, resolution=resolution, hdr=hdr, exr=hdr, segment=a_segment(frames)))
    assert body.keys() == {"model", "type", "prompt", "user_id", "source", "video"}
    video = body["video"]
    assert isinstance(video, dict)
    assert video["resolution"] == resolution
    assert video.keys() <= {"resolution", "edit", "hdr", "exr_export"}
    assert video.get("hdr", False) == video.get("exr_export", False) == hdr


@given(RATIO, st.sampled_from(list(RESOLUTIONS)), st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_reframe_has_a_ratio_and_at_most_a_position(
    ratio: AspectRatio, resolution: str, focus: tuple[float, float]
) -> None:
    body = body_of(a_reframe_job(ratio.label, focus, resolution=resolution))
    assert body["type"] == "video_reframe"
    assert body["aspect_ratio"] == ratio.label
    video = body["video"]
    assert isinstance(video, dict)
    assert video.keys() <= {"resolution", "source_position"}
    if (place := video.get("source_position")) is not None:
        assert place["x_norm"] + place["w_norm"] <= 1 + 1e-6
        assert place["y_norm"] + place["h_norm"] <= 1 + 1e-6
        assert min(place.values()) >= 0
        shape = Fraction(place["w_norm"]) / Fraction(place["h_norm"]) * ratio.value
        assert abs(shape / WIDE - 1) < 1e-4  # the picture is moved, never stretched


def test_the_centre_is_left_to_the_model() -> None:
    assert body_of(a_reframe_job("9:16"))["video"] == {"resolution": "720p"}


def test_keyframes_are_told_by_the_clips_own_frames() -> None:
    edit = edit_of(keyframes=pinned(97, 121, 180), segment=a_segment(frames=84, start=97))
    assert edit["keyframe_indexes"] == [0, 24, 83]
    assert edit["keyframes"] == [{"file_id": f"still-of-{frame}"} for frame in (97, 121, 180)]


@pytest.mark.parametrize("frames", [(97, 97), (96,), (181,), tuple(range(97, 97 + MOST_KEYFRAMES + 1))])
def test_keyframes_that_no_edit_takes_are_not_asked_for(frames: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="keyframes"):
        edit_of(keyframes=pinned(*frames), segment=a_segment(frames=84, start=97))


def test_sixty_four_keyframes_are_taken() -> None:
    assert len(edit_of(keyframes=pinned(*range(97, 97 + MOST_KEYFRAMES)))["keyframes"]) == MOST_KEYFRAMES


def test_the_attempt_is_named_where_support_can_find_it() -> None:
    assert body_of(a_ray_job())["user_id"] == INTENT
    other = request_body(replace(an_order(), intent_id="another"), {"file_id": "clip"})
    assert other["user_id"] == "another"
