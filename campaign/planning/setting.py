"""Setting: everything of a plan that is the same for all its rows, settled once."""

from dataclasses import dataclass
from fractions import Fraction

from campaign.model.campaign import Brief, Campaign
from campaign.model.catalogue import Capability, DeliverySpec
from campaign.model.edit import MasterEdit, Segment
from campaign.model.jobs import How
from campaign.model.ratios import AspectRatio, Size
from campaign.planning.asked import ratios_of
from campaign.planning.demand import in_sdr, resolution_of
from campaign.planning.identity import master_source
from campaign.planning.routes import LOCAL, Route, hdr_routes, master_size, routes
from campaign.planning.segments import segments_for

FINAL_SPEC, DRAFT_SPEC = "web.h264", "web.h264.draft"
ROUNDING = 2
"""Frames have even sides: a side this much longer than its picture is no enlargement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Who makes the plan, at which tier, out of which segments, along which routes.

    `sdr` tells that HDR and EXR are left out. `shots` gives each segment's shot by index and `sources` what identifies
    it. `spec` is how a film is written that no placement asks for. `hdr_routes` are for pictures made in HDR.
    """

    brief: Brief
    master: MasterEdit
    engine: Capability
    local: Capability
    draft: bool
    resolution: str
    sdr: bool
    spec: DeliverySpec
    segments: tuple[Segment, ...]
    shots: tuple[int, ...]
    sources: tuple[str, ...]
    size: Size
    routes: dict[AspectRatio, Route]
    hdr_routes: dict[AspectRatio, Route]

    @property
    def campaign(self) -> Campaign:
        """The campaign as its producer wrote it."""
        return self.brief.campaign


def settle_setting(brief: Brief, master: MasterEdit, engine: Capability, draft: bool) -> Setting:
    """The setting of a plan. What it needs was checked before: resolution, spec and local engine are known."""
    campaign, catalogue = brief.campaign, brief.catalogue
    resolution = resolution_of(campaign, engine, draft)
    segments = segments_for(master, engine)
    shots = {shot: index for index, shot in enumerate(master.shots)}
    wanted = dict.fromkeys(
        ratio for variant in brief.variants if variant.skip is None for ratio in ratios_of(variant, campaign, catalogue)
    )
    ways = routes(wanted, campaign, master, engine, resolution)
    size = master_size(master, resolution)
    return Setting(
        brief=brief,
        master=master,
        engine=engine,
        local=catalogue.providers[LOCAL],
        draft=draft,
        resolution=resolution,
        sdr=in_sdr(engine, draft),
        spec=catalogue.specs[DRAFT_SPEC if draft else FINAL_SPEC],
        segments=segments,
        shots=tuple(shots[segment.shot] for segment in segments),
        sources=tuple(master_source(master, segment) for segment in segments),
        size=size,
        routes=ways,
        hdr_routes=hdr_routes(ways),
    )


def enlarged(
    ratio: AspectRatio, into: Size, ways: dict[AspectRatio, Route], master: MasterEdit, modified: Size
) -> Size | None:
    """What a film's picture was blown up from to fill `into`: the whole master when that is small, else what was made of
    it or the window that was cropped; None where it was not blown up. `modified` is the size of a modify's result.
    """
    if min(master.size.width, master.size.height) < min(into.width, into.height):
        return master.size
    if ways[ratio].how is How.PAD:
        between_bars = min(Fraction(into.width), into.height * modified.shape)
        return modified if modified.width + ROUNDING < between_bars else None
    picture = _picture(ways[ratio], ways, modified)
    return picture if picture.width + ROUNDING < into.width else None


def _picture(route: Route, ways: dict[AspectRatio, Route], modified: Size) -> Size:
    if route.how in (How.CROP, How.TRACK):
        return _window(modified, route.ratio.value)
    if route.how is How.DERIVE and route.neighbour is not None:
        return _window(_picture(ways[route.neighbour], ways, modified), route.ratio.value)
    return route.size


def _window(inside: Size, shape: Fraction) -> Size:
    """The largest frame of a shape that can be cropped out of another, even-sized."""
    if shape > inside.shape:
        return Size(inside.width, 2 * round(inside.width / shape / 2))
    return Size(2 * round(inside.height * shape / 2), inside.height)
