"""What a campaign says: its templates looked at, its prompts rendered and linted, each fault where it lies."""

from collections.abc import Iterator, Sequence

from campaign.model.campaign import Brief
from campaign.model.edit import MasterEdit
from campaign.model.faults import Fault, Level
from campaign.model.prompts import Prompt
from campaign.planning.expand import GIVEN, Script, expand
from campaign.planning.naming import parse_rule
from campaign.prompts.lint import lint_rows
from campaign.prompts.places import Places
from campaign.prompts.rendering import inspect, render
from campaign.prompts.variables import used_variables


def speak(
    brief: Brief, places: Places, master: MasterEdit, provider: str
) -> tuple[Script, list[Prompt | None], tuple[Fault, ...]]:
    """Every prompt of the campaign, rendered and linted."""
    uses = {name: used_variables(template, brief.templates) for name, template in brief.templates.items()}
    script = expand(brief, master, provider, uses)
    sheet = brief.campaign.shown(brief.campaign.sheet)
    columns = _columns(brief)
    prompts, faults = render(script.requests, brief.templates, sheet=sheet, columns=columns, places=places)
    return script, prompts, (*faults, *lint_rows(script.requests, prompts, brief.templates, sheet=sheet, places=places))


def alike(brief: Brief, script: Script, prompts: Sequence[Prompt | None], said: tuple[Fault, ...]) -> Iterator[Fault]:
    """Rows that share a prompt which cannot be rendered: what is `said` of the prompt names only the first of them."""
    sheet = brief.campaign.shown(brief.campaign.sheet)
    told = {fault.place.partition(":")[0] for fault in said if fault.file == sheet and fault.level is Level.ERROR}
    silent = {
        number: script.requests[number].line
        for number, prompt in enumerate(prompts)
        if prompt is None and str(script.requests[number].line) in told
    }
    for variant in brief.variants if silent else ():
        lines = script.lines.get(variant.key)
        shared = silent.keys() & {*lines.modify, *lines.reframe.values()} if lines else ()
        if first := [silent[number] for number in shared if silent[number] != variant.line]:
            yield Fault(
                file=sheet,
                place=f"{variant.line}:1",
                problem=f"this row has the same prompt as line {first[0]}, which cannot be rendered",
                cure="Mend it likewise.",
                rule="prompt.alike",
            )


def misspoken(brief: Brief, said: tuple[Fault, ...]) -> tuple[Fault, ...]:
    """Faults of the naming rule and of the templates themselves; of the columns they name only where the header is sound."""
    columns = _columns(brief)
    found = inspect(_asked(brief), brief.templates, columns=(*columns, *GIVEN))
    found += parse_rule(brief.campaign)[1]
    trusted = columns and not any(fault.rule.startswith("csv.column") for fault in said)
    return tuple(fault for fault in found if trusted or fault.rule != "template.variable")


def _asked(brief: Brief) -> Iterator[str]:
    """The templates that campaign, shots or rows name."""
    campaign = brief.campaign
    rows = (variant.template for variant in brief.variants)
    shots = (name for _, name in campaign.shot_templates)
    yield from {name: None for name in (campaign.reframe_template, campaign.modify_template, *shots, *rows) if name}


def _columns(brief: Brief) -> tuple[str, ...]:
    """The sheet's columns."""
    return tuple(name for name, _ in brief.variants[0].values) if brief.variants else ()
