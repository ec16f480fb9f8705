"""The sandboxed process that runs templates: JSON in on stdin, one JSON line out for each template, then it is gone.

Started by `confinement.py` with an empty environment. It limits itself before it reads anything.
"""

import json
import resource
import signal
import sys
from collections.abc import Iterator
from itertools import islice
from types import FrameType, TracebackType
from typing import Any

from jinja2 import Template, TemplateNotFound, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from campaign.prompts.characters import one_paragraph
from campaign.prompts.inspection import Inspector, Trouble, column_of
from campaign.prompts.sandbox import Blank, Note, make_environment, stem

LONGEST = 6000
"""Characters of a prompt that are worth sending home, plus one to show that there were more (P01)."""
SPENT = 3
"""Exit code after a template used up its memory or time: the rest is done by a fresh process."""


class OutOfTime(BaseException):
    """A template has used its share of CPU time. Not an Exception, so that Jinja cannot take it for a constant."""


def main() -> None:
    """Limits from argv (bytes of memory, CPU seconds), work from stdin, answers to stdout."""
    memory, seconds = (int(word) for word in sys.argv[-2:])
    confine(memory, seconds)
    signal.signal(signal.SIGPROF, _out_of_time)
    say({"ready": True})
    work = json.loads(sys.stdin.buffer.read())
    bodies, rows = work["bodies"], work["rows"]
    environment = make_environment(bodies)
    for name, its_rows in rows.items():
        spent = serve(name, its_rows, bodies, environment, work["columns"])
        if spent:
            sys.stdout.flush()
            sys.exit(SPENT)


def confine(memory: int, seconds: int) -> None:
    """Limit this process for good: memory, CPU time, no files written, no children, no core dump."""
    sys.dont_write_bytecode = True
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        try:
            resource.setrlimit(limit, (value, value))
        except (OSError, ValueError):  # macOS knows RLIMIT_AS and refuses it; CPU and wall limits remain
            continue


def say(answer: dict[str, Any]) -> None:
    """One line home, in ASCII, at once: what was said is not lost if the next template kills this process."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def serve(
    name: str,
    rows: list[dict[str, str]],
    bodies: dict[str, str],
    environment: ImmutableSandboxedEnvironment,
    columns: list[str],
) -> bool:
    """Inspect and render one template for its rows. True when it exhausted this process."""
    signal.setitimer(signal.ITIMER_PROF, 1 + len(rows) / 1000)
    rendering = Rendering(name, bodies)
    uses: set[str] = set()
    try:
        inspection = Inspector(bodies, columns).inspect(name)
        uses, rendering.troubles = inspection.uses, inspection.troubles
        if rows and not rendering.troubles:
            template = environment.get_template(name)
            for number, row in enumerate(rows):
                rendering.add(template, number, row)
    except (OutOfTime, MemoryError) as error:
        rendering.fail(exhaustion_of(error), error.__traceback__)
    except RecursionError as error:
        rendering.fail(("template.limit", "it is nested too deeply", "Make it simpler."), error.__traceback__)
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    say(
        {
            "template": name,
            "uses": sorted(uses),
            "texts": rendering.texts,
            "troubles": [trouble.as_dict() for trouble in rendering.troubles],
        }
    )
    return rendering.exhausted


class Rendering:
    """The texts of one template, row by row, and what went wrong. A text is (its first characters, its length)."""

    def __init__(self, name: str, bodies: dict[str, str]) -> None:
        self.name = name
        self.bodies = bodies
        self.texts: list[tuple[str, int] | None] = []
        self.troubles: list[Trouble] = []
        self.exhausted = False
        self._told: set[tuple[str, int, str]] = set()

    def add(self, template: Template, number: int, row: dict[str, str]) -> None:
        """Render one row. What a template does wrong for every row is told once, with the first row it hit."""
        notes: list[Note] = []
        values = {column: value if value else Blank(column, notes) for column, value in row.items()}
        try:
            # Not Template.render: it rewrites tracebacks, and place_of() reads them.
            text = one_paragraph("".join(template.root_render_func(template.new_context(values))))
        except (MemoryError, RecursionError):
            raise
        except Exception as error:
            self.texts.append(None)
            self._add_failure(number, error)
            return
        self.texts.append(None if notes else (text[: LONGEST + 1], len(text)))
        by_column = {note.column: note for note in reversed(notes)}
        self.troubles.extend(self._blank(number, by_column[column]) for column in sorted(by_column))

    def fail(self, said: tuple[str, str, str], traceback: TracebackType | None) -> None:
        """The template as a whole is at fault: none of its texts counts."""
        rule, problem, cure = said
        self.exhausted = rule == "template.limit"
        self.texts = []
        self.troubles = [self._trouble(place_of(traceback) or (self.name, 1), rule=rule, problem=problem, cure=cure)]

    def _add_failure(self, number: int, error: Exception) -> None:
        place = place_of(error.__traceback__) or (self.name, 1)
        if isinstance(error, TemplateSyntaxError):
            place = (stem(error.name) or self.name, error.lineno)
        problem = describe(error)
        if (*place, problem) not in self._told:
            self._told.add((*place, problem))
            self.troubles.append(
                self._trouble(
                    place,
                    rule="template.failed",
                    problem=problem,
                    cure="Correct this line of the template, or the cells that it uses.",
                    row=number,
                )
            )

    def _blank(self, number: int, note: Note) -> Trouble:
        return self._trouble(
            (note.template or self.name, note.line),
            rule="P02",
            problem="the cell is empty and the template writes it into the prompt",
            cure=f"Fill the cell, or put {{% if {note.column} %}} ... {{% endif %}} around it in the template.",
            word=note.column,
            row=number,
        )

    def _trouble(self, place: tuple[str, int], *, word: str | None = None, **said: Any) -> Trouble:
        template, line = place
        column = column_of(self.bodies.get(template, ""), line, word)
        return Trouble(template=template, line=line, column=column, value=word, **said)


def exhaustion_of(error: BaseException) -> tuple[str, str, str]:
    """(rule, problem, cure) for a template that used up its process."""
    what = "memory" if isinstance(error, MemoryError) else "time"
    return "template.limit", f"it used up all the {what} a template may have", "Take the loop or the repetition out."


def describe(error: Exception) -> str:
    """What Jinja or Python said, as part of a sentence."""
    if isinstance(error, TemplateNotFound):
        return f"it asks for a template {str(error.name)[:80]!r} that the campaign does not have"
    return f"it cannot be rendered: {str(error)[:200].rstrip('.') or type(error).__name__}"


def place_of(traceback: TracebackType | None) -> tuple[str, int] | None:
    """(template, line of its body) of the innermost template code in a traceback."""
    places = [
        (stem(template.name), template.get_corresponding_lineno(step.tb_lineno))
        for step in islice(_steps(traceback), 5000)
        if (template := step.tb_frame.f_globals.get("__jinja_template__")) is not None
    ]
    return places[-1] if places else None


def _steps(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _out_of_time(_signal: int, _frame: FrameType | None) -> None:
    raise OutOfTime
