"""What a run says of a provider that keeps it waiting."""

from datetime import UTC, datetime

import pytest

from campaign.buying.patience import TOLD_AFTER_S, TOLD_EVERY_S, Patience, trouble_told


def test_trouble_is_told_when_it_lasts_and_not_all_the_time() -> None:
    now = 0.0
    patience = Patience(clock=lambda: now)
    told = []
    for now in range(200):
        if patience.trouble("luma") == now:
            told.append(now)
    assert told == [TOLD_AFTER_S, TOLD_AFTER_S + TOLD_EVERY_S, TOLD_AFTER_S + 2 * TOLD_EVERY_S, 195]


def test_a_provider_that_answers_again_is_in_no_trouble() -> None:
    now = 0.0
    patience = Patience(clock=lambda: now)
    for cured in (patience.taken, patience.answered):
        assert patience.trouble("luma") is None
        now += TOLD_AFTER_S
        cured("luma")
        assert patience.trouble("luma") is None
        now += TOLD_AFTER_S
        assert patience.trouble("luma") == TOLD_AFTER_S
        cured("luma")


@pytest.mark.parametrize(
    ("host", "hint"), [("127.0.0.1:8778", " Is `fanout emulate` running?"), ("agents.lumalabs.ai", "")]
)
def test_trouble_is_told_with_its_beginning_and_the_next_try(host: str, hint: str) -> None:
    now = datetime(2026, 11, 20, 17, 55, 30, tzinfo=UTC)
    why = f"POST /files: no connection to {host} (All connection attempts failed)."
    assert trouble_told("luma", why, 200, 20, now) == (
        f"luma: {why}{hint} It has been so since 17:52 and is tried again at 17:55:50; Ctrl-C stops, nothing is lost."
    )
