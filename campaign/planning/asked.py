"""What a row asks for once campaign, shots and placements have had their say."""

from campaign.model.campaign import Campaign
from campaign.model.catalogue import Catalogue
from campaign.model.edit import Shot
from campaign.model.ratios import AspectRatio
from campaign.model.variants import Variant


def own_ratios(variant: Variant, campaign: Campaign) -> tuple[AspectRatio, ...]:
    """The ratios asked for by name: the row's, else the campaign's."""
    return campaign.ratios if variant.ratios is None else variant.ratios


def placements_of(variant: Variant, campaign: Campaign) -> tuple[str, ...]:
    """The placements to be served: the row's, else the campaign's."""
    return campaign.placements if variant.placements is None else variant.placements


def ratios_of(variant: Variant, campaign: Campaign, catalogue: Catalogue) -> tuple[AspectRatio, ...]:
    """All ratios a row needs, those that its placements bring included, each once, in the order asked."""
    known = (catalogue.placements.get(name) for name in placements_of(variant, campaign))
    brought = (ratio for placement in known if placement for ratio in placement.ratios)
    return tuple(dict.fromkeys((*own_ratios(variant, campaign), *brought)))


def template_of(variant: Variant, shot: Shot, campaign: Campaign) -> str | None:
    """The modify template: the row's, else the shot's, else the campaign's; None when nobody names one."""
    return variant.template or shot.treatment.template or campaign.modify_template
