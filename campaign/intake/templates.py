"""Reads templates/*.j2: front matter into controls, body untouched (prompts compiles and renders it)."""

import re
from collections.abc import Iterator
from pathlib import Path

from campaign.intake.front_matter import Split, read_matter, split
from campaign.intake.reading import Key, Spot, read_section
from campaign.intake.schema import KINDS, FrontMatter
from campaign.intake.toml_text import read_text
from campaign.model.faults import Fault, Level
from campaign.model.jobs import Operation
from campaign.model.prompts import Keyframe, Template

LARGEST = 64 * 1024  # bytes of one template
_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_-]{0,59}$")
_NEARLY = (".jinja", ".jinja2", ".j2.txt", ".j2.html")
_OTHERWISE = "global_campaign"


def read_templates(folder: Path) -> tuple[dict[str, Template], tuple[Fault, ...]]:
    """Every sound template of the folder by name, and the faults of all. Sub-folders and other files are not read."""
    if not folder.is_dir():
        cure = f"Make the folder {folder}, or set [inputs] templates."
        problem = "there is no such folder"
        return {}, (Fault(file=folder.name, place="", problem=problem, cure=cure, rule="inputs.templates"),)
    templates: dict[str, Template] = {}
    faults: list[Fault] = []
    for path in sorted(folder.iterdir()):
        if path.suffix == ".j2":
            template, found = _read(path, folder)
            faults += found
            if template is not None:
                templates[template.name] = template
        elif path.name.endswith(_NEARLY):
            faults.append(_not_read(path, folder))
    return templates, tuple(faults)


def template_names(folder: Path) -> frozenset[str]:
    """The names of all templates of the folder that a row may ask for, those with faults included."""
    names = (path.stem for path in folder.glob("*.j2"))
    return frozenset(name for name in names if not name.startswith("_"))


def _not_read(path: Path, folder: Path) -> Fault:
    problem, cure = "looks like a template and is not read", "Let its name end in .j2, or move it away."
    file = f"{folder.name}/{path.name}"
    return Fault(file=file, place="", problem=problem, cure=cure, rule="template.suffix", level=Level.WARNING)


def _read(path: Path, folder: Path) -> tuple[Template | None, list[Fault]]:
    file = f"{folder.name}/{path.name}"
    spot = Spot(file)
    if not _NAME.match(path.stem):
        cure = "Name it with letters, digits, _ and -, at most 60, beginning with a letter."
        return None, [
            spot.fault("the template's name cannot be asked for", cure, rule="template.name", value=path.stem)
        ]
    if not path.resolve().is_relative_to(folder.resolve()):
        return None, [spot.fault("is a link out of the templates folder", "Copy the file here.", rule="template.link")]
    text, faults = read_text(path, file, LARGEST, "template")
    if text is None:
        return None, list(faults)
    parts = split(text)
    if parts is None:
        problem, cure = "the front matter has no end", "Close it with a line of three dashes: ---"
        return None, [Spot(file).fault(problem, cure, rule="template.front_matter")]
    return _template(path.stem, file, parts, folder)


def _template(name: str, file: str, parts: Split, folder: Path) -> tuple[Template | None, list[Fault]]:
    values, places, broken = read_matter(parts.matter, file)

    def place(path: tuple[Key, ...]) -> str:
        return places.get(str(path[0]), "1:1") if path else "1:1"

    spot = Spot(file, rule="template", place=place)
    matter, found = read_section(FrontMatter, values, spot, folder)
    faults = [*broken, *found]
    kind = matter.kind or _kind(name, matter.operation)
    operation = matter.operation or (Operation.REFRAME.value if kind == "reframe" else Operation.MODIFY.value)
    faults += _rules(matter, kind, operation, spot)
    if not parts.body.strip():
        cure = "Write the prompt under the front matter."
        faults.append(
            Fault(file=file, place=f"{parts.body_line}:1", problem="has no text", cure=cure, rule="template.body")
        )
    if faults:
        return None, faults
    template = Template(
        name=name,
        file=file,
        body=parts.body,
        body_line=parts.body_line,
        operation=operation,
        kind=kind,
        controls=matter.controls(),
        keyframes=tuple(Keyframe(frame=frame, path=picture) for frame, picture in matter.keyframes),
        hdr=matter.hdr,
        exr=matter.exr,
    )
    return template, []


def _kind(name: str, operation: str | None) -> str:
    """The kind of a template that does not say: its name when that is one, else the most general."""
    if operation == Operation.REFRAME:
        return "reframe"
    return name if name in KINDS else _OTHERWISE


def _rules(matter: FrontMatter, kind: str, operation: str, spot: Spot) -> Iterator[Fault]:
    """What holds between keys."""
    if (kind == "reframe") != (operation == Operation.REFRAME):
        problem = f"operation {operation} and kind {kind} contradict each other"
        yield spot.at("kind").fault(problem, "A reframe has the kind reframe, a modify any other.", value=kind)
    if operation == Operation.REFRAME:
        said = [key for key in ("hdr", "exr", "keyframes") if getattr(matter, key)]
        for key in (*said, *matter.controls_said()):
            yield spot.at(key).fault(f"{key} means nothing to a reframe", "Delete it; a reframe keeps the picture.")
