"""Which limits of the providers a master breaks, and what becomes of it."""

from dataclasses import replace
from fractions import Fraction

import pytest
from builders import an_edit
from plans import a_brief, a_campaign, a_capability, a_catalogue, a_limit, a_plan

from campaign.intake.catalogue import read_catalogue
from campaign.model.edit import Treatment
from campaign.model.master_report import Verdict
from campaign.planning.master_limits import broken_limits


def test_a_shot_that_is_too_long_tells_where_it_is_split() -> None:
    engine = replace(
        a_capability(), modify=replace(a_capability().modify, max_seconds=a_limit(18), max_fps=a_limit(60))
    )
    (broken,) = broken_limits(an_edit(shots=1, frames=24 * 20), {"luma": engine}, ())
    assert (broken.provider, broken.rule, broken.verdict) == ("luma", "luma.edit.seconds", Verdict.MENDED)
    assert "20.00 s" in broken.problem and "split at frame" in broken.sentence


def test_what_the_plan_refuses_of_the_master_is_said_once_in_its_words() -> None:
    engine = replace(a_capability(), modify=replace(a_capability().modify, max_fps=a_limit(20)))
    plan = a_plan(replace(a_brief(campaign=a_campaign()), catalogue=a_catalogue(luma=engine)))
    found = [
        each for each in broken_limits(plan.master, {"luma": engine}, plan.refusals) if each.rule == "luma.edit.fps"
    ]
    (refusal,) = [each for each in plan.refusals if each.rule == "luma.edit.fps"]
    assert [(each.verdict, each.problem, each.sentence) for each in found] == [
        (Verdict.REFUSED, f"master: {refusal.problem}", refusal.cure)
    ]


def test_what_nobody_states_is_told_as_not_checked() -> None:
    silent = replace(a_limit(0), value=None)
    engine = replace(a_capability(), modify=replace(a_capability().modify, max_fps=silent))
    found = broken_limits(an_edit(), {"luma": engine}, ())
    assert [each.verdict for each in found] == [Verdict.TOLD] and "Not checked" in found[0].sentence


SOLD, FRAMES, SPLIT, SILENT = "edit.lengths", "edit.frames", "edit.seconds", "unproved"


@pytest.mark.parametrize(
    ("rate", "frames", "luma", "fal"),
    [
        ("24", 120, {SILENT}, {SILENT}),
        ("24", 130, {SILENT}, {SILENT, SOLD}),
        ("24", 240, {SILENT}, {SILENT}),
        ("24", 420, {SILENT}, {SILENT, SPLIT, SOLD}),
        ("24", 432, {SILENT, FRAMES}, {SILENT, SPLIT, SOLD}),
        ("24", 480, {SILENT, SPLIT}, {SILENT, SPLIT}),
        ("24000/1001", 119, {SILENT}, {SILENT}),
        ("24000/1001", 120, {SILENT}, {SILENT, SOLD}),
        ("25", 430, {SILENT, FRAMES}, {SILENT, SPLIT, SOLD}),
        ("30", 450, {SILENT, FRAMES}, {SILENT, SPLIT}),
        ("60", 360, {SILENT}, {SILENT, SOLD}),
        ("60", 480, {SILENT, FRAMES}, {SILENT, FRAMES, SOLD}),
    ],
)
def test_each_limit_of_the_documents_that_a_master_breaks_is_told(
    rate: str, frames: int, luma: set[str], fal: set[str]
) -> None:
    found = broken_limits(an_edit(shots=1, frames=frames, rate=Fraction(rate)), read_catalogue().providers, ())
    told = {name: {each.rule.partition(".")[2] for each in found if each.provider == name} for name in ("luma", "fal")}
    assert told == {"luma": luma, "fal": fal}
    assert all(each.sentence and each.problem for each in found)
    assert not [each for each in found if each.provider == "local"]


def test_what_fal_lengthens_is_named_with_what_becomes_of_it() -> None:
    master = an_edit(shots=6, frames=6 * 100)
    (padded,) = [
        each for each in broken_limits(master, read_catalogue().providers, ()) if each.rule == "fal.edit.lengths"
    ]
    assert padded.verdict is Verdict.MENDED and "its last frame held" in padded.sentence
    assert padded.problem.startswith("sells 5 or 10 s, shot-1 lasts 4.17 s") and padded.problem.endswith("and 2 more")


def test_a_shot_that_nobody_is_asked_for_breaks_no_limit() -> None:
    master = an_edit(shots=1, frames=432)
    kept = replace(master, shots=(replace(master.shots[0], treatment=Treatment(modify=False)),))
    assert {each.rule for each in broken_limits(kept, read_catalogue().providers, ())} <= {
        f"{name}.unproved" for name in ("luma", "runware", "fal")
    }
