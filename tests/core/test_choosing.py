"""Where a job is bought when more than one provider may be: never elsewhere unless that cannot cost twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any

import pytest
from builders import a_job, a_planned_job
from plans import a_brief, a_campaign, a_capability, a_catalogue, a_limit, a_plan

from campaign.buying.choosing import Failover, best, failover_of, is_shut
from campaign.ledger.records import JobRecord, RouteRecord
from campaign.model.catalogue import Capability
from campaign.model.jobs import Operation, PlannedJob
from campaign.model.outcomes import JobState
from campaign.model.ratios import AspectRatio

RATE = Fraction(24)
FAL = a_capability("fal")


def wanted(**changes: Any) -> PlannedJob:
    job = replace(a_job(model="ray-3.2", resolution="720p"), **changes)
    return a_planned_job(job=job, provider="luma", price="1.08")


def at(provider: str) -> JobRecord:
    blank: dict[str, Any] = dict.fromkeys(JobRecord.__dataclass_fields__)
    return JobRecord(**{**blank, "provider": provider, "state": JobState.STORED, "extras": ()})


def a_route(provider: str, state: str, operation: str | None = "modify", until: float = 60) -> RouteRecord:
    return RouteRecord(
        provider=provider,
        operation=operation,
        state=state,
        failures=5,
        until=datetime.now(UTC) + timedelta(seconds=until),
        note="",
    )


def test_nobody_else_is_asked_unless_the_campaign_says_so() -> None:
    planned = wanted()
    assert Failover((), RATE).places(planned, None) == (planned,)


def test_another_provider_has_its_own_price() -> None:
    planned = wanted()
    first, other = Failover((FAL,), RATE).places(planned, None)
    assert first == planned
    assert (other.provider, other.price_usd, other.job) == ("fal", Decimal("1.08"), planned.job)


def test_a_reframe_does_not_follow_its_parent_to_where_it_is_dearer_than_agreed() -> None:
    reframe = wanted(operation=Operation.REFRAME, parent="p" * 64, ratio=AspectRatio("9:16"))
    cheap = replace(reframe, price_usd=Decimal("0.01"))
    bound = Failover((FAL,), RATE, dearer=False)
    assert [place.provider for place in bound.places(cheap, at("fal"))] == ["luma"]
    assert [place.provider for place in bound.places(reframe, at("fal"))] == ["fal"]


def chosen(planned: PlannedJob, *others: Capability, dearer: bool) -> tuple[str, str]:
    """Where a job is bought when it cannot be where it was planned; and what is said of a place that is too dear."""
    failover = Failover(others, RATE, dearer)
    places = failover.places(planned, None)
    place, said = failover.chosen(planned, places, partial(best, routes=(), barred={"luma"}, refused=()))
    assert place is not None
    return place.provider, said


def test_where_prices_were_agreed_to_nothing_dearer_is_turned_to() -> None:
    planned = wanted()
    cheap = replace(planned, price_usd=Decimal("1.07"))
    assert chosen(planned, FAL, dearer=False) == ("fal", "")
    assert chosen(cheap, FAL, dearer=True) == ("fal", "")
    assert chosen(cheap, FAL, dearer=False) == (
        "luma",
        f"Job {cheap.job.short} costs up to 1.08 USD at fal, and no more than 1.07 USD was agreed to: it was not bought there. "
        "`fanout run --provider fal` asks for a yes to that price.",
    )


def test_what_is_too_dear_is_passed_over_for_the_next_that_is_not() -> None:
    (price,) = [each for each in FAL.prices if (each.operation, each.resolution) == ("modify", "720p")]
    dear = replace(a_capability("dear"), prices=(replace(price, usd=price.usd * 2),))
    place, said = chosen(wanted(), dear, FAL, dearer=False)
    assert place == "fal"
    assert "2.16 USD at dear" in said


@pytest.mark.parametrize(
    "changes",
    [
        {"model": "ray-2"},
        {"resolution": "4k"},
        {"hdr": True, "resolution": "360p"},
        {"operation": Operation.REFRAME, "parent": "p" * 64, "ratio": AspectRatio("2:3")},
    ],
)
def test_what_another_would_not_take_stays_where_it_was_planned(changes: dict[str, Any]) -> None:
    planned = wanted(**changes)
    assert Failover((FAL,), RATE).places(planned, at("fal")) == (planned,)


def test_a_clip_longer_than_another_takes_stays_where_it_was_cut_for() -> None:
    short = replace(FAL, modify=replace(FAL.modify, max_seconds=a_limit(2)))
    planned = wanted()  # 64 frames at 24 fps
    assert Failover((short,), RATE).places(planned, None) == (planned,)


def test_a_reframe_follows_its_parent_and_goes_nowhere_else() -> None:
    reframe = wanted(operation=Operation.REFRAME, parent="p" * 64, ratio=AspectRatio("9:16"))
    failover = Failover((a_capability("runware"), FAL), RATE)
    assert [place.provider for place in failover.places(reframe, at("fal"))] == ["fal"]
    assert [place.provider for place in failover.places(reframe, at("luma"))] == ["luma"]
    assert [place.provider for place in failover.places(reframe, at("local"))] == ["luma"]


def test_only_those_that_take_the_whole_plan_at_a_price_are_turned_to() -> None:
    catalogue = a_catalogue(fal=a_capability("fal"), runware=a_capability("runware", prices=()))
    campaign = a_campaign(failover=("runware", "luma", "local", "fal"))
    plan = a_plan(a_brief(campaign=campaign, catalogue=catalogue))
    others = failover_of(campaign, plan, catalogue.providers).others
    assert [other.name for other in others] == ["fal"]


def test_a_shut_way_is_passed_by_and_a_slow_one_waited_for() -> None:
    here, there = Failover((FAL,), RATE).places(wanted(), None)
    places = [here, there]
    assert best(places, (), (), refused=()) is here
    for state in ("open", "barred"):
        assert best(places, [a_route("luma", state)], (), refused=()) is there
        assert best(places, [a_route("luma", state, "reframe")], (), refused=()) is here
    assert best(places, [a_route("luma", "closed")], (), refused=()) is here  # throttled
    assert best(places, [a_route("luma", "half-open")], (), refused=()) is here
    assert best(places, (), {"luma"}, refused=()) is there


def test_a_way_that_was_broken_is_tried_again_when_its_time_has_come() -> None:
    assert is_shut([a_route("luma", "open")], "luma", "modify")
    assert not is_shut([a_route("luma", "open", until=-1)], "luma", "modify")


def test_with_all_ways_shut_the_first_is_waited_for_and_who_refused_is_not_asked_again() -> None:
    here, there = Failover((FAL,), RATE).places(wanted(), None)
    shut = [a_route("luma", "open"), a_route("fal", "open")]
    assert best([here, there], shut, (), refused=()) is here
    assert best([here, there], shut, (), refused={"luma"}) is there
    assert best([here, there], (), (), refused={"luma", "fal"}) is None
