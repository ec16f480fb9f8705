"""Which limits of the providers a master breaks, and what becomes of it."""

from dataclasses import replace

from builders import an_edit
from plans import a_brief, a_campaign, a_capability, a_catalogue, a_limit, a_plan

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
