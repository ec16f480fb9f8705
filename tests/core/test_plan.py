import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from builders import a_template, a_variant, an_edit
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import a_brief, a_campaign, a_capability, a_catalogue, a_limit, a_plan, said

from campaign.errors import InputError
from campaign.model.controls import Controls
from campaign.model.edit import Shot, Treatment
from campaign.model.faults import Level
from campaign.model.jobs import How, Operation
from campaign.model.looks import LookBook
from campaign.model.outcomes import Reason
from campaign.model.plan import Film, Plan
from campaign.model.prompts import Keyframe
from campaign.model.qc import Region
from campaign.model.ratios import AspectRatio, Size
from campaign.model.variants import Variant
from campaign.planning.expand import expand

SHOTS = (
    Shot(id="hero", start_frame=0, end_frame=97, treatment=Treatment(focus=(0.3, 0.5))),
    Shot(id="table", start_frame=97, end_frame=150),
    Shot(id="end-card", start_frame=150, end_frame=192, treatment=Treatment(modify=False, fit="pad")),
)
MASTER = an_edit(shots=1, frames=192)
MASTER = replace(MASTER, shots=SHOTS)


def ratios(*labels: str) -> tuple[AspectRatio, ...]:
    return tuple(AspectRatio(label) for label in labels)


def a_row(key: str, line: int, setting: str = "a square", **changes: Any) -> Variant:
    cells = dict(a_variant().values) | {"setting": setting}
    return a_variant(**{"key": key, "line": line, "demographic": key, "values": tuple(cells.items()), **changes})


def film(plan: Plan, film_id: str) -> Film:
    return next(each for each in plan.films if each.id == film_id)


def test_the_plan_of_a_small_campaign(golden: Callable[[str, str], None]) -> None:
    rows = (
        a_row("de-families", 2, "a snowy market square"),
        a_row("jp-young", 3, "a cherry lane", market="JP", locale="ja-JP", season="spring", priority=2),
        a_row("de-seniors", 4, "a snowy market square", controls=Controls(strength="adhere_3")),
    )
    golden("plan.json", as_text(a_plan(a_brief(*rows), MASTER)))


def test_the_rehearsal_of_a_small_campaign(golden: Callable[[str, str], None]) -> None:
    book = LookBook(season={"winter": {"exposure": 0.2}}, market={}, light={"overcast": {"saturation": 0.8}})
    campaign = a_campaign(provider="local", how=dict(zip(ratios("1:1"), [How.BLUR], strict=True)))
    golden("plan-local-draft.json", as_text(a_plan(a_brief(campaign=campaign, looks=book), MASTER, draft=True)))


def as_text(plan: Plan) -> str:
    jobs = [
        {
            "key": key,
            "what": f"{planned.job.operation} {planned.job.segment.name} {planned.job.ratio or ''}".strip(),
            "how": planned.job.framing.how if planned.job.framing else None,
            "focus": planned.job.framing.focus if planned.job.framing else None,
            "at": f"{planned.provider} {planned.job.model} {planned.job.resolution} {planned.job.size}",
            "parent": planned.job.parent[:12] if planned.job.parent else None,
            "prompt": planned.job.prompt.text,
            "usd": str(planned.price_usd),
            "variants": planned.variants,
            "priority": planned.priority,
        }
        for key, planned in plan.jobs.items()
    ]
    films = [
        {
            "film": each.id,
            "how": each.how,
            "edition": each.edition,
            "pieces": [
                f"{p.segment.start_frame}-{p.segment.end_frame} {p.key[:12] if p.key else ''} {p.fit} {p.focus}"
                for p in each.pieces
            ],
            "jobs": [key[:12] for key in each.jobs],
            "outputs": [[o.file, str(o.size), str(o.upscaled_from), o.spec.id, o.key] for o in each.outputs],
        }
        for each in plan.films
    ]
    prices = {name: str(price) for name, price in plan.prices.items()}
    return json.dumps({"prices": prices, "jobs": jobs, "films": films}, indent=1) + "\n"


def test_a_film_in_the_masters_own_ratio_is_the_modify_itself() -> None:
    plan = a_plan(master=MASTER)
    own = film(plan, "de-de-winter-families 16:9")
    assert {plan.jobs[key].job.operation for key in own.jobs} == {Operation.MODIFY}
    assert [piece.key is None for piece in own.pieces] == [False, False, True]
    assert (own.pieces[2].fit, own.pieces[2].focus) == ("pad", (0.5, 0.5))


