from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from builders import a_template, a_variant, an_edit
from plans import READ, a_brief, a_campaign, a_capability, a_catalogue, a_plan

from campaign.model.catalogue import Price
from campaign.model.jobs import How, Operation
from campaign.model.ratios import AspectRatio
from campaign.planning.pricing import Line, breakdown, mode_of, price_of, ways

LUMA = a_capability()
MODIFY, REFRAME = Operation.MODIFY, Operation.REFRAME


def an_hdr_price(usd: str) -> Price:
    return Price(
        operation="modify", resolution="720p", mode="hdr", usd=Decimal(usd), block_seconds=5, source="", read=READ
    )


@pytest.mark.parametrize(
    ("operation", "resolution", "seconds", "usd"),
    [
        (MODIFY, "720p", Fraction(5), "1.08"),
        (MODIFY, "720p", Fraction(5) + Fraction(1, 24000), "2.16"),
        (MODIFY, "720p", Fraction(1, 24), "1.08"),
        (MODIFY, "1080p", Fraction(18), "8.64"),
        (MODIFY, "360p", Fraction(10), "1.08"),
        (REFRAME, "720p", Fraction(5), "0.60"),
        (REFRAME, "720p", Fraction(97, 24), "0.60"),
        (REFRAME, "1080p", Fraction(1, 2), "0.36"),
    ],
)
def test_every_started_block_is_charged(operation: Operation, resolution: str, seconds: Fraction, usd: str) -> None:
    assert price_of(LUMA, operation, resolution, "sdr", seconds) == Decimal(usd)


def test_what_no_list_prices_has_no_price() -> None:
    assert price_of(LUMA, MODIFY, "720p", "hdr", Fraction(5)) is None


def test_our_own_engine_is_free() -> None:
    assert price_of(a_capability("local"), MODIFY, "4k", "hdr", Fraction(500)) == 0


@pytest.mark.parametrize(("hdr", "exr", "mode"), [(False, False, "sdr"), (True, False, "hdr"), (True, True, "hdr+exr")])
def test_modes_are_those_of_the_list(hdr: bool, exr: bool, mode: str) -> None:
    assert mode_of(hdr, exr) == mode


def test_hdr_is_priced_by_its_own_line() -> None:
    luma = replace(LUMA, prices=(*LUMA.prices, an_hdr_price("2.16")))
    brief = a_brief(campaign=a_campaign(ratios=(AspectRatio("16:9"),)), catalogue=a_catalogue(luma=luma))
    brief = replace(brief, templates={**brief.templates, "global_campaign": a_template(hdr=True)})
    assert a_plan(brief, an_edit(shots=2, frames=240)).prices["luma"] == Decimal("4.32")
    assert a_plan(brief, an_edit(shots=2, frames=240), provider="local").prices["luma"] == Decimal("4.32")


def test_a_breakdown_charges_a_shared_job_to_the_first_row_that_planned_it() -> None:
    rows = (a_variant(key="one"), a_variant(key="two", line=3, market="FR"), a_row_apart())
    plan = a_plan(a_brief(*rows), an_edit(shots=1, frames=96))
    due = breakdown(plan, plan.jobs)
    assert due.total == Line(8, Decimal("5.04"))
    assert due.variant == {"one": Line(4, Decimal("2.52")), "three": Line(4, Decimal("2.52"))}
    assert due.market == {"DE": Line(4, Decimal("2.52")), "JP": Line(4, Decimal("2.52"))}
    assert due.ratio == {
        "modify": Line(2, Decimal("2.16")),
        "9:16": Line(2, Decimal("0.96")),
        "1:1": Line(2, Decimal("0.96")),
        "3:4": Line(2, Decimal("0.96")),
    }


def test_a_breakdown_counts_only_what_is_still_to_buy() -> None:
    plan = a_plan(master=an_edit(shots=1, frames=96))
    first = next(iter(plan.jobs))
    assert breakdown(plan, [first]).total == Line(1, Decimal("1.08"))
    assert breakdown(plan, []).variant == {}


def a_row_apart() -> object:
    cells = tuple((name, "a pier" if name == "setting" else cell) for name, cell in a_variant().values)
    return a_variant(key="three", line=4, market="JP", values=cells)


def test_the_price_of_each_choice_is_shown_ratio_by_ratio() -> None:
    campaign = a_campaign(how={AspectRatio("1:1"): How.CROP})
    plan = a_plan(a_brief(campaign=campaign), an_edit(shots=1, frames=96))
    shown = {way.ratio.label: (way.how, way.films, way.usd, way.generated_usd) for way in ways(plan, LUMA)}
    assert shown == {
        "16:9": (None, 1, Decimal(0), Decimal(0)),
        "9:16": (How.GENERATE, 1, Decimal("0.48"), Decimal("0.48")),
        "1:1": (How.CROP, 1, Decimal(0), Decimal("0.48")),
        "4:5": (How.DERIVE, 1, Decimal(0), None),
        "3:4": (How.GENERATE, 0, Decimal("0.48"), Decimal("0.48")),
    }
