"""What Luma is asked for: the body of POST /generations, from an order and what was uploaded for it. Pure.

Source: types of the SDK luma-agents 0.5.0 and docs.agents.lumalabs.ai/guides/videos, copy of 2026-06-11. Fields that are
refused or ignored for a type are not in it: no `duration` (it follows the source), no `aspect_ratio` of an edit.
"""

from collections.abc import Sequence

from campaign.model.controls import ControlSet
from campaign.model.jobs import Job, Operation
from campaign.providers.base import Order
from campaign.providers.position import Box
from campaign.providers.signals import nested_signals

MODEL = "ray-3.2"
MOST_KEYFRAMES = 64

Ref = dict[str, str]
"""How Luma is told of media: `{"file_id": ...}`, or `{"generation_id": ...}` for a result of its own."""

Payload = dict[str, object]


def request_body(order: Order, source: Ref, stills: Sequence[Ref] = (), box: Box | None = None) -> Payload:
    """The body for an order. `stills` are the pictures of its keyframes, in their order; `box` places a reframe's source.

    `user_id` is the name that the attempt is sent under: Luma keeps it beside the job, where its support can find it.
    Raises ValueError for keyframes that no edit takes.
    """
    job = order.job
    if job.operation is Operation.MODIFY:
        kind, video, more = "video_edit", _edited(job, stills), {}
    else:
        kind, video, more = "video_reframe", _reframed(job, box), {"aspect_ratio": str(job.ratio)}
    return {
        "model": MODEL,
        "type": kind,
        "prompt": job.prompt.text,
        "user_id": order.intent_id,
        "source": source,
        **more,
        "video": video,
    }


def _edited(job: Job, stills: Sequence[Ref]) -> Payload:
    video: Payload = {"resolution": job.resolution}
    if edit := _steered(job.controls) | _pinned(job, stills):
        video["edit"] = edit
    if job.hdr:
        video["hdr"] = True
    if job.exr:
        video["exr_export"] = True
    return video


def _reframed(job: Job, box: Box | None) -> Payload:
    video: Payload = {"resolution": job.resolution}
    if box is not None:
        video["source_position"] = {"x_norm": box.x, "y_norm": box.y, "w_norm": box.width, "h_norm": box.height}
    return video


def _steered(controls: ControlSet) -> Payload:
    """One of the three ways to steer. A signal that is off is switched off by name; one that is not said is left to the model."""
    if controls.auto:
        return {"auto_controls": True}
    if controls.strength is not None:
        return {"strength": controls.strength}
    signals = nested_signals(controls)
    return {"controls": signals} if signals else {}


def _pinned(job: Job, stills: Sequence[Ref]) -> Payload:
    """Keyframes, in the source's own frames: the clip begins where the segment does."""
    if not job.keyframes:
        return {}
    frames = [each.frame - job.segment.start_frame for each in job.keyframes]
    if len(frames) > MOST_KEYFRAMES:
        raise ValueError(f"{len(frames)} keyframes are more than the {MOST_KEYFRAMES} that one edit takes.")
    if len({*frames}) < len(frames) or not all(0 <= frame < job.segment.frames for frame in frames):
        raise ValueError("its keyframes share a frame, or lie outside the segment.")
    return {
        "keyframes": [still for still, _ in zip(stills, frames, strict=True)],
        "keyframe_indexes": frames,
    }
