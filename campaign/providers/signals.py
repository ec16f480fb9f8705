"""The signals that steer an edit, one by one, in the nested form that Luma and fal share.

Source: types of the SDK luma-agents 0.5.0; fal's schema luma/agent/ray/v3.2/video-to-video of 2026-10-08.
"""

from campaign.model.controls import ControlSet

_DIALS = {"pose": "strength", "depth": "blur", "normals": "augmentation", "trajectory": "sparsity"}


def nested_signals(controls: ControlSet) -> dict[str, dict[str, object]]:
    """One that is off is switched off by name; one of which nothing is said is left to the model, by leaving it out."""
    said: dict[str, float | str | None] = {
        "pose": controls.pose,
        "depth": controls.depth_blur,
        "normals": controls.normals_augmentation,
        "trajectory": controls.trajectory_sparsity,
    }
    signals = {name: _signal(_DIALS[name], value) for name, value in said.items() if value is not None}
    return signals if controls.face is None else signals | {"face": {"enabled": controls.face}}


def _signal(dial: str, value: float | str) -> dict[str, object]:
    return {"enabled": False} if value == "off" else {"enabled": True, dial: value}