def test_a_derived_ratio_hangs_on_its_neighbour_which_is_bought_although_nobody_asked_for_it() -> None:
    plan = a_plan(a_brief(campaign=a_campaign(ratios=ratios("4:5"))), MASTER)
    (only,) = plan.films
    chain = [plan.jobs[key] for key in only.jobs]
    assert [(each.provider, each.job.ratio and each.job.ratio.label) for each in chain] == [
        ("luma", None),
        ("luma", None),
        ("luma", "3:4"),
        ("luma", "3:4"),
    ]
    assert [each.job.parent for each in chain[2:]] == [each.job.key for each in chain[:2]]
    assert all(each.price_usd > 0 for each in chain)
    assert only.how is How.DERIVE and not only.window
    assert shown(only) == [(key, "crop", (0.5, 0.5)) for key in only.jobs[2:]]


def shown(film: Film) -> list[tuple[str, str, tuple[float, float]]]:
    """What a film shows of jobs, and how."""
    return [(piece.key, piece.fit, piece.focus) for piece in film.pieces if piece.key]


def local_film(plan: Plan, label: str) -> Film:
    return film(plan, f"de-de-winter-families {label}")


def test_a_ratio_derived_from_the_masters_own_is_cropped_from_the_modify() -> None:
    plan = a_plan(a_brief(campaign=a_campaign(ratios=ratios("1.91:1"))), MASTER)
    assert [plan.jobs[key].job.ratio for key in plan.films[0].jobs] == [None, None]
    assert shown(plan.films[0]) == [(key, "crop", (0.5, 0.5)) for key in plan.films[0].jobs]
    assert plan.films[0].window


@pytest.mark.parametrize("how", [How.BLUR, How.TRACK])
def test_a_ratio_made_locally_costs_nothing_whoever_is_the_provider(how: How) -> None:
    plan = a_plan(a_brief(campaign=a_campaign(ratios=ratios("9:16"), how={AspectRatio("9:16"): how})), MASTER)
    reframes = [each for each in plan.jobs.values() if each.job.operation is Operation.REFRAME]
    assert {(each.provider, each.job.model, each.price_usd) for each in reframes} == {("local", "local/1", 0)}
    assert {each.job.framing.how for each in reframes if each.job.framing} == {how}


@pytest.mark.parametrize("provider", ["local", "luma"])
@pytest.mark.parametrize("how", [How.CROP, How.PAD])
def test_a_static_crop_or_pad_is_a_window_on_the_modify_and_no_job(how: How, provider: str) -> None:
    campaign = a_campaign(ratios=ratios("16:9", "9:16"), how={AspectRatio("9:16"): how}, focus=(0.25, 0.5))
    plan = a_plan(a_brief(campaign=campaign), MASTER, provider=provider)
    tall, own = local_film(plan, "9:16"), local_film(plan, "16:9")
    assert {each.job.operation for each in plan.jobs.values()} == {Operation.MODIFY}
    assert tall.jobs == own.jobs
    assert shown(tall) == [(own.jobs[0], how.value, (0.3, 0.5)), (own.jobs[1], how.value, (0.25, 0.5))]
    assert (tall.how, tall.window, own.how, own.window) == (how, True, None, False)
    assert tall.outputs[0].size == Size(720, 1280)


def test_a_window_that_moves_or_turns_into_bars_is_another_file_and_no_other_job() -> None:
    def tall(**changes: object) -> Film:
        how = changes.pop("how", How.CROP)
        campaign = a_campaign(ratios=ratios("9:16"), how={AspectRatio("9:16"): how}, **changes)
        return a_plan(a_brief(campaign=campaign), MASTER).films[0]

    films = [tall(), tall(focus=(0.25, 0.5)), tall(how=How.PAD)]
    assert len({each.outputs[0].key for each in films}) == 3
    assert len({each.jobs for each in films}) == 1


@pytest.mark.parametrize("how", [How.CROP, How.PAD])
def test_a_ratio_derived_from_a_window_is_that_window_on_the_same_result_in_its_own_shape(how: How) -> None:
    campaign = a_campaign(ratios=ratios("4:5"), how={AspectRatio("3:4"): how})
    (only,) = a_plan(a_brief(campaign=campaign), MASTER).films
    assert only.how is how
    assert shown(only) == [(only.jobs[0], how.value, (0.3, 0.5)), (only.jobs[1], how.value, (0.5, 0.5))]


