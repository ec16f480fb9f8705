"""What a film is written as: for its ratio, and for each placement."""

from fractions import Fraction

from builders import a_spec, a_variant, an_edit
from plans import a_brief, a_campaign, a_catalogue, a_placement, a_plan

from campaign.model.plan import Output, Plan
from campaign.model.ratios import AspectRatio, Size

TALL = (AspectRatio("9:16"),)


def planned(*placements: object, **changes: object) -> Plan:
    names = tuple(each.id for each in placements)
    campaign = a_campaign(ratios=changes.pop("ratios", TALL), placements=names, final=changes.pop("final", "720p"))
    catalogue = a_catalogue()
    catalogue.placements.update({each.id: each for each in placements})
    variants = changes.pop("variants", (a_variant(),))
    return a_plan(a_brief(*variants, campaign=campaign, catalogue=catalogue), **changes)


def outputs(plan: Plan) -> list[Output]:
    return [output for film in plan.films for output in film.outputs]


def test_a_film_is_written_to_the_spec_and_size_of_each_placement() -> None:
    big = a_placement("one.big", "9:16", id="web.big", size=Size(1080, 1920), container="mov")
    as_it_is, placed = outputs(planned(big))
    assert (as_it_is.placement, as_it_is.size, as_it_is.spec.id) == (None, Size(720, 1280), "web.h264")
    assert (placed.placement, placed.size, placed.spec.id) == ("one.big", Size(1080, 1920), "web.big")
    assert placed.file.endswith("_v1_one-big.mov")
    assert placed.key != as_it_is.key


def test_a_size_above_the_plans_resolution_is_an_upscale_and_says_so() -> None:
    big = a_placement("one.big", "9:16", size=Size(1080, 1920))
    as_it_is, placed = outputs(planned(big))
    assert (as_it_is.upscaled_from, placed.upscaled_from) == (None, Size(720, 1280))
    assert outputs(planned(big, final="1080p"))[1].upscaled_from is None


def test_placements_that_want_the_same_bytes_share_one_file_under_names_of_their_own() -> None:
    one, other = (a_placement(name, "9:16", size=Size(540, 960), max_bytes=9) for name in ("a.one", "b.two"))
    _, first, second = outputs(planned(one, other))
    assert first.key == second.key
    assert (first.placement, second.placement) == ("a.one", "b.two")
    assert first.file != second.file


def test_another_market_may_have_other_lengths_and_still_the_same_file_shape() -> None:
    sold = {"DE": (Fraction(8),), "FR": (Fraction(8), Fraction(16))}
    slots = a_placement("tv.spot", "9:16", market_seconds=sold)
    france = a_variant(key="fr", line=3, market="FR")
    plan = planned(slots, variants=(a_variant(), france), ratios=())
    assert [output.spec.exact_seconds for output in outputs(plan)] == [sold["DE"], sold["FR"]]


def test_a_draft_is_one_light_file_for_every_placement() -> None:
    big = a_placement("one.big", "9:16", size=Size(1080, 1920), container="mov", loudness_lufs=-16)
    drafts = outputs(planned(big, draft=True))
    assert {(output.key, output.spec.id, str(output.size)) for output in drafts} == {
        (drafts[0].key, "web.h264.draft", "360x640")
    }
    assert len(drafts) == 2


def test_a_high_rate_gets_the_bits_that_the_placement_wants_for_it() -> None:
    fast = a_placement("fast.one", "9:16", crf=None, video_kbps=8000, fast_video_kbps=12000)
    rates = (Fraction(25), Fraction(50))
    found = [outputs(planned(fast, ratios=(), master=an_edit(rate=rate)))[0].spec.video_kbps for rate in rates]
    assert found == [8000, 12000]


def test_without_placements_every_file_is_the_default_spec_at_the_plans_resolution() -> None:
    (output,) = outputs(planned())
    assert output.spec == a_spec()
    assert output.file == "deliverables/9x16/acme_fresh-days_DE_de-DE_winter_families_8s_9x16_v1.mp4"
