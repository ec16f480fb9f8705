"""Controls: how much of the source a modify keeps, in people's words and in the model's numbers."""

from dataclasses import dataclass

STRENGTHS = (
    "adhere_1", "adhere_2", "adhere_3",
    "flex_1", "flex_2", "flex_3",
    "reimagine_1", "reimagine_2", "reimagine_3",
)  # fmt: skip
"""Ray 3.2's one-dial strengths, from tightest hold to freest."""

POSES = ("precise", "coarse", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """Controls as people set them in a row, a shot, campaign.toml or front matter. None = not said.

    `hold_motion` and `hold_structure` are 0 to 9, higher keeps more of the source, 0 is off.
    """

    strength: str | None = None
    hold_motion: int | None = None
    hold_structure: int | None = None
    auto: bool | None = None
    faces: bool | None = None
    bodies: bool | None = None
    pose: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSet:
    """Controls as the model takes them: exactly one of auto, strength or the signals. Part of a job's identity.

    `depth_blur`, `normals_augmentation` and `trajectory_sparsity` are 0 to 1 and run the other way round than
    the holds: higher is freer. "off" switches a signal off; None leaves it to the model.
    """

    auto: bool = False
    strength: str | None = None
    depth_blur: float | str | None = None
    normals_augmentation: float | str | None = None
    trajectory_sparsity: float | str | None = None
    pose: str | None = None
    face: bool | None = None
