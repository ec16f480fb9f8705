"""Requests to fal: whole ones as reviewed, and what holds for every one of them."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from orders import CASES, CONTROLS, RATIO, WIDE, a_ray_job, a_reframe_job, a_segment, an_order, as_golden, pinned

from campaign.model.controls import ControlSet
from campaign.model.jobs import Job
from campaign.model.ratios import AspectRatio
from campaign.providers.fal_payload import bucket_of, request_body
from campaign.providers.position import place_source

CLIP = "https://v3.fal.media/files/clip.mp4"
EDIT_FIELDS = {
    "prompt", "video_url", "user", "resolution", "duration", "edit_strength", "auto_controls", "controls", "keyframes",
    "keyframe_indexes", "hdr", "exr_export",
}  # fmt: skip
REFRAME_FIELDS = {"prompt", "video_url", "user", "aspect_ratio", "resolution", "source_position"}


def body_of(job: Job, rate: Fraction = Fraction(24)) -> dict[str, object]:
    stills = tuple(f"https://v3.fal.media/files/{each.path}" for each in job.keyframes)
    box = place_source(WIDE, job.ratio, job.framing.focus) if job.ratio and job.framing else None
    return request_body(an_order(job, rate=rate), CLIP, stills, box)


@pytest.mark.parametrize("case", CASES)
def test_a_request_is_the_reviewed_one(case: str, golden: Callable[[str, str], None]) -> None:
    golden(f"payloads/fal/{case}.json", as_golden(body_of(CASES[case])))


@settings(deadline=None)
@given(CONTROLS)
def test_one_way_of_steering_is_sent_and_signals_are_nested(controls: ControlSet) -> None:
    body = body_of(a_ray_job(controls=controls))
    assert body.keys() <= EDIT_FIELDS
    assert len(body.keys() & {"auto_controls", "edit_strength", "controls"}) <= 1
    signals = body.get("controls", {})
    assert isinstance(signals, dict)
    assert signals.keys() <= {"pose", "depth", "normals", "trajectory", "face"}
    for name, signal in signals.items():
        dials = signal.keys() - {"enabled"}
        assert isinstance(signal["enabled"], bool)
        assert len(dials) == (1 if signal["enabled"] and name != "face" else 0)
        assert all(isinstance(signal[dial], str) or 0 <= signal[dial] <= 1 for dial in dials)


@settings(deadline=None)
@given(st.integers(1, 300), st.sampled_from(["24", "25", "30", "24000/1001", "30000/1001"]))
def test_an_edit_says_the_shortest_bucket_that_holds_it(frames: int, rate: str) -> None:
    seconds = frames / Fraction(rate)
    job = a_ray_job(segment=a_segment(frames))
    if seconds > 10:
        with pytest.raises(ValueError, match="longer than 10 s"):
            body_of(job, Fraction(rate))
    else:
        assert body_of(job, Fraction(rate))["duration"] == ("5s" if seconds <= 5 else "10s")


@pytest.mark.parametrize(
    ("seconds", "bucket"), [("1/24", 5), ("5", 5), ("120120/24000", 10), ("10", 10), ("10001/1000", None)]
)
def test_a_bucket_is_not_passed_by_a_hair(seconds: str, bucket: int | None) -> None:
    assert bucket_of(Fraction(seconds)) == bucket


@settings(deadline=None)
@given(RATIO, st.sampled_from(["540p", "720p", "1080p"]), st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_reframe_names_its_ratio_and_follows_its_sources_length(
    ratio: AspectRatio, resolution: str, focus: tuple[float, float]
) -> None:
    body = body_of(a_reframe_job(ratio.label, focus, resolution=resolution))
    assert body.keys() <= REFRAME_FIELDS
    assert (body["aspect_ratio"], body["resolution"]) == (ratio.label, resolution)


@settings(deadline=None)
@given(st.integers(0, 5000), st.integers(1, 240), st.data())
def test_guide_pictures_and_their_frames_go_in_pairs(start: int, frames: int, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(start, start + frames - 1), min_size=1, max_size=64, unique=True))
    body = body_of(a_ray_job(segment=a_segment(frames, start), keyframes=pinned(*sorted(chosen))))
    pictures, indexes = body["keyframes"], body["keyframe_indexes"]
    assert isinstance(pictures, list) and isinstance(indexes, list)
    assert [index + start for index in indexes] == sorted(chosen)
    assert [url.rsplit("-", 1)[1] for url in pictures] == [f"{frame}.png" for frame in sorted(chosen)]
