"""Judges rendered prompts by the rules and says where the words came from: a cell of the sheet, or the template."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from campaign.model.faults import Fault, Level
from campaign.model.prompts import Prompt, PromptRequest, Template
from campaign.prompts.lint_checks import Words
from campaign.prompts.lint_rules import RULES, Rule
from campaign.prompts.places import Places, start_of_row
from campaign.prompts.speech import take_apart

Values = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a prompt was made of: its template, its row's line and values, the sheet."""

    template: Template
    line: int
    values: Values
    sheet: str
    places: Places


def lint(
    prompt: Prompt,
    template: Template,
    line: int,
    *,
    values: Values = (),
    sheet: str = "variants.csv",
    places: Places = start_of_row,
) -> tuple[Fault, ...]:
    """What the rules P01 to P17 find in one prompt.

    A fault whose words stand in one of the row's `values` lies in `sheet` at `line`, and names the column; otherwise it
    lies in the template, is the same for every row, and can be told once. Without `values`, words that the
    template's body does not hold are taken for the row's.
    """
    origin = _Origin(template, line, values, sheet, places)
    found = _judge(prompt.text, template.operation, template.kind, bool(template.keyframes))
    return tuple(_fault(rule, words, origin) for rule, words in found)


def lint_rows(
    requests: Sequence[PromptRequest],
    prompts: Sequence[Prompt | None],
    templates: Mapping[str, Template],
    *,
    sheet: str = "variants.csv",
    places: Places = start_of_row,
) -> tuple[Fault, ...]:
    """What the rules find in all prompts of a campaign, each fault once, and P18, which compares rows."""
    said = [(request, prompt) for request, prompt in zip(requests, prompts, strict=True) if prompt is not None]
    faults = [
        fault
        for request, prompt in said
        for fault in lint(
            prompt, templates[prompt.template], request.line, values=request.values, sheet=sheet, places=places
        )
    ]
    return tuple(dict.fromkeys((*faults, *_unlike_wordings(said, templates))))


@lru_cache(maxsize=16_384)
def _judge(text: str, operation: str, kind: str, keyframed: bool) -> tuple[tuple[Rule, Words], ...]:
    speech = take_apart(text, operation, kind, keyframed)
    return tuple((rule, words) for rule in RULES if operation in rule.operations for words in rule.find(speech))


def _fault(rule: Rule, words: Words, origin: _Origin) -> Fault:
    file, place, problem = _place(rule, words, origin)
    return Fault(file=file, place=place, problem=problem, cure=rule.cure, rule=rule.id, level=rule.level, value=words)


def _place(rule: Rule, words: Words, origin: _Origin) -> tuple[str, str, str]:
    """(file, place, problem) of a finding."""
    template = origin.template
    in_template = template.file, _in_body(template, words), rule.problem
    if rule.id == "P01" or (words is None and not origin.values and rule.id == "P13"):
        return origin.sheet, origin.places(origin.line, None), f"template {template.name!r}: {rule.problem}"
    if words is None:
        return in_template
    folded = words.casefold()
    for column, value in origin.values:
        if folded in value.casefold():
            return origin.sheet, origin.places(origin.line, column), f"column {column!r}: {rule.problem}"
    if origin.values or folded in template.body.casefold():
        return in_template
    return origin.sheet, origin.places(origin.line, None), f"with template {template.name!r}: {rule.problem}"


def _in_body(template: Template, words: Words) -> str:
    """`line:column` in the template's file where the words stand, else where its body begins."""
    at = template.body.casefold().find(words.casefold()) if words else -1
    if at < 0:
        return f"{template.body_line}:1"
    before = template.body[:at]
    return f"{template.body_line + before.count(chr(10))}:{at - before.rfind(chr(10))}"


def _unlike_wordings(
    said: Sequence[tuple[PromptRequest, Prompt]], templates: Mapping[str, Template]
) -> Iterator[Fault]:
    """P18: rows of one template, shot and ratio should differ in their cells only, so that results can be compared."""
    groups: dict[tuple[str, ...], list[tuple[PromptRequest, Prompt]]] = {}
    for request, prompt in said:
        values = dict(request.values)
        groups.setdefault((prompt.template, values.get("shot", ""), values.get("ratio", "")), []).append(
            (request, prompt)
        )
    for (name, *_), (first, *others) in groups.items():
        bare = _blotted(first, _cells(first))
        unlike = (other for other in others if not _worded_alike(first, bare, other))
        if found := next(unlike, None):
            template = templates[name]
            yield Fault(
                file=template.file,
                place=f"{template.body_line}:1",
                problem=f"rows at lines {first[0].line} and {found[0].line} get words that differ in more than their cells",
                cure="Compare results within one wording only.",
                rule="P18",
                level=Level.INFO,
            )


def _worded_alike(one: tuple[PromptRequest, Prompt], bare: str, other: tuple[PromptRequest, Prompt]) -> bool:
    """Whether two prompts are the same once everything that either row says is blotted out of both.

    `bare` is the first with its own row's words blotted out, which mostly settles it.
    """
    if _blotted(other, _cells(other)) == bare:
        return True
    cells = _cells(one) | _cells(other)
    return _blotted(one, cells) == _blotted(other, cells)


def _cells(said: tuple[PromptRequest, Prompt]) -> set[str]:
    return {value.strip().rstrip(".").casefold() for _, value in said[0].values} - {""}


def _blotted(said: tuple[PromptRequest, Prompt], cells: set[str]) -> str:
    text = said[1].text.casefold()
    for cell in sorted(cells, key=len, reverse=True):
        text = text.replace(cell, "\0")
    return text
