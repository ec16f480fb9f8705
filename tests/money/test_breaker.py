"""The rules of a route: what fails is left alone, what asks for patience gets it, what bars us is not asked at all."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.ledger.breaker import LONGEST_S, PROBE_S, Routes, RouteState, admit, hear, reopened
from campaign.ledger.clock import SECOND
from campaign.ledger.records import Outcome

OK, FAILED, THROTTLED, BARRED = Outcome
T0 = 1_800_000_000 * SECOND


def heard(routes: Routes, *outcomes: Outcome, now: int = T0) -> Routes:
    for outcome in outcomes:
        routes = hear(routes, outcome, now, f"it was {outcome}")
    return routes


def later(seconds: float) -> int:
    return T0 + int(seconds * SECOND)


def opened(trips: int = 0) -> tuple[Routes, int]:
    """A breaker that has opened, and whose probe failed `trips` times; with the time when the last one did."""
    routes, now = heard(Routes(), *[FAILED] * 5), T0
    for _ in range(trips):
        now = routes.operation.until or 0
        passage = admit(routes, now)
        assert passage.passes
        routes = hear(passage.routes, FAILED, now, "still down")
    return routes, now


def test_four_failures_in_a_row_are_borne_and_the_fifth_opens() -> None:
    assert admit(heard(Routes(), *[FAILED] * 4), T0).passes
    passage = admit(heard(Routes(), *[FAILED] * 5), T0)
    assert (passage.passes, passage.wait_s, passage.why) == (False, 30.0, "it was failed")


def test_half_of_the_last_ones_open_once_ten_are_known() -> None:
    mixed = [FAILED, OK] * 4
    assert heard(Routes(), *mixed, FAILED).operation.state is RouteState.CLOSED
    assert heard(Routes(), *mixed, FAILED, OK).operation.state is RouteState.CLOSED  # judged when something fails
    assert heard(Routes(), *mixed, FAILED, OK, FAILED).operation.state is RouteState.OPEN


def test_successes_of_long_ago_do_not_outweigh_what_fails_now() -> None:
    routes = heard(Routes(), *[OK] * 1000, *[FAILED, FAILED, OK] * 7)
    assert routes.operation.state is RouteState.OPEN


@pytest.mark.parametrize(("trips", "open_s"), [(0, 30), (1, 60), (2, 120), (3, 240), (4, 480), (5, 600), (50, 600)])
def test_each_failed_probe_doubles_the_time_up_to_ten_minutes(trips: int, open_s: int) -> None:
    routes, now = opened(trips)
    assert admit(routes, now).wait_s == open_s


def test_a_probe_that_succeeds_closes_and_all_is_forgotten() -> None:
    routes, _ = opened(3)
    passage = admit(routes, routes.operation.until or 0)
    assert hear(passage.routes, OK, later(9999)) == Routes()


def test_one_probe_goes_and_a_second_only_when_the_first_never_reports() -> None:
    routes, _ = opened()
    now = routes.operation.until or 0
    probe = admit(routes, now)
    assert probe.passes
    second = admit(probe.routes, now)
    assert not second.passes
    assert second.wait_s == 2.0
    assert "One request is trying" in second.why
    assert not admit(probe.routes, now + PROBE_S * SECOND - 1).passes
    assert admit(probe.routes, now + PROBE_S * SECOND).passes


def test_what_was_sent_before_a_breaker_opened_neither_closes_nor_prolongs_it() -> None:
    routes, now = opened()
    assert hear(routes, OK, now).operation == routes.operation
    assert hear(routes, FAILED, now + SECOND) == routes


def test_a_throttled_probe_leaves_the_breaker_half_open_and_waits_as_long_as_it_was_told() -> None:
    routes, _ = opened()
    now = routes.operation.until or 0
    routes = hear(admit(routes, now).routes, THROTTLED, now, "slow down", 7)
    assert routes.operation.state is RouteState.HALF_OPEN
    assert admit(routes, now).wait_s == 7
    assert admit(routes, now + 7 * SECOND).passes


@pytest.mark.parametrize(
    ("retry_after_s", "wait_s"),
    [(3, 3), (0.5, 0.5), (1e9, 600), (float("inf"), 5), (float("nan"), 5), (-4, 5), (0, 5), (None, 5)],
)
def test_a_wish_to_wait_is_granted_when_it_is_sane(retry_after_s: float | None, wait_s: float) -> None:
    assert admit(hear(Routes(), THROTTLED, T0, "", retry_after_s), T0).wait_s == wait_s


def test_throttles_that_follow_each_other_grow_those_that_come_together_do_not() -> None:
    routes, waits = heard(Routes(), THROTTLED, THROTTLED, THROTTLED), []
    for _ in range(9):
        now = routes.whole.until or 0
        waits.append(admit(routes, now - SECOND).wait_s)
        routes = heard(routes, THROTTLED, THROTTLED, now=now)
        waits[-1] = admit(routes, now).wait_s
    assert waits == [10, 20, 40, 80, 160, 320, 600, 600, 600]
    passed = hear(routes, OK, (routes.whole.until or 0) + 1)
    assert admit(hear(passed, THROTTLED, T0), T0).wait_s == 5


def test_a_shorter_wish_never_cuts_a_longer_one_short() -> None:
    routes = hear(hear(Routes(), THROTTLED, T0, "", 60), THROTTLED, T0, "", 1)
    assert admit(routes, T0).wait_s == 60


def test_throttles_are_no_failures() -> None:
    routes = heard(Routes(), *[FAILED] * 4, *[THROTTLED] * 20, FAILED)
    assert routes.operation.failures == 5
    assert heard(Routes(), *[THROTTLED] * 50).operation == Routes().operation


def test_a_bar_holds_for_good_whatever_is_heard_until_it_is_reopened() -> None:
    routes = heard(Routes(), BARRED, OK, FAILED, THROTTLED, OK, now=T0)
    passage = admit(routes, later(10**6))
    assert (passage.passes, passage.wait_s, passage.why) == (False, None, "it was barred")
    half = Routes(reopened(routes.whole), routes.operation)
    probe = admit(half, T0)
    assert probe.passes
    assert not admit(probe.routes, T0).passes
    assert hear(probe.routes, OK, T0).whole.state is RouteState.CLOSED
    assert hear(probe.routes, BARRED, T0).whole.state is RouteState.BARRED


@dataclass(frozen=True)
class Ask:
    """Somebody wants to send a job."""


@dataclass(frozen=True)
class Wait:
    seconds: int


STEPS = st.lists(
    st.one_of(
        st.just(Ask()),
        st.builds(Wait, st.sampled_from([1, 5, 29, 31, 119, 121, 700])),
        st.tuples(st.sampled_from(list(Outcome)), st.sampled_from([None, -1.0, 3.0, 1e9])),
    ),
    max_size=80,
)


@given(STEPS)
def test_whatever_happens_no_rule_of_the_route_is_broken(
    steps: list[Ask | Wait | tuple[Outcome, float | None]],
) -> None:
    routes, now, probing = Routes(), T0, 0
    for step in steps:
        match step:
            case Wait(seconds):
                now += seconds * SECOND
            case Ask():
                passage = admit(routes, now)
                routes = passage.routes
                if not passage.passes:
                    assert passage.wait_s is None or 0 < passage.wait_s <= LONGEST_S
                    assert (passage.wait_s is None) == (routes.whole.state is RouteState.BARRED)
                    continue
                assert routes.whole.state is not RouteState.BARRED
                assert routes.operation.state is not RouteState.OPEN
                for route in (routes.whole, routes.operation):
                    assert route.until is None or route.until <= now
                if RouteState.HALF_OPEN in (routes.whole.state, routes.operation.state):
                    assert now >= probing, "two probes at once"
                    probing = now + PROBE_S * SECOND
            case (outcome, retry_after_s):
                routes, probing = hear(routes, outcome, now, "told", retry_after_s), 0
        assert len(routes.operation.recent) <= 20
        closed = routes.operation.state is RouteState.CLOSED
        assert not (closed and routes.operation.failures >= 5)


@given(st.lists(st.sampled_from([OK, THROTTLED, FAILED]), max_size=60))
def test_nothing_but_a_bar_lasts_longer_than_ten_minutes(outcomes: list[Outcome]) -> None:
    assert admit(heard(Routes(), *outcomes), later(LONGEST_S)).passes