def test_the_local_engine_rehearses_generated_ratios_with_a_tracked_crop_unless_a_shot_says_where_to_look() -> None:
    plan = a_plan(a_brief(campaign=a_campaign(provider="local", ratios=ratios("9:16", "4:5"))), MASTER)
    framings = [each.job.framing for each in plan.jobs.values() if each.job.framing]
    assert [(framing.how, framing.focus) for framing in framings] == [(How.TRACK, (0.5, 0.5))] * 2
    for label in ("9:16", "4:5"):
        made = local_film(plan, label)
        assert shown(made) == [(made.jobs[0], "crop", (0.3, 0.5)), (made.jobs[2], "crop", (0.5, 0.5))]
    assert all(each.job.look is not None for each in plan.jobs.values() if each.job.operation is Operation.MODIFY)


def test_rows_that_ask_the_same_share_their_jobs_and_one_pays() -> None:
    twin = a_row("two", 3, priority=5)
    plan = a_plan(a_brief(a_row("one", 2), twin), MASTER)
    alone = a_plan(a_brief(a_row("one", 2)), MASTER)
    assert list(plan.jobs) == list(alone.jobs)
    assert {(each.variants, each.priority) for each in plan.jobs.values()} == {(("one", "two"), 5)}
    assert plan.prices == alone.prices
    assert film(plan, "one 9:16").outputs[0].key == film(plan, "two 9:16").outputs[0].key


def test_rows_with_another_look_do_not_share_on_the_local_engine_but_are_priced_as_one_elsewhere() -> None:
    book = LookBook(season={"summer": {"exposure": 0.3}}, market={}, light={})
    rows = (a_row("one", 2), a_row("two", 3, season="summer"))
    local = a_plan(a_brief(*rows, looks=book), MASTER, provider="local")
    assert not set(film(local, "one 16:9").jobs) & set(film(local, "two 16:9").jobs)
    assert local.prices["luma"] == a_plan(a_brief(*rows, looks=book), MASTER).prices["luma"]


def test_changing_one_cell_changes_only_that_rows_jobs() -> None:
    before = a_plan(a_brief(a_row("one", 2, "a lane"), a_row("two", 3, "a park")), MASTER)
    after = a_plan(a_brief(a_row("one", 2, "a lane"), a_row("two", 3, "a pier")), MASTER)
    for label in ("16:9", "9:16", "1:1", "4:5"):
        assert film(before, f"one {label}") == film(after, f"one {label}")
        assert not set(film(before, f"two {label}").jobs) & set(film(after, f"two {label}").jobs)


def test_a_new_prompt_for_the_reframe_leaves_the_modifies_alone() -> None:
    uses = {"reframe": frozenset({"light"}), "global_campaign": frozenset({"setting"})}
    before = a_plan(a_brief(a_variant()), MASTER, uses=uses)
    cells = tuple((name, "sunny" if name == "light" else cell) for name, cell in a_variant().values)
    after = a_plan(a_brief(a_variant(values=cells)), MASTER, uses=uses)
    kept = set(before.jobs) & set(after.jobs)
    assert {before.jobs[key].job.operation for key in kept} == {Operation.MODIFY}
    assert len(kept) == 2


def test_an_edition_changes_that_job_its_descendants_and_nothing_else() -> None:
    brief = a_brief(a_row("one", 2), a_row("two", 3))
    plan = a_plan(brief, MASTER)
    modify = plan.jobs[film(plan, "one 16:9").jobs[0]].job
    bumped = a_plan(brief, MASTER, editions={("one", modify.ask_key): 2})
    before, after = film(plan, "one 4:5"), film(bumped, "one 4:5")
    changed = [one != other for one, other in zip(before.jobs, after.jobs, strict=True)]
    assert changed == [True, False] * 2
    assert after.edition == 2
    assert [film(bumped, f"two {each}") for each in ("16:9", "4:5")] == [
        film(plan, f"two {each}") for each in ("16:9", "4:5")
    ]
    asks = [plan.jobs[key].job.ask_key for key in before.jobs]
    assert [bumped.jobs[key].job.ask_key for key in after.jobs] == asks


def test_editions_of_the_modify_and_of_the_neighbour_add_up() -> None:
    plan = a_plan(a_brief(a_row("one", 2)), MASTER)
    asks = [plan.jobs[key].job.ask_key for key in film(plan, "one 4:5").jobs]
    editions = {("one", asks[0]): 2, ("one", asks[1]): 3, ("one", asks[2]): 2}
    again = a_plan(a_brief(a_row("one", 2)), MASTER, editions=editions)
    assert film(again, "one 4:5").edition == 1 + 2 + 1
    assert film(again, "one 9:16").edition == 3
    assert film(again, "one 9:16").outputs[0].name.endswith("_v3")


