"""Names that must be known: providers, placements, templates, markets; each unknown one with its nearest."""

from collections.abc import Collection, Iterator, Sequence

from campaign.intake.nearest import nearest
from campaign.intake.reading import Spot
from campaign.model.campaign import Campaign
from campaign.model.catalogue import Catalogue
from campaign.model.faults import Fault, Level
from campaign.model.jobs import Operation
from campaign.model.prompts import Template
from campaign.model.variants import Variant


def known_names(campaign: Campaign, catalogue: Catalogue, spot: Spot) -> Iterator[Fault]:
    """Providers and placements of campaign.toml that the catalogue does not have. Where there is a folder of specs, which
    may add placements, `placements_known` is to be asked once that is read.
    """
    at = spot.at("provider")
    yield from _unknown(campaign.provider, catalogue.providers, "provider", at.at("name"))
    for name in dict.fromkeys(name for name, _ in campaign.slots):
        yield from _unknown(name, catalogue.providers, "provider", at.at("slots", name))
    for number, name in enumerate(campaign.failover):
        yield from _unknown(name, catalogue.providers, "provider", at.at("failover", number))
    if campaign.specs is None:
        yield from placements_known(campaign, catalogue, spot)


def placements_known(campaign: Campaign, catalogue: Catalogue, spot: Spot) -> Iterator[Fault]:
    """Placements of campaign.toml that the catalogue does not have."""
    for number, name in enumerate(campaign.placements):
        yield from _unknown(name, catalogue.placements, "placement", spot.at("output", "placements", number))


def template_names_known(
    campaign: Campaign, templates: dict[str, Template], present: Collection[str], spot: Spot
) -> Iterator[Fault]:
    """Templates that campaign.toml asks for: they must be there and be of the right operation.

    `present` are all that lie in the folder, those with faults of their own included.
    """
    asked = [(campaign.reframe_template, Operation.REFRAME, spot.at("reframe", "template"))]
    if campaign.modify_template is not None:
        asked.append((campaign.modify_template, Operation.MODIFY, spot.at("modify", "template")))
    for entry, template_name in campaign.shot_templates:
        asked.append((template_name, Operation.MODIFY, spot.at("shots", entry, "template")))
    for name, operation, at in asked:
        template = templates.get(name)
        if template is not None and template.operation != operation:
            problem = f"template {name} is for {template.operation}, not for {operation.value}"
            yield at.fault(problem, f"Name a {operation.value} template.", value=name)
        elif template is None:
            yield from _unknown(name, present, "template", at)


def template_named(campaign: Campaign, variants: Sequence[Variant], spot: Spot) -> Iterator[Fault]:
    """Every row needs a template from somewhere: its own, every shot's, or the campaign's."""
    every_shot = bool(campaign.shots) and all(
        shot.treatment.template or not shot.treatment.modify for shot in campaign.shots
    )
    if campaign.modify_template is not None or every_shot:
        return
    lines = [variant.line for variant in variants if variant.template is None and variant.skip is None]
    if lines:
        rows = f"row {lines[0]}" if len(lines) == 1 else f"{len(lines)} rows (the first is line {lines[0]})"
        problem = f"no template for {rows} of {campaign.shown(campaign.sheet)}"
        cure = 'Set [modify] template = "global_campaign", or fill the column `template`.'
        yield spot.at("modify", "template").fault(problem, cure)


def markets_known(campaign: Campaign, variants: Sequence[Variant], spot: Spot) -> Iterator[Fault]:
    """A schedule for a market that no row has makes nothing; only a warning, since rows come and go."""
    markets = {variant.market for variant in variants if variant.market}
    for number, schedule in enumerate(campaign.schedules):
        if markets and schedule.market.casefold() not in {market.casefold() for market in markets}:
            near = nearest(schedule.market, sorted(markets))
            problem, cure = "no row has this market", f"Markets of the sheet: {', '.join(sorted(markets))}."
            at = spot.at("schedule", number, "market")
            yield at.fault(problem, cure, value=schedule.market, nearest=near, level=Level.WARNING)


def _unknown(name: str, known: Collection[str], noun: str, at: Spot) -> Iterator[Fault]:
    if name not in known:
        cure = f"Known {noun}s: {', '.join(sorted(known)) or 'none'}."
        yield at.fault(f"there is no such {noun}", cure, value=name, nearest=nearest(name, sorted(known)))
