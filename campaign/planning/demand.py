"""Demand: what a plan asks of whichever provider makes it, so that all of them can be priced and checked alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from campaign.model.campaign import Campaign
from campaign.model.catalogue import Capability
from campaign.model.edit import MasterEdit, Segment
from campaign.model.prompts import Template
from campaign.model.ratios import AspectRatio
from campaign.planning.segments import segments_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is to be generated, before anybody is chosen to do it.

    `templates` names those that each shot (by index) is modified with. `modifies` counts the different modifies asked of
    each (shot, hdr, exr) and `reframes` the different reframes asked of each shot, over all ratios in `generated`: those
    to be bought, not derived or cropped. `cropped` are ratios that are cropped instead, since nobody reframes HDR.
    """

    campaign: Campaign
    master: MasterEdit
    draft: bool
    templates: Mapping[int, tuple[Template, ...]]
    modifies: Mapping[tuple[int, bool, bool], int]
    reframes: Mapping[int, int]
    generated: tuple[AspectRatio, ...]
    cropped: tuple[AspectRatio, ...] = ()

    def pieces(self, engine: Capability) -> tuple[tuple[int, Segment], ...]:
        """The segments that `engine` would be asked to modify, each with its shot's index."""
        shots = {shot: index for index, shot in enumerate(self.master.shots)}
        segments = segments_for(self.master, engine)
        return tuple((shots[segment.shot], segment) for segment in segments if segment.shot.treatment.modify)

    def resolution(self, engine: Capability) -> str:
        """The tier that `engine` would work at."""
        return resolution_of(self.campaign, engine, self.draft)


def resolution_of(campaign: Campaign, engine: Capability, draft: bool) -> str:
    """The tier of a plan: the campaign's final, or its draft tier, else the cheapest that the engine has."""
    return (campaign.draft or engine.draft) if draft else campaign.final


def in_sdr(engine: Capability, draft: bool) -> bool:
    """Whether HDR and EXR are left out: a draft judges direction (360p is SDR everywhere), a rehearsal is never HDR."""
    return draft or not engine.generative


def seconds(segment: Segment, master: MasterEdit) -> Fraction:
    """The exact length of a segment."""
    return segment.frames / master.rate
