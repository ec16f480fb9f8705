from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from builders import a_template, an_edit
from plans import READ, a_brief, a_campaign, a_capability, a_catalogue, a_limit, a_plan

from campaign.intake.catalogue import read_catalogue
from campaign.model.campaign import Brief
from campaign.model.catalogue import Capability, OperationLimits, Price
from campaign.model.faults import Level
from campaign.model.jobs import How
from campaign.model.plan import Plan, Refusal
from campaign.model.prompts import Keyframe
from campaign.model.ratios import AspectRatio

LUMA = a_capability()


def limited(name: str = "luma", **limits: Any) -> Capability:
    """A provider whose modify has other limits, or its reframe where the name begins with reframe_."""
    base = a_capability(name)
    modify = {key: value for key, value in limits.items() if not key.startswith("reframe_")}
    reframe = {key.removeprefix("reframe_"): value for key, value in limits.items() if key.startswith("reframe_")}
    return replace(base, modify=replace(base.modify, **modify), reframe=replace(base.reframe, **reframe))


def a_brief_with(
    *ratios: str, template: Any = None, how: dict[str, How] | None = None, **providers: Capability
) -> Brief:
    ways = {AspectRatio(label): way for label, way in (how or {}).items()}
    campaign = a_campaign(ratios=tuple(AspectRatio(label) for label in ratios or ("9:16",)), how=ways)
    brief = a_brief(campaign=campaign, catalogue=a_catalogue(**providers))
    return replace(brief, templates={**brief.templates, **({"global_campaign": template} if template else {})})


def refused(plan: Plan, provider: str = "luma") -> dict[str, Refusal]:
    return {refusal.rule: refusal for refusal in plan.refusals if refusal.provider == provider}


def test_a_plan_within_all_limits_is_refused_by_nobody() -> None:
    assert a_plan().refusals == ()


def test_a_long_shot_is_split_rather_than_refused_and_its_seam_is_named() -> None:
    plan = a_plan(a_brief_with(), an_edit(shots=1, frames=24 * 20))
    assert not plan.refusals
    assert [fault.rule for fault in plan.faults] == ["plan.seam"]
    assert "frame 240" in plan.faults[0].problem
    assert not a_plan(a_brief_with(), an_edit(shots=1, frames=24 * 20), provider="local").faults


def test_a_limit_shorter_than_a_frame_is_refused() -> None:
    tight = limited(max_seconds=replace(a_limit(0), value=Fraction(1, 100)))
    assert refused(a_plan(a_brief_with(luma=tight)))["luma.edit.seconds"].scope == "every shot"


def test_a_frame_rate_above_the_limit_is_refused_with_who_would_take_it() -> None:
    plan = a_plan(a_brief_with(luma=limited(max_fps=a_limit(20)), runware=a_capability("runware")))
    refusal = refused(plan)["luma.edit.fps"]
    assert refusal.accepted_by == ("runware",)
    assert refusal.cure == "Conform the master to 20 fps."
    assert plan.prices["luma"] is None
    assert plan.prices["runware"] is not None


def test_a_tier_that_is_not_offered_is_refused() -> None:
    fal = limited("fal", resolutions=("540p", "720p"), reframe_resolutions=("540p", "720p"))
    brief = a_brief_with(fal=fal)
    drafted = replace(brief, campaign=replace(brief.campaign, draft="360p"))
    plan = a_plan(drafted, draft=True)
    assert set(refused(plan, "fal")) == {"fal.edit.resolution", "fal.reframe.resolution"}
    assert refused(plan, "fal")["fal.edit.resolution"].accepted_by == ("luma",)
    assert not refused(plan)


def test_a_ratio_refused_only_at_one_resolution_names_the_cure() -> None:
    vertical = limited(reframe_refused=(("1080p", "9:16"),))
    brief = a_brief_with("9:16", "1:1", luma=vertical)
    large = replace(brief, campaign=replace(brief.campaign, final="1080p"))
    refusal = refused(a_plan(large))["luma.reframe.ratio_at_resolution"]
    assert (refusal.scope, refusal.accepted_by) == ("ratio 9:16", ())
    assert 'reframe.how."9:16"' in refusal.cure
    assert not a_plan(brief).refusals


def test_a_ratio_nobody_generates_is_refused_unless_it_is_derived() -> None:
    assert "luma.reframe.ratio" in refused(a_plan(a_brief_with("4:5", how={"4:5": How.GENERATE})))
    assert not a_plan(a_brief_with("4:5")).refusals


def test_too_many_keyframes_in_one_segment_are_refused() -> None:
    pinned = a_template(keyframes=tuple(Keyframe(frame=frame, path=f"{frame}.png") for frame in range(60, 70)))
    plan = a_plan(a_brief_with(template=pinned, luma=limited(max_keyframes=a_limit(5))), an_edit(shots=3))
    assert refused(plan)["luma.edit.keyframes"].scope == "template global_campaign in shot-2"
    assert not a_plan(a_brief_with(template=pinned, luma=limited(max_keyframes=a_limit(6)))).refusals


