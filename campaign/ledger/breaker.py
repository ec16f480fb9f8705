"""When a provider may be asked: the breaker of each operation, and the throttle and bar of the provider as a whole. Pure."""

from dataclasses import dataclass, replace
from enum import StrEnum
from math import isfinite

from campaign.ledger.clock import SECOND
from campaign.ledger.records import Outcome

IN_A_ROW = 5
"""So many failures, one after the other, open a breaker."""
WINDOW, LEAST = 20, 10
"""It opens too when half of the last WINDOW outcomes failed, once LEAST of them are known."""
OPEN_S, LONGEST_S = 30, 600
"""How long it is open first, and at most after doubling; nothing waits longer than LONGEST_S for a throttle either."""
SLOWER_S = 5
"""How long a provider is left alone that asks for it without saying how long, at first."""
PROBE_S = 120
"""How long a probe may take to report before another one is let through."""
LOOK_AGAIN_S = 2.0
"""How soon to ask again while a probe is on its way."""


class RouteState(StrEnum):
    """CLOSED lets jobs through, OPEN none, HALF_OPEN one that tries the way, BARRED none before a person has acted."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"
    BARRED = "barred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What is known of one way to buy. Times are microseconds since 1970.

    `recent` are the newest outcomes, oldest first: `+` went well, `-` failed. `trips` counts openings without a success
    between them, `waits` the throttles. Nothing goes before `until`; a probe has time to report until `probe_until`.
    """

    state: RouteState = RouteState.CLOSED
    recent: str = ""
    trips: int = 0
    waits: int = 0
    until: int | None = None
    probe_until: int | None = None
    note: str = ""

    @property
    def failures(self) -> int:
        """How many of the newest outcomes failed in a row."""
        return len(self.recent) - len(self.recent.rstrip("-"))


@dataclass(frozen=True, slots=True)
class Routes:
    """The provider as a whole, which is throttled and barred, and one operation there, which has the breaker."""

    whole: Route = Route()
    operation: Route = Route()


@dataclass(frozen=True, slots=True)
class Passage:
    """The answer to a wish to pass: `routes` as they are once it did, or for how long (None: for good) and why it may not.

    `probes` tells that it changes them, since it tries a way that was closed.
    """

    passes: bool
    routes: Routes
    wait_s: float | None = None
    why: str = ""
    probes: bool = False


def admit(routes: Routes, now: int) -> Passage:
    """Whether one more job may be sent. Half-open lets one through, then none before that one was heard of."""
    for route in (routes.whole, routes.operation):
        if route.state is RouteState.BARRED:
            return Passage(False, routes, None, route.note)
        if route.until is not None and now < route.until:
            return Passage(False, routes, (route.until - now) / SECOND, route.note)
        if route.state is RouteState.HALF_OPEN and route.probe_until is not None and now < route.probe_until:
            wait_s = min(LOOK_AGAIN_S, (route.probe_until - now) / SECOND)
            return Passage(False, routes, wait_s, f"One request is trying whether it works again. Before: {route.note}")
    passed = Routes(_passed(routes.whole, now), _passed(routes.operation, now))
    return Passage(True, passed, probes=passed != routes)


def hear(routes: Routes, outcome: Outcome, now: int, note: str = "", retry_after_s: float | None = None) -> Routes:
    """The routes once the outcome of a job is known."""
    whole, operation = routes.whole, routes.operation
    match outcome:
        case Outcome.OK:
            return Routes(_cleared(whole, now), _succeeded(operation))
        case Outcome.FAILED:
            return Routes(_unprobed(whole), _failed(operation, now, note))
        case Outcome.THROTTLED:
            return Routes(_slowed(_unprobed(whole), now, note, retry_after_s), _unprobed(operation))
        case Outcome.BARRED:
            return Routes(Route(state=RouteState.BARRED, note=note), _unprobed(operation))


def reopened(whole: Route) -> Route:
    """A provider that was barred may be tried by one job, a person having acted."""
    return replace(whole, state=RouteState.HALF_OPEN) if whole.state is RouteState.BARRED else whole


def _passed(route: Route, now: int) -> Route:
    if route.state is RouteState.CLOSED:
        return route
    return replace(route, state=RouteState.HALF_OPEN, until=None, probe_until=now + PROBE_S * SECOND)


def _unprobed(route: Route) -> Route:
    return replace(route, probe_until=None)


def _cleared(whole: Route, now: int) -> Route:
    """A success while nothing may go yet was asked for before, and says nothing of now."""
    late = whole.until is not None and now < whole.until
    return whole if late or whole.state is RouteState.BARRED else Route()


def _succeeded(route: Route) -> Route:
    match route.state:
        case RouteState.HALF_OPEN:
            return Route()
        case RouteState.CLOSED:
            return replace(route, recent=(route.recent + "+")[-WINDOW:])
        case _:  # it was sent before the breaker opened
            return route


def _failed(route: Route, now: int, note: str) -> Route:
    if route.state not in (RouteState.CLOSED, RouteState.HALF_OPEN):
        return route
    route = replace(route, recent=(route.recent + "-")[-WINDOW:], note=note)
    if route.state is RouteState.HALF_OPEN:
        return _opened(route, now, note, route.trips + 1)
    seen, failed = len(route.recent), route.recent.count("-")
    if route.failures >= IN_A_ROW or (seen >= LEAST and failed * 2 >= seen):
        return _opened(route, now, note, 0)
    return route


def _opened(route: Route, now: int, note: str, trips: int) -> Route:
    open_s = min(LONGEST_S, OPEN_S * 2 ** min(trips, 10))
    until = now + open_s * SECOND
    return replace(route, state=RouteState.OPEN, trips=trips, until=until, probe_until=None, note=note)


def _slowed(whole: Route, now: int, note: str, retry_after_s: float | None) -> Route:
    """Nobody asks before the provider wants to be asked. Those who were under way together count as one throttle."""
    if whole.state is RouteState.BARRED:
        return whole
    together = whole.until is not None and now < whole.until
    waits = max(1, whole.waits if together else whole.waits + 1)
    said = retry_after_s if retry_after_s is not None and isfinite(retry_after_s) and retry_after_s > 0 else None
    pause_s = SLOWER_S * 2 ** min(waits - 1, 10) if said is None else said
    until = now + int(min(LONGEST_S, pause_s) * SECOND)
    return replace(whole, waits=waits, until=max(until, whole.until or 0), note=note)
