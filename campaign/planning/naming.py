"""Names of files: the rule of campaign.toml with its closed list of fields, and the guard against two files of one name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter

from campaign.model.campaign import Campaign
from campaign.model.faults import Fault
from campaign.model.plan import Film, Output
from campaign.planning.ascii_text import slug
from campaign.planning.faulting import in_campaign, in_sheet

FIELDS = (
    "brand", "campaign", "concept", "market", "locale", "season", "demographic", "seconds", "ratio", "placement",
    "edition", "variant", "resolution", "provider",
)  # fmt: skip
LONGEST = 120
RESERVED = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))]
)
"""Names that Windows keeps for devices, whatever the extension."""

_LITERAL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
_RULE = "name.rule"


@dataclass(frozen=True, slots=True)
class NameRule:
    """A naming rule, checked: its text, its fields, and the stretches between underscores, each a run of (literal text,
    field or None).
    """

    text: str
    fields: tuple[str, ...]
    stretches: tuple[tuple[tuple[str, str | None], ...], ...]

    def fill(self, fields: Mapping[str, str]) -> str:
        """The name for these values, which must be slugs already. A stretch whose fields are all empty is left out."""
        if all(map(fields.__getitem__, self.fields)):
            return self.text.format_map(fields)
        return "_".join(text for text in (_fill(stretch, fields) for stretch in self.stretches) if text)

    def mentions(self, field: str) -> bool:
        """Whether the rule has this field."""
        return field in self.fields


def parse_rule(campaign: Campaign) -> tuple[NameRule | None, tuple[Fault, ...]]:
    """The campaign's naming rule, or None and what is wrong with it."""
    try:
        parts = list(Formatter().parse(campaign.name_rule))
    except ValueError as error:
        return None, (_fault(campaign, f"the naming rule cannot be read: {error}", "Pair every { with a }."),)
    faults = tuple(
        fault
        for literal, name, spec, conversion in parts
        for fault in _faults(campaign, literal, name, bool(spec or conversion))
    )
    if not parts:
        faults = (_fault(campaign, "the naming rule is empty", "Write something like {campaign}_{market}_{ratio}."),)
    if faults:
        return None, faults
    fields = tuple(name for _, name, _, _ in parts if name)
    return NameRule(campaign.name_rule, fields, _stretches([(literal, name) for literal, name, _, _ in parts])), ()


def name_faults(campaign: Campaign, films: Iterable[Film]) -> tuple[Fault, ...]:
    """Everything wrong with the names of a plan: too long, reserved, or two files that differ in nothing but case.

    Two rows that clash in every ratio are one fault.
    """
    faults: list[Fault] = []
    first: dict[str, tuple[Film, Output]] = {}
    clashes: dict[tuple[str, str], list[tuple[Film, Film, Output]]] = {}
    for film in films:
        for output in film.outputs:
            if fault := _unfit(campaign, film, output):
                faults.append(fault)
            taken = first.setdefault(output.file.casefold(), (film, output))
            if taken[1] is not output:
                rows = taken[0].variant.key, film.variant.key
                clashes.setdefault(rows, []).append((taken[0], film, output))
    return (*faults, *(_collision(campaign, *clash[0], len(clash) - 1) for clash in clashes.values()))


def _stretches(parts: Iterable[tuple[str, str | None]]) -> tuple[tuple[tuple[str, str | None], ...], ...]:
    stretches: list[list[tuple[str, str | None]]] = [[]]
    for literal, name in parts:
        *before, last = literal.split("_")
        for text in before:
            stretches[-1].append((text, None))
            stretches.append([])
        stretches[-1].append((last, name))
    return tuple(tuple(stretch) for stretch in stretches)


def _fill(stretch: tuple[tuple[str, str | None], ...], fields: Mapping[str, str]) -> str:
    values = [fields[name] for _, name in stretch if name]
    if values and not any(values):
        return ""
    return "".join(literal + (fields[name] if name else "") for literal, name in stretch)


def _faults(campaign: Campaign, literal: str, name: str | None, formatted: bool) -> Iterable[Fault]:
    unfit = sorted(set(literal) - _LITERAL)
    if unfit:
        problem = f"the naming rule holds {' '.join(map(repr, unfit))}, which is unfit for a file name"
        yield _fault(campaign, problem, "Use letters, digits, - and . inside a field, _ between fields.")
    if name is not None and name not in FIELDS:
        yield in_campaign(
            campaign,
            "output.name",
            "the naming rule has an unknown field",
            f"Fields are {', '.join(FIELDS)}.",
            _RULE,
            value=name,
            known=FIELDS,
        )
    elif formatted:
        yield _fault(campaign, f"the field {{{name}}} of the naming rule has a format", "Write the plain {field}.")


def _unfit(campaign: Campaign, film: Film, output: Output) -> Fault | None:
    name = output.name
    if not name:
        problem = f"{film.id}: the name is empty"
    elif len(name) > LONGEST:
        problem = f"{film.id}: the name has {len(name)} characters, {LONGEST} is the most"
    elif name.split(".")[0].casefold() in RESERVED:
        problem = f"{film.id}: the name is reserved on Windows"
    elif name[0] in ".-" or name[-1] in ".-":
        problem = f"{film.id}: the name begins or ends in a dot or hyphen"
    else:
        return None
    cure = "Change output.name in campaign.toml, or the row's values."
    return in_sheet(campaign, film.variant.line, problem, cure, "name.unfit", value=name)


def _collision(campaign: Campaign, one: Film, other: Film, output: Output, more: int) -> Fault:
    missing = next((field for field in _differences(one, other, output)), None)
    if one is other:
        cure = "Give one of the two placements another name in the specs folder."
    elif missing:
        cure = f"Add {{{missing}}} to output.name in campaign.toml."
    else:
        cure = "Make the rows differ in a field of output.name."
    lines = f"lines {one.variant.line} and {other.variant.line}"
    problem = f"{one.id} and {other.id} ({lines}) would both be written as {output.file}"
    if more:
        problem += f", and so would {more} more of their files" if more > 1 else ", and so would another of their files"
    return in_sheet(campaign, other.variant.line, problem, cure, "name.collision", value=output.name)


def _differences(one: Film, other: Film, output: Output) -> Iterable[str]:
    """Fields that would tell the two apart, the plainest first."""
    for field in ("market", "locale", "season", "demographic"):
        if slug(getattr(one.variant, field)).casefold() != slug(getattr(other.variant, field)).casefold():
            yield field
    if one.variant.key != other.variant.key:
        yield "variant"
    if output.placement:
        yield "placement"


def _fault(campaign: Campaign, problem: str, cure: str) -> Fault:
    return in_campaign(campaign, "output.name", problem, cure, _RULE, value=campaign.name_rule)