def test_hdr_is_refused_where_the_tier_has_none() -> None:
    brief = a_brief_with(template=a_template(hdr=True), luma=replace(a_capability(), hdr=("1080p",)))
    assert set(refused(a_plan(brief))) == {"luma.edit.hdr"}
    assert "720p" in refused(a_plan(brief))["luma.edit.hdr"].problem


def test_a_ratio_of_an_hdr_picture_is_cropped_for_nothing_instead_of_bought() -> None:
    deep = Price(
        operation="modify", resolution="720p", mode="hdr", usd=Decimal(2), block_seconds=5, source="", read=READ
    )
    luma = a_capability()
    luma = replace(luma, prices=(*luma.prices, deep))
    plan = a_plan(a_brief_with("16:9", "9:16", "4:5", template=a_template(hdr=True), luma=luma), an_edit(shots=1))
    bought = [planned for planned in plan.jobs.values() if planned.price_usd]
    assert not refused(plan) and [planned.job.deep for planned in bought] == [True] * len(bought)
    assert plan.prices["luma"] == sum(planned.price_usd for planned in bought) > 0
    crops = [planned for planned in plan.jobs.values() if planned.job.ratio == AspectRatio("9:16")]
    assert {(each.provider, each.price_usd) for each in crops} == {("local", Decimal(0))}
    assert {each.job.framing.how for each in crops if each.job.framing} == {How.TRACK}
    tall = next(film for film in plan.films if film.ratio == AspectRatio("9:16"))
    assert str(tall.outputs[0].upscaled_from) == "404x720"
    assert [fault.rule for fault in plan.faults] == ["plan.hdr_crops"]
    assert "9:16" in plan.faults[0].problem and "4:5" not in plan.faults[0].problem.split(" of ")[0].split("HDR: ")[1]
    plain = a_plan(a_brief_with("16:9", "9:16", luma=luma), an_edit(shots=1))
    assert {planned.provider for planned in plain.jobs.values()} == {"luma"} and not plain.faults


def test_hdr_in_the_masters_own_ratio_is_taken_if_it_has_a_price() -> None:
    assert set(refused(a_plan(a_brief_with("16:9", template=a_template(hdr=True))))) == {"luma.edit.price"}


def test_exr_needs_hdr() -> None:
    assert "luma.edit.exr_needs_hdr" in refused(a_plan(a_brief_with("16:9", template=a_template(exr=True))))


def test_exr_is_refused_where_it_is_not_exported() -> None:
    plan = a_plan(
        a_brief_with("16:9", template=a_template(exr=True, hdr=True), luma=replace(a_capability(), exr=False))
    )
    assert "luma.edit.exr" in refused(plan)


def test_a_rehearsal_leaves_hdr_out_instead_of_refusing_it() -> None:
    plan = a_plan(a_brief_with(template=a_template(hdr=True, exr=True)), provider="local")
    assert not refused(plan, "local")
    assert [fault.rule for fault in plan.faults] == ["plan.sdr"]


def test_limits_that_nobody_states_give_one_warning() -> None:
    vague = limited(max_fps=a_limit(None), max_seconds=a_limit(None), reframe_max_seconds=a_limit(None))
    plan = a_plan(a_brief_with(luma=vague))
    assert [(fault.rule, fault.level) for fault in plan.faults] == [("luma.unproved", Level.WARNING)]
    assert "the longest edit and the highest frame rate and the longest reframe" in plan.faults[0].problem
    assert not a_plan(a_brief_with(luma=vague), provider="local").faults


def test_the_shipped_limits_refuse_what_the_documents_say() -> None:
    brief = replace(a_brief_with("9:16", "1:1"), catalogue=read_catalogue())
    large = replace(brief, campaign=replace(brief.campaign, final="1080p", draft="360p"))
    final, draft = a_plan(large), a_plan(large, draft=True)
    assert {refusal.rule for refusal in final.refusals} == {
        "luma.reframe.ratio_at_resolution",
        "runware.reframe.ratio_at_resolution",
    }
    assert refused(final)["luma.reframe.ratio_at_resolution"].accepted_by == ("fal",)
    assert {refusal.rule for refusal in draft.refusals} == {"fal.edit.resolution", "fal.reframe.resolution"}
    assert set(final.prices) == {"local", "luma", "runware", "fal"}


def test_every_limit_of_an_operation_is_looked_at() -> None:
    """A new limit in the model must be checked here, or be named as one that refuses nothing and is only told."""
    told = {"sold_seconds", "agreed_frames"}
    assert set(OperationLimits.__dataclass_fields__) - told == {
        "max_seconds", "max_fps", "max_keyframes", "resolutions", "ratios", "refused",
    }  # fmt: skip
