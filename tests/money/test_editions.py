"""Editions: who asks twice for the same new take gets one, and what is bought for one is never bought for the other."""

import threading
from concurrent.futures import ThreadPoolExecutor

from campaign.ledger.ledger import Ledger

ASKS = {("de", "ask-1"): 1, ("fr", "ask-1"): 1, ("de", "ask-2"): 1}
RUNS = 6


def test_editions_rise_above_those_of_every_variant_and_campaign(ledger: Ledger) -> None:
    assert ledger.editions("fresh-days") == {}
    assert ledger.bump("fresh-days", ASKS, by="anna") == dict.fromkeys(ASKS, 2)
    assert ledger.editions("fresh-days") == dict.fromkeys(ASKS, 2)
    ledger.bump("fresh-days", {("jp", "ask-1"): 1}, by="anna")
    assert ledger.bump("other", {("us", "ask-1"): 1}, by="ben") == {("us", "ask-1"): 4}
    assert ledger.editions("fresh-days")["jp", "ask-1"] == 3
    assert ledger.editions("fresh-days")["de", "ask-1"] == 2
    assert ledger.bump("fresh-days", {}, by="anna") == {}


def test_the_next_edition_is_told_before_anything_is_written(ledger: Ledger) -> None:
    ledger.bump("other", {("it", "ask-1"): 1}, by="anna")
    told = ledger.next_editions(ASKS)
    assert told == {("de", "ask-1"): 3, ("fr", "ask-1"): 3, ("de", "ask-2"): 2}
    assert ledger.editions("fresh-days") == {}
    assert ledger.bump("fresh-days", ASKS, by="anna") == told


def test_who_saw_an_edition_that_another_has_passed_gets_the_others(ledger: Ledger) -> None:
    first = ledger.bump("fresh-days", ASKS, by="anna")
    assert ledger.bump("fresh-days", ASKS, by="ben") == {}
    assert ledger.editions("fresh-days") == first
    again = ledger.bump("fresh-days", {**first, ("jp", "ask-2"): 1}, by="ben")
    assert again == {("de", "ask-1"): 3, ("fr", "ask-1"): 3, ("de", "ask-2"): 3, ("jp", "ask-2"): 3}
    assert ledger.bump("fresh-days", {**first, ("jp", "ask-1"): 1}, by="cleo") == {("jp", "ask-1"): 4}


def test_runs_that_ask_at_once_get_one_new_edition_between_them(ledger: Ledger, ledger_url: str) -> None:
    together = threading.Barrier(RUNS)

    def ask(number: int) -> dict[tuple[str, str], int]:
        with Ledger.open(ledger_url, busy_s=20) as mine:
            together.wait()
            return mine.bump("fresh-days", ASKS, by=f"run {number}")

    with ThreadPoolExecutor(RUNS) as runs:
        wanted = list(runs.map(ask, range(RUNS)))
    assert sorted(wanted, key=len) == [{}] * (RUNS - 1) + [dict.fromkeys(ASKS, 2)]
    assert ledger.editions("fresh-days") == dict.fromkeys(ASKS, 2)


def test_campaigns_that_ask_at_once_get_takes_of_their_own(ledger: Ledger, ledger_url: str) -> None:
    together = threading.Barrier(RUNS)

    def ask(number: int) -> int:
        with Ledger.open(ledger_url, busy_s=20) as mine:
            together.wait()
            return mine.bump(f"campaign {number}", {("de", "ask-1"): 1}, by="anna")["de", "ask-1"]

    with ThreadPoolExecutor(RUNS) as runs:
        assert sorted(runs.map(ask, range(RUNS))) == list(range(2, RUNS + 2))
