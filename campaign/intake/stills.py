"""Guide pictures that templates pin to frames: found, and hashed so that a repainted one is bought again."""

from dataclasses import replace
from hashlib import file_digest
from pathlib import Path

from campaign.intake.paths import PathRefused, placed
from campaign.intake.reading import Spot
from campaign.model.faults import Fault
from campaign.model.prompts import Keyframe, Template


def with_stills(templates: dict[str, Template], folder: Path) -> tuple[dict[str, Template], tuple[Fault, ...]]:
    """The templates with every keyframe's path absolute and its sha256 read; relative paths lie in `folder`."""
    faults: list[Fault] = []
    ready: dict[str, Template] = {}
    for name, template in templates.items():
        frames: list[Keyframe] = []
        for keyframe in template.keyframes:
            try:
                frames.append(_read(keyframe, folder))
            except PathRefused as refused:
                spot = Spot(template.file, rule="template", place=lambda _: "1:1").at("keyframes")
                faults.append(spot.fault(refused.problem, refused.cure, value=keyframe.path))
        ready[name] = replace(template, keyframes=tuple(frames)) if template.keyframes else template
    return ready, tuple(faults)


def _read(keyframe: Keyframe, folder: Path) -> Keyframe:
    try:
        path = placed(keyframe.path, folder)
    except PathRefused as refused:
        raise PathRefused(f"the keyframe's path {refused.problem}", refused.cure) from None
    if not path.is_file():
        raise PathRefused(
            "the keyframe's picture is not there", f"It was looked for at {path}; `fanout stills` makes one."
        )
    with path.open("rb") as stream:
        return replace(keyframe, path=str(path), sha256=file_digest(stream, "sha256").hexdigest())
