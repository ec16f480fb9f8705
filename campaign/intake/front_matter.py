"""Splits a template into YAML front matter and body, and reads the front matter with the place of every key. A door for yaml."""

from dataclasses import dataclass
from typing import Any

import yaml

from campaign.model.faults import Fault

_FENCE = "---"


@dataclass(frozen=True, slots=True)
class Split:
    """A template in two: the front matter's text, and the body with the file's line (from 1) on which it begins."""

    matter: str
    body: str
    body_line: int


def split(text: str) -> Split | None:
    """The two parts; no front matter when the first line is not `---`. None when the second `---` is missing."""
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        return Split("", text, 1)
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == _FENCE:
            return Split("\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 2)
    return None


def read_matter(matter: str, file: str) -> tuple[dict[str, Any], dict[str, str], tuple[Fault, ...]]:
    """Values by key, `line:column` in the file by key, and what is wrong with the YAML itself."""
    try:
        return _read(matter, file)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = _place(mark) if mark is not None else "1:1"
        problem = getattr(error, "problem", None) or "cannot be read"
        cure = "Write one `key: value` a line; put text with : or # in quotes."
        return {}, {}, (_fault(file, place, f"the front matter is not YAML: {problem}", cure),)
    except (RecursionError, ValueError) as error:  # dates such as 2026-99-99 raise ValueError
        problem = f"the front matter cannot be read: {error}"
        return {}, {}, (_fault(file, "1:1", problem, "Write plain words and numbers."),)


def _read(matter: str, file: str) -> tuple[dict[str, Any], dict[str, str], tuple[Fault, ...]]:
    loader = _PlainLoader(matter)
    try:
        node = loader.get_single_node()
        if node is None:
            return {}, {}, ()
        if not isinstance(node, yaml.MappingNode):
            problem = "the front matter is not a list of keys"
            return {}, {}, (_fault(file, _place(node.start_mark), problem, "Write one `key: value` a line."),)
        return _mapping(node, loader, file)
    finally:
        loader.dispose()


def _mapping(
    node: yaml.MappingNode, loader: yaml.SafeLoader, file: str
) -> tuple[dict[str, Any], dict[str, str], tuple[Fault, ...]]:
    values: dict[str, Any] = {}
    places: dict[str, str] = {}
    faults: list[Fault] = []
    for key_node, value_node in node.value:
        key, place = str(key_node.value), _place(key_node.start_mark)
        if key in values:
            faults.append(_fault(file, place, f"{key} is said twice", "Keep one of them."))
        elif not _is_null(value_node):
            values[key] = loader.construct_object(value_node, deep=True)
        places.setdefault(key, place)
    return values, places, tuple(faults)


def _is_null(node: yaml.Node) -> bool:
    return node.tag == "tag:yaml.org,2002:null"


class _PlainLoader(yaml.SafeLoader):
    """Refuses anchors and aliases: front matter has no use for them, and they can be made to explode."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call] # PyYAML has no types of its own here
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(problem="anchors and aliases are not used here", problem_mark=event.start_mark)
        return super().compose_node(parent, index)


def _place(mark: yaml.Mark) -> str:
    return f"{mark.line + 2}:{mark.column + 1}"  # the opening fence is the file's first line


def _fault(file: str, place: str, problem: str, cure: str) -> Fault:
    return Fault(file=file, place=place, problem=problem, cure=cure, rule="template.front_matter")