def test_what_was_bought_at_one_vendor_is_not_bought_again_at_another() -> None:
    brief = a_brief(catalogue=a_catalogue(runware=a_capability("runware")))
    assert set(a_plan(brief, MASTER).jobs) == set(a_plan(brief, MASTER, provider="runware").jobs)
    assert not set(a_plan(brief, MASTER).jobs) & set(a_plan(brief, MASTER, provider="local").jobs)


def test_a_shot_that_is_not_modified_is_never_bought() -> None:
    plan = a_plan(
        a_brief(), replace(MASTER, shots=tuple(replace(shot, treatment=Treatment(modify=False)) for shot in SHOTS))
    )
    assert not plan.jobs
    assert all(piece.key is None for each in plan.films for piece in each.pieces)
    assert plan.prices == {"local": 0, "luma": 0}


def test_a_skipped_row_has_films_without_pieces() -> None:
    plan = a_plan(a_brief(a_row("one", 2), a_row("two", 3, skip=Reason.NOT_DUE), a_row("one", 4, skip=Reason.BAD_ROW)))
    skipped = [each for each in plan.films if each.skip]
    assert [each.id for each in skipped[::4]] == ["two 16:9", "one-line-4 16:9"]
    assert all(not each.pieces and not each.jobs and not each.outputs for each in skipped)
    assert len({each.id for each in plan.films}) == 12


def test_a_row_whose_prompt_could_not_be_rendered_is_a_bad_row() -> None:
    brief = a_brief(a_row("one", 2, "a lane"), a_row("two", 3, "a park"))
    script = expand(brief, MASTER, "luma", {"global_campaign": frozenset({"setting"}), "reframe": frozenset()})
    prompts = [prompt if prompt and "park" not in prompt.text else None for prompt in said(script)]
    uses = {"global_campaign": frozenset({"setting"}), "reframe": frozenset[str]()}
    plan = a_plan(brief, MASTER, uses=uses, prompts=prompts)
    assert [each.skip for each in plan.films] == [None] * 4 + [Reason.BAD_ROW] * 4


def test_a_row_that_is_not_due_is_no_empty_campaign() -> None:
    plan = a_plan(a_brief(a_row("one", 2, skip=Reason.NOT_DUE)), MASTER)
    assert not plan.jobs
    assert len(plan.films) == 4


def test_placements_bring_their_ratios_and_an_output_each() -> None:
    campaign = a_campaign(ratios=ratios("9:16"), placements=("meta.reels", "x.video"))
    plan = a_plan(a_brief(campaign=campaign), MASTER)
    outputs = {each.ratio.label: [output.placement for output in each.outputs] for each in plan.films}
    assert outputs == {"9:16": [None, "meta.reels"], "1:1": ["x.video"], "16:9": ["x.video"]}
    assert plan.films[0].outputs[1].name.endswith("_v1_meta-reels")


def test_a_master_smaller_than_the_plan_is_named_as_upscaled() -> None:
    small = replace(MASTER, size=Size(960, 540))
    assert {output.upscaled_from for each in a_plan(None, small).films for output in each.outputs} == {Size(960, 540)}


def test_a_local_crop_is_named_as_upscaled_from_its_window() -> None:
    plan = a_plan(a_brief(campaign=a_campaign(how={AspectRatio("1:1"): How.BLUR})), MASTER, provider="local")
    upscaled = {each.ratio.label: each.outputs[0].upscaled_from for each in plan.films}
    assert upscaled == {"16:9": None, "9:16": Size(404, 720), "1:1": None, "4:5": Size(540, 676)}


def test_a_draft_is_sdr_at_the_draft_tier_and_cannot_be_taken_for_a_final() -> None:
    brief = a_brief()
    templates = {**brief.templates, "global_campaign": a_template(hdr=True)}
    plan = a_plan(replace(brief, templates=templates), MASTER, draft=True)
    assert plan.resolution == "360p"
    assert not any(planned.job.hdr for planned in plan.jobs.values())
    assert all(each.outputs[0].name.endswith("_v1_draft") for each in plan.films)
    assert {each.outputs[0].spec.id for each in plan.films} == {"web.h264.draft"}
    assert "plan.sdr" in {fault.rule for fault in plan.faults}


