"""Polls: few, and never long after the job is done."""

import random
from collections.abc import Callable, Iterator

import pytest

from campaign.buying.pace import Pace


@pytest.fixture(autouse=True)
def _seeded() -> Iterator[None]:
    state = random.getstate()
    random.seed(7)
    yield
    random.setstate(state)


def follow(pace: Pace, took_s: float, poll_s: float = 3.0) -> tuple[float, int]:
    """How long a job of `took_s` is waited for, and with how many polls; the pace learns from it."""
    waited, polls = 0.0, 0
    while True:
        waited += pace.pause("luma", "modify", poll_s, waited)
        polls += 1
        if waited >= took_s:
            pace.learn("luma", "modify", waited)
            return waited, polls


@pytest.mark.parametrize("took_s", [0.7, 2.0, 20.0, 120.0, 600.0])
def test_what_usually_takes_so_long_is_seen_to_be_done_soon_and_with_few_requests(took_s: float) -> None:
    pace = Pace()
    for _ in range(300):
        follow(pace, took_s)
    seen = [follow(pace, took_s) for _ in range(200)]
    assert sum(waited for waited, _ in seen) / 200 < 1.1 * took_s + 0.1
    assert sum(polls for _, polls in seen) / 200 < 4


def test_nothing_known_a_short_job_is_found_soon_and_a_long_one_costs_few_requests() -> None:
    assert follow(Pace(), 0.5)[0] < 1.5
    waited, polls = follow(Pace(), 600.0)
    assert waited < 640
    assert polls < 80


def test_a_job_unlike_the_others_is_asked_for_less_and_less_often() -> None:
    pace = Pace()
    for _ in range(100):
        follow(pace, 2.0)
    waited, polls = follow(pace, 900.0)
    assert waited < 960
    assert polls < 100


def test_a_provider_whose_poll_waits_by_itself_is_asked_at_once() -> None:
    assert Pace().pause("local", "modify", 0.0, 5.0) == 0.0


@pytest.mark.parametrize("draw", [lambda: random.uniform(1, 3), lambda: random.choice([2.0, 30.0])])
def test_uneven_jobs_do_not_wait_for_the_slowest(draw: Callable[[], float]) -> None:
    pace = Pace()
    lost = []
    for _ in range(400):
        took = draw()
        lost.append((follow(pace, took)[0] - took) / took)
    assert sorted(lost)[200] < 0.5
