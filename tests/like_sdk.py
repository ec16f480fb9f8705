"""Jobs as somebody writes them who uses the vendors' own clients: by hand, from the vendors' documents, for each job of ours."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orders import a_ray_job, a_reframe_job, a_segment, pinned

from campaign.model.controls import ControlSet
from campaign.model.jobs import Job

CLIP = a_segment(frames=120)
"""5 s: the length that fal sells, so that every vendor is sent the same bytes."""


@dataclass(frozen=True)
class Case:
    """One job, and what a user of each client would say beside prompt, media and resolution.

    `luma` and `fal` are members of `video` and of the body, `runware` those of the task. `stills` are guide pictures;
    `chained`: the job starts from the film of an edit that the vendor made.
    """

    job: Job
    luma: Mapping[str, Any]
    runware: Mapping[str, Any]
    fal: Mapping[str, Any]
    stills: int = 0
    chained: bool = False


def steered(controls: ControlSet, luma: Mapping[str, Any], runware: Mapping[str, Any], fal: Mapping[str, Any]) -> Case:
    """An edit that differs in its controls only."""
    job = a_ray_job(segment=CLIP, controls=controls, resolution="540p")
    settings = {"settings": {"edit": runware}} if runware else {}
    return Case(job, {"edit": luma}, settings, {"duration": "5s", **fal})


def signal(controls: ControlSet, nested: Mapping[str, Any], flat: Mapping[str, Any]) -> Case:
    """An edit with one signal: Luma and fal nest it, Runware has a flat name, and no switch."""
    return steered(controls, {"controls": nested}, {"controls": flat} if flat else {}, {"controls": nested})


def reframed(job: Job, canvas: tuple[int, int], ratio: str, *, chained: bool = False, box: Any = None) -> Case:
    """A reframe; `box` is x, y, width, height of the source on the canvas."""
    norm = dict(zip(("x_norm", "y_norm", "w_norm", "h_norm"), box or (), strict=False))
    plain = dict(zip(("x", "y", "width", "height"), box or (), strict=False))
    return Case(
        job,
        {"aspect_ratio": ratio, **({"source_position": norm} if box else {})},
        {"width": canvas[0], "height": canvas[1], **({"settings": {"sourcePosition": plain}} if box else {})},
        {"aspect_ratio": ratio, **({"source_position": norm} if box else {})},
        chained=chained,
    )


CASES: Mapping[str, Case] = {
    **{
        f"strength-{level}": steered(
            ControlSet(strength=level), {"strength": level}, {"strength": level}, {"edit_strength": level}
        )
        for level in ("adhere_1", "flex_2", "reimagine_3")
    },
    "auto": steered(ControlSet(auto=True), {"auto_controls": True}, {"autoControls": True}, {"auto_controls": True}),
    "pose-precise": signal(
        ControlSet(pose="precise"), {"pose": {"enabled": True, "strength": "precise"}}, {"poseStrength": "precise"}
    ),
    "pose-coarse": signal(
        ControlSet(pose="coarse"), {"pose": {"enabled": True, "strength": "coarse"}}, {"poseStrength": "coarse"}
    ),
    "depth": signal(ControlSet(depth_blur=0.25), {"depth": {"enabled": True, "blur": 0.25}}, {"depthBlur": 0.25}),
    "normals": signal(
        ControlSet(normals_augmentation=0.4),
        {"normals": {"enabled": True, "augmentation": 0.4}},
        {"normalsAugmentation": 0.4},
    ),
    "trajectory": signal(
        ControlSet(trajectory_sparsity=0.1),
        {"trajectory": {"enabled": True, "sparsity": 0.1}},
        {"trajectorySparsity": 0.1},
    ),
    "trajectory-off": signal(ControlSet(trajectory_sparsity="off"), {"trajectory": {"enabled": False}}, {}),
    "face": signal(ControlSet(face=True), {"face": {"enabled": True}}, {"face": True}),
    "no-face": signal(ControlSet(face=False), {"face": {"enabled": False}}, {"face": False}),
    "every-signal": signal(
        ControlSet(pose="coarse", depth_blur=0.5, normals_augmentation=0.0, trajectory_sparsity=1.0, face=True),
        {
            "pose": {"enabled": True, "strength": "coarse"},
            "depth": {"enabled": True, "blur": 0.5},
            "normals": {"enabled": True, "augmentation": 0.0},
            "trajectory": {"enabled": True, "sparsity": 1.0},
            "face": {"enabled": True},
        },
        {
            "poseStrength": "coarse",
            "depthBlur": 0.5,
            "normalsAugmentation": 0.0,
            "trajectorySparsity": 1.0,
            "face": True,
        },
    ),
    "keyframes": Case(
        a_ray_job(
            segment=CLIP, controls=ControlSet(strength="flex_1"), keyframes=pinned(97, 121, 180), resolution="540p"
        ),
        {"edit": {"strength": "flex_1", "keyframe_indexes": [0, 24, 83]}},
        {"settings": {"edit": {"strength": "flex_1"}}},
        {"duration": "5s", "edit_strength": "flex_1", "keyframe_indexes": [0, 24, 83]},
        stills=3,
    ),
    "hdr": Case(
        a_ray_job(segment=CLIP, controls=ControlSet(strength="flex_1"), hdr=True),
        {"edit": {"strength": "flex_1"}, "hdr": True},
        {"settings": {"edit": {"strength": "flex_1"}, "hdr": True}},
        {"duration": "5s", "edit_strength": "flex_1", "hdr": True},
    ),
    "hdr-exr": Case(
        a_ray_job(segment=CLIP, controls=ControlSet(strength="flex_1"), hdr=True, exr=True),
        {"edit": {"strength": "flex_1"}, "hdr": True, "exr_export": True},
        {"settings": {"edit": {"strength": "flex_1"}, "hdr": True, "exrExport": True}},
        {"duration": "5s", "edit_strength": "flex_1", "hdr": True, "exr_export": True},
    ),
    "reframe": reframed(a_reframe_job("9:16", segment=CLIP), (720, 1280), "9:16"),
    "reframe-chained": reframed(a_reframe_job("1:1", segment=CLIP), (960, 960), "1:1", chained=True),
    "reframe-placed": reframed(
        a_reframe_job("9:16", (0.5, 0.3), segment=CLIP), (720, 1280), "9:16", box=(0.0, 0.141797, 1.0, 0.316406)
    ),
    "reframe-placed-and-chained": reframed(
        a_reframe_job("9:16", (0.5, 0.3), segment=CLIP),
        (720, 1280),
        "9:16",
        chained=True,
        box=(0.0, 0.141797, 1.0, 0.316406),
    ),
}
