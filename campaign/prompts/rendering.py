"""Requests in, prompts out: templates run in a confined process, every fault with file, place and cure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from typing import Any

from campaign.model.faults import Fault
from campaign.model.prompts import Prompt, PromptRequest, Template
from campaign.prompts.characters import FORBIDDEN, naming
from campaign.prompts.confinement import Outcome, run_templates
from campaign.prompts.places import Places, start_of_row

SHORTEST, LONGEST = 1, 6000
"""Characters of a prompt that the providers take."""
LARGEST_TEMPLATE = 64 * 1024
"""Bytes of a template; more is no prompt."""


def render(
    requests: Sequence[PromptRequest],
    templates: Mapping[str, Template],
    *,
    sheet: str = "variants.csv",
    columns: Sequence[str] = (),
    places: Places = start_of_row,
) -> tuple[list[Prompt | None], tuple[Fault, ...]]:
    """A prompt for each request, in their order; None where a fault explains why not.

    Values are put in as plain text and never read as Jinja. Runs of white space become one blank: a prompt is one
    paragraph. A fault of a template is told once, at its own line; a fault of a row names `sheet` and the row's line.
    `columns` are names that rows have besides those that the requests bring, so that misspelt ones find their nearest.
    """
    batch = _Batch(requests, templates, sheet, columns, places)
    batch.run()
    return batch.prompts, tuple(dict.fromkeys(batch.faults))


def inspect(names: Iterable[str], templates: Mapping[str, Template], *, columns: Sequence[str]) -> tuple[Fault, ...]:
    """What is wrong with the templates `names` whatever rows say: syntax, names of columns, filters, files."""
    batch = _Batch((), templates, "", columns, start_of_row)
    batch.run(names)
    return tuple(dict.fromkeys(batch.faults))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a fault lies: in the sheet, or in a template."""

    file: str
    place: str


