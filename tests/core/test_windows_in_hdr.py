"""Windows on what is made in HDR: a crop is a job, for its HDR crop beside the film; the draft's words are the final's."""

from dataclasses import replace

import pytest
from builders import a_template, an_edit
from plans import a_brief, a_campaign, a_plan

from campaign.model.jobs import Framing, How
from campaign.model.plan import Film, Plan
from campaign.model.ratios import AspectRatio
from campaign.planning.words import Words

SQUARE = AspectRatio("1:1")


def planned(how: How, focus: tuple[float, float] = (0.25, 0.5), *, draft: bool = False) -> tuple[Plan, Film]:
    brief = a_brief(campaign=a_campaign(ratios=(SQUARE,), how={SQUARE: how}, focus=focus))
    brief = replace(brief, templates={**brief.templates, "global_campaign": a_template(hdr=True)})
    plan = a_plan(brief, an_edit(shots=1, frames=96), draft=draft)
    return plan, plan.films[0]


def words(plan: Plan, film: Film) -> str:
    return Words(lambda key: plan.jobs[key].job).of(film)


def test_a_crop_of_hdr_is_a_job_and_a_pad_is_not() -> None:
    plan, film = planned(How.CROP)
    modify, crop = (plan.jobs[key].job for key in film.jobs)
    assert modify.deep and crop.hdr and crop.framing == Framing(How.CROP, (0.25, 0.5))
    assert [(piece.key, piece.fit) for piece in film.pieces] == [(crop.key, "crop")]
    assert not film.window
    plan, film = planned(How.PAD)
    assert [(piece.key, piece.fit, piece.focus) for piece in film.pieces] == [(film.jobs[0], "pad", (0.25, 0.5))]
    assert len(plan.jobs) == 1 and film.window


@pytest.mark.parametrize("focus", [(0.5, 0.5), (0.25, 0.5)])
@pytest.mark.parametrize("how", [How.CROP, How.PAD, How.TRACK])
def test_a_draft_in_sdr_says_what_its_final_in_hdr_says(how: How, focus: tuple[float, float]) -> None:
    assert words(*planned(how, focus, draft=True)) == words(*planned(how, focus))


def test_a_window_that_moves_or_turns_into_bars_says_something_else() -> None:
    said = [planned(How.CROP, (0.5, 0.5)), planned(How.CROP), planned(How.PAD, (0.5, 0.5)), planned(How.PAD)]
    assert len({words(*each) for each in said}) == 4
