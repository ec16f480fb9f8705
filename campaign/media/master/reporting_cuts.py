"""What a master report tells of jumps that may be cuts. Pure."""

from collections.abc import Iterator

from campaign.media.detection.detected import Detected
from campaign.model.edit import MasterEdit
from campaign.model.master_report import Fact, Verdict
from campaign.model.timecode import START, timecode_at

LISTED = 12
"""As many are told by frame."""


def possible_cuts_of(edit: MasterEdit, seen: Detected) -> Iterator[Fact]:
    """Where shots were found by their cuts: which jumps were too small for one. Whoever lists shots has decided."""
    if not any(shot.found.startswith("scdet") for shot in edit.shots):
        return
    if not seen.near:
        yield Fact("possible cuts", "none")
        return
    places = [
        f"frame {jump.frame} ({timecode_at(jump.frame, edit.rate, edit.timecode or START)}, scdet {jump.score:.1f})"
        for jump in seen.near
    ]
    more = [f"{len(places) - LISTED} more"] if len(places) > LISTED else []
    at = seen.near[0].frame
    yield Fact(
        "possible cuts",
        f"{len(places)}: {', '.join([*places[:LISTED], *more])}",
        Verdict.TOLD,
        "Each jumps clear of what moves around it, but scores less than the 10 of a cut, and was left inside its shot. Look "
        "there; if one is a cut, name your edit list as inputs.cuts, or give every [[shots]] of campaign.toml start and "
        f"end: one with end = {at}, the next with start = {at}.",
    )