def test_the_rows_template_beats_the_shots_which_beats_the_campaigns() -> None:
    master = replace(
        MASTER, shots=(replace(SHOTS[0], treatment=replace(SHOTS[0].treatment, template="relighting")), *SHOTS[1:])
    )
    plan = a_plan(a_brief(a_row("one", 2), a_row("two", 3, template="relighting")), master)
    used = {
        key: [plan.jobs[job].job.prompt.template for job in film(plan, f"{key} 16:9").jobs] for key in ("one", "two")
    }
    assert used == {"one": ["relighting", "global_campaign"], "two": ["relighting", "relighting"]}


def test_keyframes_go_with_the_segment_they_fall_into() -> None:
    brief = a_brief()
    pinned = a_template(keyframes=(Keyframe(frame=0, path="a.png"), Keyframe(frame=100, path="b.png")))
    plan = a_plan(replace(brief, templates={**brief.templates, "global_campaign": pinned}), MASTER)
    frames = [[each.frame for each in planned.job.keyframes] for planned in list(plan.jobs.values())[:2]]
    assert frames == [[0], [100]]


def test_controls_that_a_strength_silences_are_mentioned_once() -> None:
    brief = a_brief(*(a_row(str(n), n + 2, str(n), controls=Controls(strength="flex_1", faces=True)) for n in range(3)))
    plan = a_plan(brief, MASTER)
    assert [fault.rule for fault in plan.faults] == ["plan.silenced"]
    assert plan.faults[0].level is Level.INFO


def test_every_fault_of_the_brief_is_named_at_once() -> None:
    campaign = a_campaign(
        final="4k", how={AspectRatio("1:1"): How.DERIVE}, name_rule="{brand}_{markt}", reframe_template="refram"
    )
    brief = a_brief(a_row("one", 2), a_row("one", 5), a_row("two", 3, template="reframe"), campaign=campaign)
    with pytest.raises(InputError) as stopped:
        a_plan(brief, replace(MASTER, frames=200))
    found = {(fault.rule, fault.place): fault for fault in stopped.value.faults}
    assert set(found) == {
        ("provider.resolution", "provider.final"),
        ("plan.derive", 'reframe.how."1:1"'),
        ("plan.template", "reframe.template"),
        ("plan.template", "3:1"),
        ("plan.twice", "5:1"),
        ("plan.shots", "shots[2].end"),
        ("name.rule", "output.name"),
    }
    assert found["plan.template", "reframe.template"].nearest == "reframe"
    assert found["name.rule", "output.name"].nearest == "market"


def test_an_unknown_provider_is_named_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'luma'"):
        a_plan(provider="lumma")


@pytest.mark.parametrize(
    ("brief", "rule"),
    [
        (a_brief(a_variant(skip=Reason.BAD_ROW)), "plan.nothing"),
        (a_brief(campaign=a_campaign(ratios=())), "plan.nothing"),
        (a_brief(campaign=a_campaign(modify_template=None)), "plan.template"),
        (a_brief(a_variant(placements=("meta.reals",))), "plan.placement"),
    ],
)
def test_a_brief_without_work_is_refused(brief: Any, rule: str) -> None:
    with pytest.raises(InputError) as stopped:
        a_plan(brief)
    assert [fault.rule for fault in stopped.value.faults][:1] == [rule]


def test_a_keyframe_outside_the_master_is_a_fault_of_the_template() -> None:
    brief = a_brief()
    pinned = a_template(keyframes=(Keyframe(frame=192, path="a.png"), Keyframe(frame=160, path="b.png")))
    with pytest.raises(InputError) as stopped:
        a_plan(replace(brief, templates={**brief.templates, "global_campaign": pinned}), MASTER)
    assert [(fault.file, fault.value) for fault in stopped.value.faults] == [("templates/global_campaign.j2", "192")]


def test_equal_prompts_are_rendered_once() -> None:
    rows = tuple(a_row(str(n), n + 2, "a lane" if n % 2 else "a park") for n in range(10))
    uses = {"global_campaign": frozenset({"setting"}), "reframe": frozenset({"ratio", "brand"})}
    script = expand(a_brief(*rows), MASTER, "luma", uses)
    reframes = [dict(request.values) for request in script.requests if request.template == "reframe"]
    assert len(script.requests) == 2 + 4
    assert [values["ratio"] for values in reframes] == ["9:16", "1:1", "3:4", "4:5"]
    assert {values["brand"] for values in reframes} == {"acme"}
    assert script.requests[0].line == 2


