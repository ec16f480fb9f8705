"""Pins: a final is held to the very pictures of the draft that a person approved, and to no others."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from builders import a_template, a_variant, an_edit
from decided import decision, film_of, pinned_plan, words_of
from hypothesis import given
from hypothesis import strategies as st
from plans import a_brief, a_campaign, a_capability, a_catalogue, a_limit, a_plan

from campaign.model.approvals import Verdict
from campaign.model.campaign import Brief
from campaign.model.controls import Controls
from campaign.model.edit import MasterEdit, Shot, Treatment
from campaign.model.jobs import Job, Operation
from campaign.model.plan import Film, Plan
from campaign.model.prompts import Keyframe
from campaign.planning.pins import MOST_IN_APP, pinned_frames

MASTER = replace(
    an_edit(shots=1, frames=192),
    shots=(
        Shot(id="hero", start_frame=0, end_frame=97),
        Shot(id="table", start_frame=97, end_frame=160),
        Shot(id="end-card", start_frame=160, end_frame=192, treatment=Treatment(modify=False)),
    ),
)
DE, AT, FR = "de-de-winter-families 9:16", "at 9:16", "fr 9:16"
TWIN = a_variant(key="at", line=3, market="AT", locale="de-AT", demographic="singles")


def another(key: str, line: int, setting: str) -> Any:
    cells = dict(a_variant().values) | {"setting": setting}
    return a_variant(key=key, line=line, market="FR", locale="fr-FR", demographic=key, values=tuple(cells.items()))


BRIEF = a_brief(a_variant(), TWIN, another("fr", 4, "a lane"))
DRAFT = a_plan(BRIEF, MASTER, draft=True)


def final(*decisions: Any, brief: Brief = BRIEF, master: MasterEdit = MASTER, **changes: Any) -> Plan:
    return a_plan(brief, master, **pinned_plan(DRAFT, decisions), **changes)


def modifies(plan: Plan, film: Film) -> list[Job]:
    jobs = [plan.jobs[key].job for key in film.jobs]
    return [job for job in jobs if job.operation is Operation.MODIFY]


def pins(plan: Plan, film_id: str) -> list[list[int]]:
    """The pinned frames of each modify of a film."""
    jobs = modifies(plan, film_of(plan, film_id))
    return [[each.frame for each in job.keyframes if each.pinned] for job in jobs]


def keys(plan: Plan, film_id: str) -> list[str]:
    return [job.key for job in modifies(plan, film_of(plan, film_id))]


def test_a_final_is_pinned_by_first_and_last_frame_and_one_every_two_seconds_of_each_approved_take() -> None:
    plan = final(decision(DRAFT, DE))
    assert pins(plan, DE) == [[0, 48, 96], [97, 159]]
    jobs = modifies(plan, film_of(plan, DE))
    take = decision(DRAFT, DE).takes[0]
    assert [each.path for each in jobs[0].keyframes] == [f"/stills/{take.sha256[:8]}-{n}.png" for n in (0, 48, 96)]
    reframes = [plan.jobs[key].job for key in film_of(plan, DE).jobs[2:]]
    assert [job.keyframes for job in reframes] == [(), ()]


def test_every_ratio_of_a_row_hangs_on_the_same_pinned_modifies() -> None:
    plan = final(decision(DRAFT, DE))
    of_row = {tuple(keys(plan, film.id)) for film in plan.films if film.variant.key == "de-de-winter-families"}
    assert len(of_row) == 1


def test_the_finals_key_follows_the_pixels_of_the_approved_draft_and_not_where_their_pictures_lie() -> None:
    plain, approval = final(), decision(DRAFT, DE)
    pinned = final(approval)
    assert keys(pinned, DE) != keys(plain, DE)
    assert keys(pinned, FR) == keys(plain, FR)
    repainted = replace(approval, takes=tuple(replace(take, sha256="1" * 64) for take in approval.takes))
    assert keys(final(repainted), DE) != keys(pinned, DE)
    order = pinned_plan(DRAFT, [approval])
    moved = {take: tuple(replace(each, path="/x") for each in found) for take, found in order["stills"].items()}
    assert keys(a_plan(BRIEF, MASTER, decisions=[approval], stills=moved), DE) == keys(pinned, DE)


def test_rows_that_share_a_draft_share_the_final() -> None:
    for approved in ([DE], [AT], [DE, AT]):
        plan = final(*(decision(DRAFT, film) for film in approved))
        assert keys(plan, DE) == keys(plan, AT)
        assert pins(plan, AT) == [[0, 48, 96], [97, 159]]


def test_a_row_whose_own_draft_was_made_anew_is_held_to_that_one() -> None:
    ask = modifies(DRAFT, film_of(DRAFT, DE))[0].ask_key
    anew = a_plan(BRIEF, MASTER, draft=True, editions={("at", ask): 2})
    own, twins = decision(anew, AT), decision(DRAFT, DE)
    assert own.takes[0] != twins.takes[0]
    assert own.takes[1] == twins.takes[1]
    for listed in ([own, twins], [twins, own]):
        plan = final(*listed)
        shared = [keys(plan, DE)[n] == keys(plan, AT)[n] for n in (0, 1)]
        assert shared == [False, True]


def test_the_newest_approval_of_a_film_pins_it_and_a_later_rejection_does_not_make_another_job_of_it() -> None:
    first = decision(DRAFT, DE)
    second = replace(first, takes=tuple(replace(take, sha256="2" * 64) for take in first.takes))
    rejected = replace(second, verdict=Verdict.REJECTED, at=first.at + timedelta(days=1))
    assert keys(final(first, second), DE) == keys(final(second), DE) != keys(final(first), DE)
    assert keys(final(first, second, rejected), DE) == keys(final(second), DE)
    assert keys(final(rejected), DE) == keys(final(), DE)


@pytest.mark.parametrize(
    "changed",
    [
        {"brief": a_brief(a_variant(values=(("setting", "a square "), ("light", "overcast"))))},
        {"brief": a_brief(campaign=a_campaign(modify_controls=Controls(strength="flex_2")))},
        {"brief": a_brief(campaign=a_campaign(focus=(0.1, 0.5)))},
        {"master": replace(MASTER, sha256="f" * 64)},
        {"master": replace(MASTER, shots=(Shot(id="hero", start_frame=0, end_frame=192),))},
        {
            "master": replace(
                MASTER,
                shots=(*MASTER.shots[:2], replace(MASTER.shots[2], treatment=Treatment(modify=False, fit="crop"))),
            )
        },
        {"uses": {"global_campaign": frozenset({"setting", "light"}), "reframe": frozenset({"setting"})}},
    ],
    ids=["prompt", "controls", "focus", "master", "cuts", "end card", "reframe prompt"],
)
def test_nothing_is_pinned_once_the_words_or_what_they_are_said_of_are_others(changed: Mapping[str, Any]) -> None:
    draft = a_plan(a_brief(), MASTER, draft=True)
    approval = decision(draft, DE)
    asked = {"brief": a_brief(), "master": MASTER, **changed}
    assert pins(a_plan(a_brief(), MASTER, **pinned_plan(draft, [approval])), DE) != [[], []]
    plan = a_plan(**asked, **pinned_plan(draft, [approval]))
    assert not any(each.pinned for planned in plan.jobs.values() for each in planned.job.keyframes)


def test_tier_hdr_and_edition_are_no_words() -> None:
    deep = replace(
        BRIEF,
        templates={**BRIEF.templates, "global_campaign": a_template(hdr=True, controls=Controls(strength="flex_1"))},
    )
    draft = a_plan(deep, MASTER, draft=True)
    asks = {("de-de-winter-families", job.ask_key): 3 for job in modifies(draft, film_of(draft, DE))}
    plans = [draft, a_plan(deep, MASTER), a_plan(deep, MASTER, draft=True, editions=asks)]
    assert len({words_of(plan, film_of(plan, DE)) for plan in plans}) == 1
    plan = a_plan(deep, MASTER, **pinned_plan(draft, [decision(draft, DE)]))
    assert [job.hdr for job in modifies(plan, film_of(plan, DE))] == [True, True]
    assert pins(plan, DE) == [[0, 48, 96], [97, 159]]


def test_a_pinned_final_says_the_words_of_its_draft() -> None:
    approval = decision(DRAFT, DE)
    plan = final(approval)
    assert words_of(plan, film_of(plan, DE)) == approval.prompt_sha256


def test_a_picture_that_a_template_names_goes_before_the_draft_on_its_frame() -> None:
    named = (Keyframe(frame=48, path="beat.png", sha256="b" * 64), Keyframe(frame=20, path="turn.png", sha256="c" * 64))
    template = a_template(keyframes=named, controls=Controls(strength="flex_1"))
    brief = replace(BRIEF, templates={**BRIEF.templates, "global_campaign": template})
    draft = a_plan(brief, MASTER, draft=True)
    plan = a_plan(brief, MASTER, **pinned_plan(draft, [decision(draft, DE)]))
    told = [(each.frame, each.pinned) for each in modifies(plan, film_of(plan, DE))[0].keyframes]
    assert told == [(0, True), (20, False), (48, False), (96, True)]


@pytest.mark.parametrize(("limit", "named", "expected"), [(64, 14, 2), (64, 16, 0), (3, 0, 3), (2, 0, 2), (1, 0, 1)])
def test_pins_take_only_the_room_that_provider_and_app_leave(limit: int, named: int, expected: int) -> None:
    frames = tuple(Keyframe(frame=200 + n, path=f"{n}.png", sha256=f"{n:064x}") for n in range(named))
    template = a_template(keyframes=frames, controls=Controls(strength="flex_1"))
    luma = a_capability()
    luma = replace(luma, modify=replace(luma.modify, max_keyframes=a_limit(limit), max_seconds=a_limit(None)))
    shots = (Shot(id="hero", start_frame=0, end_frame=24 * 40),)
    brief = a_brief(catalogue=a_catalogue(luma=replace(luma, reframe=replace(luma.reframe, max_seconds=a_limit(None)))))
    brief = replace(brief, templates={**brief.templates, "global_campaign": template})
    master = replace(an_edit(shots=1, frames=24 * 40), shots=shots)
    draft = a_plan(brief, master, draft=True)
    plan = a_plan(brief, master, **pinned_plan(draft, [decision(draft, DE)]))
    assert plan.own_refusals == ()
    found = modifies(plan, film_of(plan, DE))[0].keyframes
    assert sum(each.pinned for each in found) == expected
    if expected > 1:
        assert {0, 24 * 40 - 1} <= {each.frame for each in found}


@given(frames=st.integers(1, 5000), rate=st.sampled_from([Fraction(24000, 1001), Fraction(25), Fraction(60)]))
def test_pinned_frames_begin_and_end_the_segment_and_are_never_too_many(frames: int, rate: Fraction) -> None:
    found = pinned_frames(frames, rate)
    assert found[0] == 0
    assert found[-1] == frames - 1
    assert list(found) == sorted(set(found))
    assert len(found) <= MOST_IN_APP
    gaps = [later - earlier for earlier, later in pairwise(found)]
    assert all(1 <= gap / rate <= 3.1 for gap in gaps) or frames < 4 * rate or len(found) == MOST_IN_APP


def test_a_rehearsal_pins_nothing_and_drafts_of_another_engine_neither_and_both_are_said() -> None:
    local = a_plan(BRIEF, MASTER, provider="local", draft=True)
    approval = decision(local, DE)
    for provider, level, words in (
        ("luma", "warning", "the approved drafts of 1 film are by local/1"),
        ("local", "info", "no guide"),
    ):
        plan = a_plan(BRIEF, MASTER, provider=provider, **pinned_plan(local, [approval]))
        assert not any(planned.job.keyframes for planned in plan.jobs.values())
        told = [fault for fault in plan.faults if fault.rule == "plan.pins"]
        assert [fault.level for fault in told] == [level]
        assert words in told[0].problem
    assert not [fault for fault in final(decision(DRAFT, DE)).faults if fault.rule == "plan.pins"]


def test_without_decisions_a_plan_is_what_it_was_and_a_draft_is_never_pinned() -> None:
    assert final() == a_plan(BRIEF, MASTER)
    order = pinned_plan(DRAFT, [decision(DRAFT, DE)])
    assert list(a_plan(BRIEF, MASTER, draft=True, **order).jobs) == list(DRAFT.jobs)


def test_regenerating_a_pinned_final_bumps_the_pinned_ask() -> None:
    approval = decision(DRAFT, DE)
    asks = {
        ("de-de-winter-families", job.ask_key): 2 for job in modifies(final(approval), film_of(final(approval), DE))
    }
    again = final(approval, editions=asks)
    assert [job.edition for job in modifies(again, film_of(again, DE))] == [2, 2]
    assert pins(again, DE) == [[0, 48, 96], [97, 159]]
    assert keys(again, AT) == keys(final(approval), AT)
    assert keys(again, AT) != keys(again, DE)
