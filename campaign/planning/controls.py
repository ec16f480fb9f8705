"""Controls: which layer's word counts, and what the words mean in the model's numbers."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from campaign.model.controls import POSES, STRENGTHS, Controls, ControlSet

Said = TypeVar("Said")
TIGHTEST = 9
OFF = "off"


def settle(*layers: Controls) -> Controls:
    """One set of controls out of several layers, the nearest first: row, shot, campaign, front matter.

    Of each control the first word said wins. The ways to steer (auto, one strength, holds) exclude each other: the first
    layer that chooses one of them decides, and what farther layers say about the other ways is dropped.
    """
    settled = Controls(
        faces=_first(layer.faces for layer in layers),
        bodies=_first(layer.bodies for layer in layers),
        pose=_first(layer.pose for layer in layers),
    )
    for layer in _without_vetoed_auto(layers):
        if layer.auto:
            return replace(settled, auto=True)
        if layer.strength is not None:
            return replace(settled, strength=layer.strength)
        if layer.hold_motion is not None or layer.hold_structure is not None:
            return replace(
                settled,
                hold_motion=_first(each.hold_motion for each in layers),
                hold_structure=_first(each.hold_structure for each in layers),
            )
    return settled


def translate(controls: Controls) -> ControlSet:
    """The model's numbers for settled controls; raises ValueError for a value outside its range.

    Holds are inverted here and nowhere else: 9 keeps most and is 0.0 of freedom, 1 is 1.0, 0 switches the signal off.
    With `auto` or a strength the signals (faces, bodies, pose) are left out: no vendor promises to take both.
    """
    if controls.auto:
        return ControlSet(auto=True)
    if controls.strength is not None:
        if controls.strength not in STRENGTHS:
            raise ValueError(f"strength {controls.strength!r} is none of {', '.join(STRENGTHS)}")
        return ControlSet(strength=controls.strength)
    structure = _freedom("hold_structure", controls.hold_structure)
    return ControlSet(
        depth_blur=structure,
        normals_augmentation=structure,
        trajectory_sparsity=_freedom("hold_motion", controls.hold_motion),
        pose=_pose(controls),
        face=controls.faces,
    )


def silenced(controls: Controls) -> tuple[str, ...]:
    """Controls that were set but cannot be sent beside the chosen strength or auto."""
    if not controls.auto and controls.strength is None:
        return ()
    return tuple(name for name in ("faces", "bodies", "pose") if getattr(controls, name) is not None)


def _freedom(name: str, hold: int | None) -> float | str | None:
    if hold is None:
        return None
    if not 0 <= hold <= TIGHTEST:
        raise ValueError(f"{name} {hold} is not between 0 and {TIGHTEST}")
    return (TIGHTEST - hold) / (TIGHTEST - 1) if hold else OFF


def _pose(controls: Controls) -> str | None:
    if controls.pose is None:
        return "coarse" if controls.bodies else None  # no API has a lock on bodies: a coarse pose is nearest
    if controls.pose not in POSES:
        raise ValueError(f"pose {controls.pose!r} is none of {', '.join(POSES)}")
    return controls.pose


def _without_vetoed_auto(layers: tuple[Controls, ...]) -> Iterable[Controls]:
    vetoed = False
    for layer in layers:
        vetoed = vetoed or layer.auto is False
        yield replace(layer, auto=None) if vetoed else layer


def _first(words: Iterable[Said | None]) -> Said | None:
    return next((word for word in words if word is not None), None)
