"""Routes: by which way each aspect ratio comes into being."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from campaign.model.campaign import Campaign
from campaign.model.catalogue import Capability
from campaign.model.edit import MasterEdit
from campaign.model.jobs import How
from campaign.model.ratios import DERIVED, RATIOS, AspectRatio, Size, frame_size, same_shape

LOCAL = "local"
"""The engine that makes everything a provider is not asked for: tracked crops, blurs, crops of HDR."""
WINDOWS = (How.CROP, How.PAD)
"""Ways that need no work of their own: a film shows the modify's result through a window or between bars."""


@dataclass(frozen=True, slots=True)
class Route:
    """How one ratio is made. `how` None = the master's own shape: the modify result itself.

    `neighbour` is the ratio it is cropped from when derived: never one of WINDOWS, of which more would be lost than of what
    that shows, so that such a ratio is made as its neighbour is. `by_provider` tells a reframe to be bought from one of ours.
    `size` is the frame's size at the plan's resolution.
    """

    ratio: AspectRatio
    how: How | None
    neighbour: AspectRatio | None
    by_provider: bool
    size: Size


def own_ratio(master: MasterEdit) -> AspectRatio | None:
    """The known ratio that the master has, None for an unusual shape."""
    return next((ratio for ratio in RATIOS if same_shape(ratio.value, master.size.shape)), None)


def master_size(master: MasterEdit, resolution: str) -> Size:
    """The size of a modify's result: the master's shape at the resolution."""
    own = own_ratio(master)
    return frame_size(own.value if own else master.size.shape, resolution)


def said_how(ratio: AspectRatio, how: dict[AspectRatio, How]) -> How:
    """How the campaign wants a ratio: as it says, else derived where nobody generates it, else generated."""
    return how.get(ratio, How.DERIVE if ratio in DERIVED else How.GENERATE)


def reached(ratios: Iterable[AspectRatio], how: dict[AspectRatio, How]) -> tuple[AspectRatio, ...]:
    """`ratios` with the neighbours they are derived from, each once, a neighbour before what is cropped from it."""
    found: dict[AspectRatio, None] = {}
    for ratio in ratios:
        if ratio in DERIVED and said_how(ratio, how) is How.DERIVE:
            found[DERIVED[ratio]] = None
        found[ratio] = None
    return tuple(found)


def lost(ratio: AspectRatio) -> Fraction:
    """How much of its neighbour's picture a derived ratio crops away, in per cent. Raises KeyError for other ratios."""
    own, neighbour = ratio.value, DERIVED[ratio].value
    return 100 * (1 - min(own, neighbour) / max(own, neighbour))


def routes(
    ratios: Iterable[AspectRatio], campaign: Campaign, master: MasterEdit, engine: Capability, resolution: str
) -> dict[AspectRatio, Route]:
    """The routes of all `ratios`, neighbours included and before the ratios derived from them."""
    own = own_ratio(master)
    return {ratio: _route(ratio, campaign, own, engine, resolution) for ratio in reached(ratios, campaign.how)}


def hdr_routes(ways: Mapping[AspectRatio, Route]) -> dict[AspectRatio, Route]:
    """The same for a picture made in HDR: nobody reframes those, so that ours follows the subject instead."""
    return {
        ratio: replace(route, how=How.TRACK, by_provider=False) if route.by_provider else route
        for ratio, route in ways.items()
    }


def _route(
    ratio: AspectRatio, campaign: Campaign, own: AspectRatio | None, engine: Capability, resolution: str
) -> Route:
    size = frame_size(ratio.value, resolution)
    if ratio == own:
        return Route(ratio, None, None, False, size)
    how = said_how(ratio, campaign.how)
    if how is How.DERIVE and DERIVED[ratio] != own and said_how(DERIVED[ratio], campaign.how) in WINDOWS:
        how = said_how(DERIVED[ratio], campaign.how)
    if how is How.GENERATE and not engine.generative:
        how = How.TRACK  # the rehearsal of a generated ratio: a crop that follows the subject
    neighbour = DERIVED.get(ratio) if how is How.DERIVE else None
    return Route(ratio, how, neighbour, how is How.GENERATE, size)
