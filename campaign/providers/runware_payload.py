"""What Runware is asked for: one `videoInference` task of the model luma:ray@3.2. Pure; golden files show every form.

Source: runware.ai/docs, pages models/luma-ray3-2 and platform/*, and the types of runware-sdk 1.8.0, read 2026-11-20. Unknown
fields are accepted and billed there, so that nothing is sent that no document names.
"""

from collections.abc import Sequence

from campaign.model.controls import ControlSet
from campaign.model.jobs import Job, Operation
from campaign.providers.base import Order
from campaign.providers.canvas import canvas_of
from campaign.providers.position import Box

MODEL = "luma:ray@3.2"
RESULT_LIFE_S = 7 * 24 * 3600
"""How long a result is to stay: its default life is in no document."""

Task = dict[str, object]


def video_task(order: Order, task_uuid: str, source: str, stills: Sequence[str] = (), box: Box | None = None) -> Task:
    """The task for an order. `source` and `stills` are what Runware calls the uploaded clip and guide pictures (media UUIDs).

    An edit keeps its source's shape and length: it carries no width, height or duration, and always a resolution. A reframe is
    told by its canvas alone, with `box` where the old picture lies in it.
    """
    job, edit = order.job, order.job.operation is Operation.MODIFY
    inputs: Task = {"video": source}
    if edit and job.keyframes:
        inputs["frameImages"] = _pinned(job, stills)
    return {
        "taskType": "videoInference",
        "taskUUID": task_uuid,
        "model": MODEL,
        "positivePrompt": job.prompt.text,
        "inputs": inputs,
        **(_edit(job) if edit else _reframe(job, box)),
        "deliveryMethod": "async",
        "outputType": "URL",
        "outputFormat": "MP4",
        "ttl": RESULT_LIFE_S,
        "numberResults": 1,
        "includeCost": True,
    }


def _pinned(job: Job, stills: Sequence[str]) -> list[Task]:
    """The guide pictures, by the frame of the clip: its first is 0."""
    frames = [each.frame - job.segment.start_frame for each in job.keyframes]
    return [{"image": still, "frame": frame} for still, frame in zip(stills, frames, strict=True)]


def _edit(job: Job) -> Task:
    settings: Task = {}
    if edit := _steering(job.controls):
        settings["edit"] = edit
    if job.hdr:
        settings["hdr"] = True
    if job.exr:
        settings["exrExport"] = True
    return {"resolution": job.resolution} | ({"settings": settings} if settings else {})


def _steering(controls: ControlSet) -> Task:
    """One of the three ways; autoControls excludes the others. Signals have no switch here: "off" leaves one to the model."""
    if controls.auto:
        return {"autoControls": True}
    if controls.strength is not None:
        return {"strength": controls.strength}
    signals = {
        "poseStrength": controls.pose,
        "depthBlur": controls.depth_blur,
        "normalsAugmentation": controls.normals_augmentation,
        "trajectorySparsity": controls.trajectory_sparsity,
        "face": controls.face,
    }
    said = {name: value for name, value in signals.items() if value is not None and value != "off"}
    return {"controls": said} if said else {}


def _reframe(job: Job, box: Box | None) -> Task:
    assert job.ratio is not None, "a reframe has a ratio"
    size = canvas_of(job.ratio, job.resolution)
    asked: Task = {"width": size.width, "height": size.height}
    if box is not None:
        place = {"x": box.x, "y": box.y, "width": box.width, "height": box.height}
        asked["settings"] = {"sourcePosition": place}
    return asked
