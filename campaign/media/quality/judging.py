"""The verdict on a measured film. Pure: what was measured, what was ordered, findings out."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files

from campaign.media.quality.checks import judge_file, judge_loudness, judge_picture, judge_shape, judge_sound
from campaign.media.quality.measures import Compared, Measures, measured_by
from campaign.media.quality.picture_checks import (
    judge_changed,
    judge_levels,
    judge_own,
    judge_regions,
    judge_seams,
    judge_subjects,
)
from campaign.media.quality.spec_checks import NOTHING, finding, judge_spec, unchecked
from campaign.model.edit import MasterEdit
from campaign.model.plan import Output
from campaign.model.qc import Finding, QCReport, Region
from campaign.model.rates import Cadence, rate_text
from campaign.model.timecode import timecode_in

JUDGES = ("judging.py", "checks.py", "spec_checks.py", "picture_checks.py")


@lru_cache(maxsize=1)
def judges() -> str:
    """A mark of all limits and rules that verdicts follow: of the code itself, so that no change of it is forgotten."""
    folder = files("campaign.media.quality")
    return hashlib.sha256(b"".join(folder.joinpath(name).read_bytes() for name in JUDGES)).hexdigest()[:32]


def verdict_mark(regions: tuple[Region, ...]) -> str:
    """A mark of all that a verdict hangs on but the film and its spec: limits, rules, and what is measured."""
    return f"{judges()} {measured_by(regions)}"


def judge(measures: Measures, output: Output, master: MasterEdit, told: tuple[Finding, ...] = ()) -> QCReport:
    """Every finding about a film that was made of `master` as `output`, the gravest first; what was `told` of its making
    comes last."""
    return QCReport((*sorted(_findings(measures, output, master), key=_gravest), *told))


def _findings(measures: Measures, output: Output, master: MasterEdit) -> Iterator[Finding]:
    facts, packing, seen = measures.facts, measures.packing, measures.seen
    if output.cadence is not None:
        yield _cadence_told(output.cadence, master)
        master = _in_cadence(master, output.cadence)
    yield from judge_file(facts, output, master)
    yield from judge_shape(measures.coded, measures.shown)
    yield from judge_spec(facts, packing, output, master, audible=seen.loudness_lufs is not None)
    yield unchecked(output.spec, packing)
    yield from judge_picture(seen, measures.own, facts, measures.still)
    if facts.audio is not None:
        yield from judge_loudness(seen, output.spec)
    if measures.likeness is not None:
        yield from judge_sound(measures.likeness, facts.rate)
    if measures.compared is not None:
        yield from _compared(measures.compared)


def _in_cadence(master: MasterEdit, cadence: Cadence) -> MasterEdit:
    start = master.timecode and timecode_in(master.timecode, cadence)
    return replace(master, rate=cadence.rate, frames=cadence.frames(master.frames), timecode=start)


def _compared(found: Compared) -> Iterator[Finding]:
    """Drift, seams, levels, regions, subjects. What cannot be compared is told once."""
    for stretch in found.changed:
        yield from judge_changed(stretch.shot, stretch.drifts)
    yield from judge_own(found.passed, found.explained)
    yield from judge_seams(found.seams)
    yield from judge_levels(found.outside, found.own_outside)
    yield from judge_regions(found.regions, found.unseen)
    yield from judge_subjects(found.subjects)
    if found.unknown:
        text = f"not checked: drift of shots {', '.join(found.unknown)}, which show what no rule can tell"
        yield finding("not_checked", "info", text, NOTHING, NOTHING)


def _cadence_told(cadence: Cadence, master: MasterEdit) -> Finding:
    shown = f"{cadence.frames(master.frames)} frames at {rate_text(cadence.rate)}"
    own = f"the master's {master.frames} at {rate_text(master.rate)}"
    return finding("cadence", "info", cadence.words(master.rate), shown, own)


def _gravest(finding: Finding) -> int:
    return ("error", "warning", "info").index(finding.severity)
