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
    writer = _Writer(brief, uses)
    lines = {
        variant.key: Lines(_modify(writer, variant, master), _reframe(writer, variant, master))
        for variant in brief.variants
        if variant.skip is None
    }
    return Script(tuple(writer.requests), lines)


class _Writer:
    """Collects requests, each once."""

    def __init__(self, brief: Brief, uses: Mapping[str, frozenset[str]]) -> None:
        self.brief = brief
        self.uses = uses
        self.requests: list[PromptRequest] = []
        self._known: dict[tuple[str, Values], int] = {}
        self._common = {"brand": brief.campaign.brand, "campaign": brief.campaign.name}

    def line(self, variant: Variant, template: str, **near: str) -> int:
        """The index of the request that says `template` for this row."""
        said = {**self._common, **dict(variant.values), **near}
        needed = self.uses.get(template)
        values = tuple(sorted((name, text) for name, text in said.items() if needed is None or name in needed))
        index = self._known.setdefault((template, values), len(self.requests))
        if index == len(self.requests):
            self.requests.append(PromptRequest(template, values, variant.line))
        return index

    def cares(self, template: str, name: str) -> bool:
        """Whether a template reads the value `name`."""
        return template not in self.uses or name in self.uses[template]


def _modify(writer: _Writer, variant: Variant, master: MasterEdit) -> tuple[int | None, ...]:
    said: dict[str, int] = {}
    lines: list[int | None] = []
    for shot in master.shots:
        template = template_of(variant, shot, writer.brief.campaign) if shot.modify else None
        if template is None or template not in writer.brief.templates:
            lines.append(None)
        elif writer.cares(template, "shot"):
            lines.append(writer.line(variant, template, shot=shot.id))
        else:
            if template not in said:
                said[template] = writer.line(variant, template)
            lines.append(said[template])
    return tuple(lines)


def _reframe(writer: _Writer, variant: Variant, master: MasterEdit) -> dict[AspectRatio, int]:
    campaign = writer.brief.campaign
    template = campaign.reframe_template
    if template not in writer.brief.templates or not any(shot.modify for shot in master.shots):
        return {}
    own = own_ratio(master)
    ratios = reached(ratios_of(variant, campaign, writer.brief.catalogue), campaign.how)
    asked = [ratio for ratio in ratios if ratio != own]
    if not asked:
        return {}
    if writer.cares(template, "ratio"):
        return {ratio: writer.line(variant, template, ratio=ratio.label) for ratio in asked}
    return dict.fromkeys(asked, writer.line(variant, template))