def test_a_template_that_reads_the_shot_is_rendered_for_each() -> None:
    script = expand(a_brief(), MASTER, "luma", {"global_campaign": frozenset({"shot"}), "reframe": frozenset()})
    assert [dict(request.values).get("shot") for request in script.requests] == ["hero", "table", None]


def test_a_template_nobody_has_looked_into_gets_everything() -> None:
    script = expand(a_brief(), MASTER, "luma", {})
    assert {"brand", "campaign", "shot", "setting", "light"} <= set(dict(script.requests[0].values))


CELLS = st.sampled_from(["a lane", "a park", "a pier"])
ROWS = st.lists(st.tuples(CELLS, st.sampled_from([None, "9:16", "16:9", "4:5"])), min_size=1, max_size=6)


def rows_of(drawn: list[tuple[str, str | None]]) -> list[Variant]:
    return [
        a_row(f"row-{n}", n + 2, setting, ratios=ratios(only) if only else None)
        for n, (setting, only) in enumerate(drawn)
    ]


@settings(max_examples=30, deadline=None)
@given(drawn=ROWS, data=st.data(), provider=st.sampled_from(["luma", "local"]))
def test_the_order_of_rows_changes_no_key_no_name_and_no_price(
    drawn: list[tuple[str, str | None]], data: st.DataObject, provider: str
) -> None:
    rows = rows_of(drawn)
    shuffled = data.draw(st.permutations(rows))
    one, other = (a_plan(a_brief(*order), MASTER, provider=provider) for order in (rows, shuffled))
    assert {each.id: (each.jobs, each.outputs) for each in one.films} == {
        each.id: (each.jobs, each.outputs) for each in other.films
    }
    assert one.prices == other.prices


@settings(max_examples=30, deadline=None)
@given(drawn=ROWS, limit=st.integers(1, 5), provider=st.sampled_from(["luma", "local"]))
def test_every_plan_is_closed(drawn: list[tuple[str, str | None]], limit: int, provider: str) -> None:
    luma = a_capability()
    short = replace(luma, modify=replace(luma.modify, max_seconds=a_limit(limit)))
    plan = a_plan(a_brief(*rows_of(drawn), catalogue=a_catalogue(luma=short)), MASTER, provider=provider)
    seen: set[str] = set()
    for key, planned in plan.jobs.items():
        assert planned.job.key == key
        assert planned.job.parent is None or planned.job.parent in seen
        seen.add(key)
    used = {key for each in plan.films for key in each.jobs}
    assert used == set(plan.jobs)
    for each in plan.films:
        frames = [(piece.segment.start_frame, piece.segment.end_frame) for piece in each.pieces]
        assert [end for _, end in frames[:-1]] == [start for start, _ in frames[1:]]
        assert (frames[0][0], frames[-1][1]) == (0, MASTER.frames)
        assert {piece.key for piece in each.pieces if piece.key} <= set(each.jobs)
    files = [output.file.casefold() for each in plan.films for output in each.outputs]
    assert len(files) == len(set(files))
    assert plan.prices[provider] == sum(planned.price_usd for planned in plan.jobs.values())


@settings(max_examples=30, deadline=None)
@given(drawn=ROWS, limit=st.integers(1, 5))
def test_what_another_provider_would_cost_is_what_its_own_plan_costs(
    drawn: list[tuple[str, str | None]], limit: int
) -> None:
    luma = a_capability()
    other = replace(a_capability("fal"), modify=replace(luma.modify, max_seconds=a_limit(limit)))
    brief = a_brief(*rows_of(drawn), catalogue=a_catalogue(fal=other))
    plans = [a_plan(brief, MASTER, provider=name) for name in ("luma", "fal", "local")]
    assert plans[0].prices == plans[1].prices == plans[2].prices


def test_a_region_beyond_the_masters_last_frame_is_refused_at_its_key() -> None:
    within = Region(name="pack", box=(0.1, 0.1, 0.2, 0.2), start_frame=0, end_frame=192)
    beyond = replace(within, name="logo", start_frame=190, end_frame=193)
    with pytest.raises(InputError) as caught:
        a_plan(a_brief(campaign=a_campaign(regions=(within, beyond))), an_edit(frames=192))
    (fault,) = caught.value.faults
    assert (fault.file, fault.place) == ("/films/campaign.toml", "qc.regions[1].end")
    assert fault.problem == "region logo ends at frame 193, the master has 192"
