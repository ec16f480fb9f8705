"""Runs the child process over a folder of templates and outlives whatever they do to it."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from subprocess import PIPE
from typing import Any

from campaign.errors import SetupError

START = "import sys; sys.path += sys.argv[1:-2]; from campaign.prompts.child import main; main()"
SPENT = 3
"""How a child ends by itself after a template used up its limits (child.SPENT; that module is not for this process)."""
MEMORY_BYTES = 512 * 2**20
"""Address space of a child, beyond ten times the size of what it is given to read."""
CPU_SECONDS = 2
WALL_SECONDS = 20
"""Limits of a child. CPU time is what stops a template; wall time is for a process that hangs, and long enough for a machine
that is busy with films. Each 1,000 rows add one CPU second and two of wall time (2,000 rows really take about 0.1 s)."""

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one template: names it uses; for each row (its text, cut; its full length) or None; troubles.

    `texts` is empty when the template as a whole is at fault. Troubles are `inspection.Trouble` as dicts.
    """

    uses: tuple[str, ...]
    texts: tuple[tuple[str, int] | None, ...]
    troubles: tuple[dict[str, Any], ...]


def run_templates(
    bodies: Mapping[str, str], rows: Mapping[str, Sequence[Row]], columns: Sequence[str]
) -> dict[str, Outcome]:
    """Inspect each template named in `rows` and render it for its rows, in a process that may die of it.

    `bodies` is all that templates can import, `columns` are the names that rows can fill. One child does all; after a
    template that used up its limits or killed the child, the next child goes on with the rest, so that only the guilty
    one fails. Raises SetupError when a child cannot start at all.
    """
    outcomes: dict[str, Outcome] = {}
    left = list(rows)
    while left:
        work = {"bodies": dict(bodies), "rows": {name: rows[name] for name in left}, "columns": list(columns)}
        answers, death = _run_child(work, sum(len(rows[name]) for name in left))
        outcomes |= answers
        left = [name for name in left if name not in answers]
        if left and (death or not answers):
            outcomes[left[0]] = _killed(left[0], death or "its process ended early")
            del left[0]
    return outcomes


def _run_child(work: dict[str, Any], rows: int) -> tuple[dict[str, Outcome], str]:
    """What a child answered before it ended, and what killed it ("" when it ended by itself)."""
    payload = json.dumps(work).encode()
    memory = MEMORY_BYTES + 10 * len(payload)
    seconds = CPU_SECONDS + ceil(rows / 1000)
    command = [sys.executable, "-I", "-S", "-c", START, *_import_roots(), str(memory), str(seconds)]
    with subprocess.Popen(
        command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env={}, cwd="/", start_new_session=True
    ) as child:
        try:
            output, errors = child.communicate(payload, timeout=WALL_SECONDS + 2 * rows / 1000)
            death = _death(child.returncode)
        except subprocess.TimeoutExpired:
            child.kill()
            output, errors = child.communicate()
            death = "it ran for too long"
        except BaseException:
            child.kill()
            raise
    lines = output.decode("ascii", "replace").splitlines(keepends=True)
    if not lines:
        said = errors.decode(errors="replace")[-500:] or death
        raise SetupError(f"The process that renders prompts does not start ({sys.executable}): {said}")
    return dict(_answer(line) for line in lines[1:] if line.endswith("\n")), death


def _answer(line: str) -> tuple[str, Outcome]:
    said = json.loads(line)
    texts = tuple(None if text is None else (text[0], text[1]) for text in said["texts"])
    return said["template"], Outcome(uses=tuple(said["uses"]), texts=texts, troubles=tuple(said["troubles"]))


def _death(code: int) -> str:
    return "" if code in (0, SPENT) else f"it killed the process that renders it (code {code})"


def _killed(name: str, problem: str) -> Outcome:
    trouble = {
        "template": name,
        "line": 1,
        "column": 1,
        "rule": "template.limit",
        "problem": problem,
        "cure": "Make the template simpler: no long loops, repetitions or deep nesting.",
        "value": None,
        "nearest": None,
        "row": None,
    }
    return Outcome(uses=(), texts=(), troubles=(trouble,))


@cache
def _import_roots() -> tuple[str, ...]:
    """The folders that the child imports from: it sees no site-packages, PYTHONPATH or working directory of ours."""
    roots = [str(Path(__file__).resolve().parents[2])]
    for library in ("jinja2", "markupsafe"):
        spec = importlib.util.find_spec(library)
        if spec is None or spec.origin is None:
            raise SetupError(f"The library {library} is missing: install Fanout anew (make setup).")
        roots.append(str(Path(spec.origin).parents[1]))
    return tuple(dict.fromkeys(roots))
