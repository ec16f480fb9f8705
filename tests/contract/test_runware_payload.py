"""Requests to Runware: whole ones as reviewed, and what holds for every one of them."""

from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from orders import CASES, CONTROLS, RATIO, WIDE, a_ray_job, a_reframe_job, a_segment, an_order, as_golden, pinned

from campaign.model.controls import ControlSet
from campaign.model.jobs import Job
from campaign.model.ratios import RESOLUTIONS, AspectRatio, Size
from campaign.providers.canvas import PROVED, canvas_of
from campaign.providers.position import place_source
from campaign.providers.runware_payload import video_task

UUID = "3f0c3c1e-0a3f-4d0e-9a53-0f4e1c0a7b11"


def task_of(job: Job) -> dict[str, object]:
    stills = tuple(f"still-of-{each.frame}" for each in job.keyframes)
    box = place_source(WIDE, job.ratio, job.framing.focus) if job.ratio and job.framing else None
    return video_task(an_order(job), UUID, "clip", stills, box)


def edit_of(controls: ControlSet) -> dict[str, object]:
    settings = task_of(a_ray_job(controls=controls)).get("settings", {})
    assert isinstance(settings, dict)
    edit = settings.get("edit", {})
    assert isinstance(edit, dict)
    return edit


@pytest.mark.parametrize("case", CASES)
def test_a_request_is_the_reviewed_one(case: str, golden: Callable[[str, str], None]) -> None:
    golden(f"payloads/runware/{case}.json", as_golden([task_of(CASES[case])]))


@settings(deadline=None)
@given(CONTROLS)
def test_one_way_of_steering_is_sent_and_only_flat_names(controls: ControlSet) -> None:
    edit = edit_of(controls)
    assert len(edit) <= 1
    assert edit.keys() <= {"autoControls", "strength", "controls"}
    signals = edit.get("controls", {})
    assert isinstance(signals, dict)
    dials = {"depthBlur", "normalsAugmentation", "trajectorySparsity"}
    assert signals.keys() <= dials | {"poseStrength", "face"}
    assert all(isinstance(signals[dial], float) and 0 <= signals[dial] <= 1 for dial in dials & signals.keys())
    assert signals.get("poseStrength", "coarse") in {"precise", "coarse"}
    assert signals.get("face", True) in {True, False}


@settings(deadline=None)
@given(CONTROLS, st.sampled_from(list(RESOLUTIONS)), st.integers(1, 432))
def test_an_edit_has_a_resolution_and_neither_canvas_nor_length(
    controls: ControlSet, resolution: str, frames: int
) -> None:
    task = task_of(a_ray_job(controls=controls, resolution=resolution, segment=a_segment(frames)))
    assert task["resolution"] == resolution
    assert not task.keys() & {"width", "height", "duration"}


@settings(deadline=None)
@given(RATIO, st.sampled_from(list(RESOLUTIONS)), st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_reframe_has_a_canvas_and_no_other_size(
    ratio: AspectRatio, resolution: str, focus: tuple[float, float]
) -> None:
    task = task_of(a_reframe_job(ratio.label, focus, resolution=resolution))
    assert Size(int(str(task["width"])), int(str(task["height"]))) == canvas_of(ratio, resolution)
    assert not task.keys() & {"resolution", "duration"}
    settings = task.get("settings", {"sourcePosition": dict.fromkeys(("x", "y", "width", "height"), 0)})
    assert isinstance(settings, dict)
    assert list(settings) == ["sourcePosition"]
    assert list(settings["sourcePosition"]) == ["x", "y", "width", "height"]


@settings(deadline=None)
@given(st.integers(0, 5000), st.integers(1, 432), st.data())
def test_guide_pictures_are_pinned_to_frames_of_the_clip(start: int, frames: int, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.integers(start, start + frames - 1), min_size=1, max_size=64, unique=True))
    job = a_ray_job(segment=a_segment(frames, start), keyframes=pinned(*sorted(chosen)))
    inputs = task_of(job)["inputs"]
    assert isinstance(inputs, dict)
    assert [each["frame"] + start for each in inputs["frameImages"]] == sorted(chosen)
    assert [each["image"] for each in inputs["frameImages"]] == [f"still-of-{frame}" for frame in sorted(chosen)]
    assert all(0 <= each["frame"] < frames for each in inputs["frameImages"])


def test_the_canvas_follows_every_pair_that_is_proved() -> None:
    found = {canvas_of(AspectRatio(ratio), tier) for ratio in ("16:9", "9:16", "1:1") for tier in ("720p", "1080p")}
    assert set(PROVED) <= found


@settings(deadline=None)
@given(RATIO, st.sampled_from(list(RESOLUTIONS)))
def test_a_canvas_has_its_ratio_exactly_even_sides_and_the_tiers_area(ratio: AspectRatio, resolution: str) -> None:
    size = canvas_of(ratio, resolution)
    assert size.shape == ratio.value
    assert size.width % 2 == 0 and size.height % 2 == 0
    area = Fraction(RESOLUTIONS[resolution] ** 2 * 16, 9)
    assert abs(size.width * size.height / area - 1) < Fraction(3, 100)


@settings(deadline=None)
@given(RATIO, st.fractions(Fraction(1, 3), 3), st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_the_old_picture_keeps_its_shape_and_lies_within_the_canvas(
    ratio: AspectRatio, shape: Fraction, focus: tuple[float, float]
) -> None:
    box = place_source(shape, ratio, focus)
    assume(box is not None)
    assert box is not None
    assert max(box.width, box.height) == 1
    assert abs(box.width / box.height * float(ratio.value) / float(shape) - 1) < 1e-4
    assert box.x >= 0 and box.y >= 0
    assert box.x + box.width <= 1 + 1e-6 and box.y + box.height <= 1 + 1e-6


def test_a_focus_above_the_middle_lifts_the_old_picture() -> None:
    box = place_source(WIDE, AspectRatio("9:16"), (0.5, 0.3))
    assert box is not None
    assert (box.x, box.y, box.width, box.height) == (0.0, 0.141797, 1.0, 0.316406)


def test_what_lies_in_the_middle_anyway_is_not_placed() -> None:
    vertical = AspectRatio("9:16")
    assert place_source(WIDE, vertical, (0.5, 0.5)) is None
    assert place_source(WIDE, vertical, (0.2, 0.5)) is None  # it fills the width
    assert place_source(WIDE, AspectRatio("16:9"), (0.2, 0.9)) is None
