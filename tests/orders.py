"""Orders as a campaign gives them to a provider of Ray 3.2, so that a test states only what it is about."""

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from builders import a_job
from hypothesis import strategies as st

from campaign.model.controls import POSES, STRENGTHS, ControlSet
from campaign.model.edit import Segment, Shot
from campaign.model.jobs import Framing, How, Job, Operation
from campaign.model.prompts import Keyframe, Prompt
from campaign.model.ratios import GENERATED, AspectRatio, Size
from campaign.providers.base import Order

INTENT = "3f0c3c1e-0a3f-5d0e-9a53-0f4e1c0a7b11"
SIGNALS = ControlSet(depth_blur=0.25, normals_augmentation=0.25, trajectory_sparsity="off", pose="precise", face=True)

CONTROLS = st.one_of(
    st.just(ControlSet(auto=True)),
    st.sampled_from(STRENGTHS).map(lambda strength: ControlSet(strength=strength)),
    st.builds(
        ControlSet,
        depth_blur=st.none() | st.just("off") | st.floats(0, 1),
        normals_augmentation=st.none() | st.just("off") | st.floats(0, 1),
        trajectory_sparsity=st.none() | st.just("off") | st.floats(0, 1),
        pose=st.none() | st.sampled_from(POSES),
        face=st.none() | st.booleans(),
    ),
)
"""Every way that a plan can steer an edit."""


def a_segment(frames: int = 84, start: int = 97) -> Segment:
    return Segment(Shot(id="hero", start_frame=start, end_frame=start + frames), start, start + frames)


def a_ray_job(name: str = "job", **changes: Any) -> Job:
    """A modify of 3.5 s at 24 fps that begins at frame 97 of the master."""
    usual: dict[str, Any] = {
        "model": "ray-3.2",
        "segment": a_segment(),
        "prompt": Prompt("global_campaign", "A table in a snowy market square, overcast.", "1" * 64),
        "look": None,
        "resolution": "720p",
        "size": Size(1280, 720),
    }
    return a_job(name, **{**usual, **changes})


def a_reframe_job(ratio: str = "9:16", focus: tuple[float, float] = (0.5, 0.5), **changes: Any) -> Job:
    usual: dict[str, Any] = {
        "operation": Operation.REFRAME,
        "parent": "a" * 64,
        "controls": ControlSet(),
        "prompt": Prompt("reframe", "More sky above, more table below, same light.", "2" * 64),
        "ratio": AspectRatio(ratio),
        "framing": Framing(How.GENERATE, focus),
    }
    return a_ray_job("reframe", **{**usual, **changes})


def an_order(job: Job | None = None, **changes: Any) -> Order:
    usual: dict[str, Any] = {"job": job or a_ray_job(), "intent_id": INTENT, "source": Path("/clips/hero.mp4")}
    return Order(**{**usual, **changes})


def pinned(*frames: int, name: str = "still") -> tuple[Keyframe, ...]:
    return tuple(Keyframe(frame=frame, path=f"{name}-{frame}.png", sha256=f"{frame:064x}") for frame in frames)


CASES: Mapping[str, Job] = {
    "modify-strength": a_ray_job(controls=ControlSet(strength="flex_1")),
    "modify-auto": a_ray_job(controls=ControlSet(auto=True), resolution="1080p"),
    "modify-signals": a_ray_job(controls=SIGNALS, resolution="540p"),
    "modify-unsteered": a_ray_job(controls=ControlSet(pose="off")),
    "modify-keyframes": a_ray_job(keyframes=pinned(97, 121, 180)),
    "modify-ten-seconds": a_ray_job(segment=a_segment(frames=240)),
    "modify-hdr-exr": a_ray_job(hdr=True, exr=True, resolution="1080p"),
    "reframe": a_reframe_job("9:16"),
    "reframe-square": a_reframe_job("1:1", resolution="1080p"),
    "reframe-placed": a_reframe_job("9:16", (0.5, 0.3), resolution="540p"),
}
"""Jobs whose requests are golden files, one a form."""

RATIO = st.sampled_from(GENERATED)
WIDE = Fraction(16, 9)


def as_golden(request: object) -> str:
    return json.dumps(request, indent=2) + "\n"