class _Batch:
    """One call of `render`: its requests grouped by template, its prompts and faults as they come in."""

    def __init__(
        self,
        requests: Sequence[PromptRequest],
        templates: Mapping[str, Template],
        sheet: str,
        columns: Sequence[str],
        places: Places,
    ) -> None:
        self.requests = requests
        self.templates = templates
        self.sheet = sheet
        self.places = places
        self.names = tuple(dict.fromkeys((*columns, *(name for each in requests for name, _ in each.values))))
        self.prompts: list[Prompt | None] = [None] * len(requests)
        self.faults: list[Fault] = []
        self.numbers: dict[str, list[int]] = defaultdict(list)
        self._empty: set[tuple[int, str]] = set()

    def run(self, names: Iterable[str] = ()) -> None:
        """Render everything that can be rendered; the templates `names` are at least inspected."""
        usable = {name: each.body for name, each in self.templates.items() if not self._too_large(each)}
        self.numbers.update({name: [] for name in names if name in usable})
        for number, request in enumerate(self.requests):
            if request.template in usable:
                self.numbers[request.template].append(number)
            elif request.template not in self.templates:
                self.faults.append(self._unknown_template(request))
        if not self.numbers:
            return
        rows = {name: [_row(self.requests[n]) for n in numbers] for name, numbers in self.numbers.items()}
        for name, outcome in run_templates(usable, rows, self.names).items():
            self._take(name, outcome)

    def _take(self, name: str, outcome: Outcome) -> None:
        numbers = self.numbers[name]
        for trouble in sorted(outcome.troubles, key=_order):
            if self._is_news(trouble, numbers):
                self.faults.append(self._fault(trouble, numbers))
        for number, text in zip(numbers, outcome.texts, strict=False):
            if text is not None:
                self.prompts[number] = self._prompt(self.requests[number], *text)

    def _is_news(self, trouble: Mapping[str, Any], numbers: Sequence[int]) -> bool:
        """Whether an empty cell was not yet told of: other templates that write the same cell add nothing to say."""
        if trouble["rule"] != "P02":
            return True
        cell = self.requests[numbers[trouble["row"]]].line, trouble["value"]
        known = cell in self._empty
        self._empty.add(cell)
        return not known

    def _prompt(self, request: PromptRequest, prompt: str, length: int) -> Prompt | None:
        if not SHORTEST <= length <= LONGEST:
            self.faults.append(self._bad_length(request, length))
        elif found := FORBIDDEN.search(prompt):
            self.faults.append(self._bad_character(request, found.group()))
        else:
            return Prompt(request.template, prompt, sha256(prompt.encode()).hexdigest())
        return None

    def _too_large(self, template: Template) -> bool:
        size = len(template.body.encode(errors="replace"))
        if size > LARGEST_TEMPLATE:
            self.faults.append(
                Fault(
                    file=template.file,
                    place=f"{template.body_line}:1",
                    problem=f"the template has {size} bytes; the most is {LARGEST_TEMPLATE}",
                    cure="Keep the prompt's words in the template and the rest elsewhere.",
                    rule="template.size",
                )
            )
        return size > LARGEST_TEMPLATE

    def _unknown_template(self, request: PromptRequest) -> Fault:
        close = get_close_matches(request.template, list(self.templates), n=1)
        return Fault(
            file=self.sheet,
            place=self.places(request.line, None),
            problem="no template has this name",
            cure=f"Templates are: {', '.join(name for name in self.templates if not name.startswith('_'))}.",
            rule="template.unknown",
            value=request.template,
            nearest=close[0] if close else None,
        )

    def _fault(self, trouble: Mapping[str, Any], numbers: Sequence[int]) -> Fault:
        where = self._in_template(trouble["template"], trouble["line"], trouble["column"])
        problem, value = trouble["problem"], trouble["value"]
        if trouble["row"] is not None:
            request = self.requests[numbers[trouble["row"]]]
            if trouble["rule"] == "P02":
                cell = _Place(self.sheet, self.places(request.line, value))
                problem, value = f"column {value!r}: {problem} ({where.file}:{where.place})", None
                where = cell
            else:
                problem = f"{problem} (first with {self.sheet} line {request.line})"
        return Fault(
            file=where.file,
            place=where.place,
            problem=problem,
            cure=trouble["cure"],
            rule=trouble["rule"],
            value=value,
            nearest=trouble["nearest"],
        )

    def _bad_length(self, request: PromptRequest, length: int) -> Fault:
        for column, value in request.values:
            if len(value) > LONGEST:
                return Fault(
                    file=self.sheet,
                    place=self.places(request.line, column),
                    problem=f"column {column!r}: the cell has {len(value)} characters; a whole prompt has {LONGEST} at most",
                    cure="Shorten it: about 100 words describe a picture.",
                    rule="P01",
                )
        said = "the prompt is empty" if length < SHORTEST else f"the prompt has {length} characters"
        return Fault(
            file=self.sheet,
            place=self.places(request.line, None),
            problem=f"{said} with template {request.template!r}; providers take {SHORTEST} to {LONGEST}",
            cure="Write a prompt of about 100 words: what is seen, then what stays.",
            rule="P01",
        )

    def _bad_character(self, request: PromptRequest, character: str) -> Fault:
        problem = f"the prompt holds {naming(character)}, which nobody sees and which can hide words"
        cure = "Delete it: retype the words instead of pasting them."
        for column, value in request.values:
            if character in value:
                place = self.places(request.line, column)
                told = f"column {column!r}: {problem}"
                return Fault(file=self.sheet, place=place, problem=told, cure=cure, rule="prompt.characters")
        where = self._in_template(request.template, *self._seek(request.template, character))
        return Fault(file=where.file, place=where.place, problem=problem, cure=cure, rule="prompt.characters")

    def _seek(self, name: str, character: str) -> tuple[int, int]:
        """Line and column of a character in a template's body; (1, 1) when it came from elsewhere."""
        before, found, _ = self.templates[name].body.partition(character)
        return (before.count("\n") + 1, len(before) - before.rfind("\n")) if found else (1, 1)

    def _in_template(self, name: str, line: int, column: int) -> _Place:
        template = self.templates[name]
        return _Place(template.file, f"{template.body_line + line - 1}:{column}")


def _order(trouble: Mapping[str, Any]) -> tuple[int, int, int]:
    row = trouble["row"]
    return -1 if row is None else row, trouble["line"], trouble["column"]


def _row(request: PromptRequest) -> dict[str, str]:
    return {name: str(value) for name, value in request.values}
