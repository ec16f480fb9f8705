"""What fal is asked for at its two endpoints of Ray 3.2. Pure; golden files show every form.

Source: fal's model schemas luma/agent/ray/v3.2/{video-to-video,reframe} of 2026-10-08, read 2026-11-20. Media are addresses:
there is no generation id. Unknown fields are accepted silently, so that nothing is sent that no document names.
"""

from collections.abc import Sequence
from fractions import Fraction

from campaign.model.controls import ControlSet
from campaign.model.jobs import Job, Operation
from campaign.providers.base import Order
from campaign.providers.position import Box
from campaign.providers.signals import nested_signals

APP = "luma/agent"
ENDPOINTS = {
    Operation.MODIFY: f"{APP}/ray/v3.2/video-to-video",
    Operation.REFRAME: f"{APP}/ray/v3.2/reframe",
}
BUCKETS_S = (5, 10)
"""Lengths that an edit is sold in. What becomes of a source between them is in no document: it is brought to one of them."""

Payload = dict[str, object]


def bucket_of(seconds: Fraction) -> int | None:
    """The shortest bucket that holds `seconds`; None when none does."""
    return next((bucket for bucket in BUCKETS_S if seconds <= bucket), None)


def request_body(order: Order, source: str, stills: Sequence[str] = (), box: Box | None = None) -> Payload:
    """The body for an order. `source` and `stills` are addresses of the uploaded clip and guide pictures.

    An edit's clip is exactly as long as its bucket; a reframe follows its source's length. `user` is our name for the attempt: a
    person who looks for a lost one finds it there. Raises ValueError for an edit that fits no bucket.
    """
    job = order.job
    body: Payload = {"prompt": job.prompt.text, "video_url": source, "user": order.intent_id}
    body["resolution"] = job.resolution
    if job.operation is Operation.REFRAME:
        return body | _reframe(job, box)
    bucket = bucket_of(order.seconds)
    if bucket is None:
        raise ValueError(f"{float(order.seconds):.3f} s are longer than {BUCKETS_S[-1]} s")
    return body | {"duration": f"{bucket}s"} | _edit(job, stills)


def _edit(job: Job, stills: Sequence[str]) -> Payload:
    body = _steering(job.controls)
    if job.keyframes:
        frames = [each.frame - job.segment.start_frame for each in job.keyframes]
        pairs = list(zip(stills, frames, strict=True))
        body["keyframes"] = [still for still, _ in pairs]
        body["keyframe_indexes"] = [frame for _, frame in pairs]
    if job.hdr:
        body["hdr"] = True
    if job.exr:
        body["exr_export"] = True
    return body


def _steering(controls: ControlSet) -> Payload:
    """One of the three ways; auto_controls excludes the others."""
    if controls.auto:
        return {"auto_controls": True}
    if controls.strength is not None:
        return {"edit_strength": controls.strength}
    signals = nested_signals(controls)
    return {"controls": signals} if signals else {}


def _reframe(job: Job, box: Box | None) -> Payload:
    assert job.ratio is not None, "a reframe has a ratio"
    body: Payload = {"aspect_ratio": job.ratio.label}
    if box is not None:
        body["source_position"] = {"x_norm": box.x, "y_norm": box.y, "w_norm": box.width, "h_norm": box.height}
    return body
