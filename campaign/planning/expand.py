"""Expand: everything that is to be said for a campaign, each thing once."""

from collections.abc import Mapping
from dataclasses import dataclass

from campaign.errors import InputError
from campaign.model.campaign import Brief
from campaign.model.edit import MasterEdit
from campaign.model.prompts import PromptRequest
from campaign.model.ratios import AspectRatio
from campaign.model.variants import Variant
from campaign.planning.asked import ratios_of, template_of
from campaign.planning.faulting import unknown_provider
from campaign.planning.routes import own_ratio, reached

Values = tuple[tuple[str, str], ...]

GIVEN = ("brand", "campaign", "shot", "ratio")
"""Names that templates can say besides the sheet's columns."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What one row says, as indexes into `Script.requests`: a prompt for each shot (None where nothing is bought or no
    template is named) and one for each ratio that needs a reframe.
    """

    modify: tuple[int | None, ...]
    reframe: Mapping[AspectRatio, int]


@dataclass(frozen=True, slots=True)
class Script:
    """Every prompt of a campaign to render, deduplicated, and by each variant's key who says which.

    Rows that are skipped say nothing.
    """

    requests: tuple[PromptRequest, ...]
    lines: Mapping[str, Lines]


def expand(brief: Brief, master: MasterEdit, provider: str, uses: Mapping[str, frozenset[str]]) -> Script:
    """List the prompts of all rows that are made. Raises InputError for an unknown provider.

    A template gets the campaign's `brand` and `campaign`, every cell of the row by its column's name, and `shot` (the
    shot's id) in a modify or `ratio` in a reframe; nearer values win in this order. Of these only the names in
    `uses[template]` are passed, so that rows that would read the same share one rendering; a template that `uses` lacks
    gets all.
    """
    if provider not in brief.catalogue.providers:
        raise InputError((unknown_provider(brief.campaign, provider, brief.catalogue.providers),))
    writer = _Writer(brief, master, uses)
    lines = {
        variant.key: Lines(_modify(writer, variant), _reframe(writer, variant))
        for variant in brief.variants
        if variant.skip is None
    }
    return Script(tuple(writer.requests), lines)


class _Writer:
    """Collects requests, each once."""

    def __init__(self, brief: Brief, master: MasterEdit, uses: Mapping[str, frozenset[str]]) -> None:
        self.brief = brief
        self.shots = master.shots
        self.uses = uses
        self.requests: list[PromptRequest] = []
        self._own = own_ratio(master)
        self._known: dict[tuple[str, Values], int] = {}
        self._reframed: dict[object, tuple[AspectRatio, ...]] = {}
        self._common = (("brand", brief.campaign.brand), ("campaign", brief.campaign.name))

    def line(self, variant: Variant, template: str, *near: tuple[str, str]) -> int:
        """The index of the request that says `template` for this row."""
        needed = self.uses.get(template)
        cells = (*self._common, *variant.values, *near)
        said = {name: text for name, text in cells if needed is None or name in needed}
        values = tuple(sorted(said.items()))
        index = self._known.setdefault((template, values), len(self.requests))
        if index == len(self.requests):
            self.requests.append(PromptRequest(template, values, variant.line))
        return index

    def cares(self, template: str, name: str) -> bool:
        """Whether a template reads the value `name`."""
        return template not in self.uses or name in self.uses[template]

    def reframed(self, variant: Variant) -> tuple[AspectRatio, ...]:
        """The ratios that need a reframe for this row, neighbours included."""
        mark = (variant.ratios, variant.placements)
        if mark not in self._reframed:
            campaign = self.brief.campaign
            ratios = reached(ratios_of(variant, campaign, self.brief.catalogue), campaign.how)
            bought = any(shot.treatment.modify for shot in self.shots)
            self._reframed[mark] = tuple(ratio for ratio in ratios if bought and ratio != self._own)
        return self._reframed[mark]


def _modify(writer: _Writer, variant: Variant) -> tuple[int | None, ...]:
    said: dict[tuple[str, str], int] = {}
    lines: list[int | None] = []
    for shot in writer.shots:
        template = template_of(variant, shot, writer.brief.campaign) if shot.treatment.modify else None
        if template is None or template not in writer.brief.templates:
            lines.append(None)
            continue
        mark = (template, shot.id if writer.cares(template, "shot") else "")
        if mark not in said:
            said[mark] = writer.line(variant, template, ("shot", shot.id))
        lines.append(said[mark])
    return tuple(lines)


def _reframe(writer: _Writer, variant: Variant) -> dict[AspectRatio, int]:
    template, ratios = writer.brief.campaign.reframe_template, writer.reframed(variant)
    if not ratios or template not in writer.brief.templates:
        return {}
    if writer.cares(template, "ratio"):
        return {ratio: writer.line(variant, template, ("ratio", ratio.label)) for ratio in ratios}
    return dict.fromkeys(ratios, writer.line(variant, template))
