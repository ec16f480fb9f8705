"""What destinations would not take is told at plan time, by name and with its cure."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from builders import a_variant, an_edit
from plans import READ, a_brief, a_campaign, a_catalogue, a_placement, a_plan

from campaign.errors import InputError
from campaign.model.catalogue import Evidence, Placement, Trust
from campaign.model.edit import MasterEdit
from campaign.model.faults import Fault, Level
from campaign.model.plan import Plan
from campaign.model.rates import Cadence, Convert
from campaign.model.ratios import AspectRatio, Size
from campaign.model.variants import Variant

KEYS = ("exact_seconds", "market_seconds", "min_seconds", "max_seconds", "rates", "min_size", "upscale", "needs_audio")


def a_destination(trust: Trust = Trust.OFFICIAL, read: date = READ, **changes: object) -> Placement:
    """A vertical placement whose numbers are all said by one page."""
    page = Evidence(KEYS, trust, "https://example.org/specs", read)
    return replace(a_placement("tv.spot", "9:16", **changes), evidence=(page,))


def planned(placement: Placement, *rows: Variant, master: MasterEdit | None = None, **changes: object) -> Plan:
    catalogue = a_catalogue()
    catalogue.placements[placement.id] = placement
    asked = changes.pop("asked", (placement.id,))
    campaign = a_campaign(ratios=(), placements=asked, final=changes.pop("final", "720p"))
    today = changes.pop("today", READ)
    return a_plan(a_brief(*rows, campaign=campaign, catalogue=catalogue, today=today), master, **changes)


def told(plan: Plan, level: Level = Level.WARNING) -> list[Fault]:
    return [fault for fault in plan.faults if fault.rule.startswith("placement.") and fault.level is level]


@pytest.mark.parametrize(
    ("placement", "master", "rule", "words"),
    [
        (
            a_destination(exact_seconds=(Fraction(10), Fraction(15))),
            an_edit(),
            "placement.exact_seconds",
            "tv.spot (9:16) takes 10 s or 15 s, the master lasts 8 s",
        ),
        (a_destination(min_seconds=Fraction(9)), an_edit(), "placement.min_seconds", "takes 9 s at least"),
        (a_destination(max_seconds=Fraction(15, 2)), an_edit(), "placement.max_seconds", "takes 7.5 s at most"),
        (
            a_destination(rates=(Fraction(24000, 1001), Fraction(25))),
            an_edit(),
            "placement.rates",
            "takes 23.976 or 25 frames a second, the master has 24",
        ),
        (a_destination(min_size=Size(1080, 1920)), an_edit(), "placement.min_size", "takes 1080x1920 at least"),
        (a_destination(needs_audio=True), an_edit(audio=None), "placement.needs_audio", "no film without sound"),
        (
            a_destination(size=Size(1080, 1920), upscale=False),
            an_edit(),
            "placement.upscale",
            "takes no enlarged picture, and 1080x1920 would be enlarged from 720x1280",
        ),
    ],
)
def test_a_number_of_the_destinations_own_refuses_the_plan(
    placement: Placement, master: MasterEdit, rule: str, words: str
) -> None:
    with pytest.raises(InputError) as caught:
        planned(placement, master=master)
    (fault,) = [each for each in caught.value.faults if each.level is Level.ERROR]
    assert (fault.rule, fault.place) == (rule, "output.placements[0]")
    assert words in fault.problem
    assert "specs folder" in fault.cure


@pytest.mark.parametrize(
    ("rate", "taken", "convert", "words"),
    [
        (24, (25,), Convert.SPEED, "neither each of its frames twice nor every second one gives such a rate"),
        (
            30,
            (60,),
            Convert.REFUSE,
            'convert = "refuse"; by "exact" 30 frames a second become 60: each frame is shown twice',
        ),
        (
            Fraction(24000, 1001),
            (24,),
            Convert.EXACT,
            'by "speed" 23.976 frames a second become 24: every frame is kept',
        ),
    ],
)
def test_a_rate_that_is_refused_says_why_it_is_not_converted(
    rate: Fraction, taken: tuple[int, ...], convert: Convert, words: str
) -> None:
    spot = a_destination(rates=tuple(map(Fraction, taken)), convert=convert)
    with pytest.raises(InputError, match="frames a second, the master has") as caught:
        planned(spot, master=an_edit(rate=Fraction(rate)))
    assert words in caught.value.faults[0].problem


def test_a_rate_that_is_converted_is_told_and_is_the_film_s() -> None:
    spot = a_destination(rates=(Fraction(30),), convert=Convert.EXACT, crf=None, video_kbps=8, fast_video_kbps=12)
    plan = planned(spot, master=an_edit(frames=480, rate=Fraction(60)))
    (fault,) = told(plan)
    assert fault.problem == "tv.spot (9:16): 60 frames a second become 30: every second frame is left out"
    (output,) = plan.films[0].outputs
    assert output.cadence == Cadence(Fraction(30), step=2) and output.spec.video_kbps == 8
    other = planned(spot, master=an_edit(frames=480, rate=Fraction(30)))
    assert (other.films[0].outputs[0].cadence, told(other)) == (None, [])


def test_what_a_destination_asks_and_the_file_lacks_is_told_and_its_freeze_is_planned() -> None:
    spot = a_destination(hold_seconds=Fraction(10), exact_seconds=(Fraction(8),))
    spot = replace(spot, lacks=("a silent clock", "black before it", "MXF"))
    plan = planned(spot)
    (fault,) = told(plan)
    assert fault.problem == "tv.spot: the file is made without a silent clock, black before it and MXF"
    (output,) = plan.films[0].outputs
    assert output.cadence == Cadence(Fraction(24), hold=240)
    plain = planned(replace(spot, specs=a_destination().specs))
    assert plain.films[0].outputs[0].key != output.key


def test_a_length_is_that_of_the_film_not_of_the_master() -> None:
    spot = a_destination(rates=(Fraction(24),), convert=Convert.SPEED, exact_seconds=(Fraction(15),))
    plan = planned(spot, master=an_edit(frames=360, rate=Fraction(24000, 1001)))
    assert plan.films[0].outputs[0].cadence == Cadence(Fraction(24))


def test_by_hearsay_it_only_warns_and_quality_control_does_not_judge_it() -> None:
    plan = planned(a_destination(Trust.CONTRADICTED, min_seconds=Fraction(15), max_seconds=Fraction(90)))
    (fault,) = told(plan)
    assert "takes 15 s at least, the master lasts 8 s; that is contradicted" in fault.problem
    (output,) = plan.films[0].outputs
    assert (output.spec.min_seconds, output.spec.max_seconds) == (None, 90)


def test_a_draft_is_told_what_its_final_would_be_refused_for() -> None:
    plan = planned(a_destination(exact_seconds=(Fraction(15),), min_size=Size(1080, 1920)), draft=True)
    (fault,) = told(plan)
    assert fault.rule == "placement.exact_seconds"
    assert fault.cure.startswith("Only a warning for a draft; the final would be refused.")


def test_fifteen_seconds_of_ntsc_film_are_the_fifteen_that_are_sold() -> None:
    spot = an_edit(frames=360, rate=Fraction(24000, 1001))
    assert not told(planned(a_destination(exact_seconds=(Fraction(15),)), master=spot))


def test_markets_that_sell_other_lengths_are_named() -> None:
    sold = {"US": (Fraction(15),), "DE": (Fraction(8),), "CA": (Fraction(15),)}
    rows = [a_variant(key=market, line=n, market=market) for n, market in enumerate(("DE", "US", "CA"), 2)]
    with pytest.raises(InputError) as caught:
        planned(a_destination(market_seconds=sold), *rows)
    (refused,) = caught.value.faults
    assert refused.problem == "tv.spot (9:16) in US, CA takes 15 s, the master lasts 8 s"


def test_a_market_whose_lengths_nobody_states_is_warned_of() -> None:
    rows = [a_variant(), a_variant(key="se", line=3, market="SE")]
    (unknown,) = told(planned(a_destination(market_seconds={"DE": (Fraction(8),)}), *rows))
    assert unknown.problem == "tv.spot: no source states the lengths sold in SE: not checked"


def test_a_row_that_asks_by_itself_is_named_by_its_line() -> None:
    rows = [a_variant(), a_variant(key="own", line=7, placements=("tv.spot",))]
    with pytest.raises(InputError) as caught:
        planned(a_destination(max_seconds=Fraction(6)), *rows, asked=("x.video",))
    (fault,) = [each for each in caught.value.faults if each.level is Level.ERROR]
    assert (fault.file, fault.place) == ("/films/variants.csv", "7:1")


def test_a_number_older_than_180_days_warns() -> None:
    placement = a_destination()
    assert not told(planned(placement, today=READ + timedelta(days=180)))
    (fault,) = told(planned(placement, today=READ + timedelta(days=181)))
    assert fault.rule == "placement.old"
    assert "read on 2026-11-20, more than 180 days ago" in fault.problem
    assert "https://example.org/specs" in fault.cure


def test_what_nobody_states_is_said_to_be_unchecked() -> None:
    (fault,) = told(planned(a_destination(unknown=("rates", "loudness_lufs"))), Level.INFO)
    assert fault.problem == "tv.spot: no source states rates, loudness_lufs: not checked"


def test_a_spec_of_the_campaigns_own_refuses_without_a_placement() -> None:
    catalogue = a_catalogue()
    catalogue.specs["web.h264"] = replace(catalogue.specs["web.h264"], upscale=False)
    campaign = a_campaign(ratios=(AspectRatio("9:16"),))
    small = an_edit(size=Size(640, 360))
    with pytest.raises(InputError, match=r"spec web\.h264"):
        a_plan(a_brief(campaign=campaign, catalogue=catalogue), small)
