"""Buying when the way to a provider is slow, broken or barred: nobody hammers it, and nothing paid is left behind."""

import asyncio
import time
from pathlib import Path

import pytest
from fakes.vendor import Fate
from shops import Shop, a_wanted_job, no_money_held, open_shop

from campaign.buying.bought import Bought
from campaign.buying.gate import Gate
from campaign.errors import ProviderBusy
from campaign.ledger.ledger import Ledger
from campaign.model.outcomes import JobState, Reason
from campaign.providers.base import Recall


@pytest.fixture
def shop(tmp_path: Path, ledger: Ledger) -> Shop:
    return open_shop(tmp_path, ledger)


def test_who_asks_to_slow_down_is_left_alone_by_all_and_then_asked_under_the_same_attempt(shop: Shop) -> None:
    shop.vendor.bend(Fate.THROTTLED)
    began = time.monotonic()
    jobs = [a_wanted_job(f"job {n}") for n in range(4)]

    async def one_after_the_other() -> list[Bought]:
        buyer = shop.buyer(gate=Gate({("fake", "modify"): 1}, cores=1))
        return await shop.obtain_all(jobs, buyer)

    bought = asyncio.run(one_after_the_other())
    assert [each.state for each in bought] == [JobState.STORED] * 4
    assert [each.record.attempt for each in bought] == [1] * 4
    assert time.monotonic() - began >= 0.2  # what it asked for
    assert (shop.vendor.posts, shop.billed()) == (5, 4)


def test_without_credit_nothing_more_is_sent_and_every_job_says_why(shop: Shop) -> None:
    shop.vendor.bend(Fate.NO_CREDIT)
    jobs = [a_wanted_job(f"job {n}") for n in range(6)]
    bought = asyncio.run(shop.obtain_all(jobs, shop.buyer(gate=Gate({("fake", "modify"): 1}, cores=1))))
    assert {each.state for each in bought} == {JobState.PLANNED}
    assert all("no credit is left" in each.note for each in bought)
    assert shop.vendor.posts == 1
    assert no_money_held(shop.ledger)
    assert [route.state for route in shop.ledger.routes() if route.operation is None] == ["barred"]


def test_what_is_paid_is_fetched_although_nothing_more_can_be_bought(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=0.3)
    jobs = [a_wanted_job(f"job {n}") for n in range(3)]

    async def two_then_no_credit() -> list[Bought]:
        buyer = shop.buyer(gate=Gate({("fake", "modify"): 3}, cores=1))
        first = [asyncio.create_task(shop.obtain(job, buyer)) for job in jobs[:2]]
        while shop.billed() < 2:
            await asyncio.sleep(0.01)
        shop.vendor.bend(Fate.NO_CREDIT)
        return [await shop.obtain(jobs[2], buyer), *await asyncio.gather(*first)]

    third, *first = asyncio.run(two_then_no_credit())
    assert third.state is JobState.PLANNED
    assert [each.state for each in first] == [JobState.STORED] * 2


def test_after_a_top_up_the_next_run_goes_on(shop: Shop) -> None:
    shop.vendor.bend(Fate.NO_CREDIT)
    assert shop.buy(a_wanted_job()).state is JobState.PLANNED
    assert "no credit" in shop.buy(a_wanted_job()).note  # a run that did not ask for the way to be tried
    assert shop.vendor.posts == 1
    shop.ledger.reopen()
    assert shop.buy(a_wanted_job()).state is JobState.STORED
    assert shop.buy(a_wanted_job("another")).state is JobState.STORED


def test_a_key_that_is_refused_while_packing_bars_too(shop: Shop) -> None:
    shop.provider.barred = True
    bought = shop.buy(a_wanted_job())
    assert bought.state is JobState.PLANNED
    assert "set FAKE_KEY" in bought.note
    assert shop.vendor.posts == 0
    assert [event.to_state for event in shop.ledger.history(bought.key)] == [JobState.PLANNED]


def test_media_that_are_not_taken_end_the_job_unsent(shop: Shop) -> None:
    shop.vendor.pack_refused = "the clip is too long"
    bought = shop.buy(a_wanted_job())
    assert (bought.state, bought.reason, bought.note) == (
        JobState.REJECTED,
        Reason.REJECTED,
        "fake: the clip is too long",
    )
    assert shop.vendor.posts == 0
    assert no_money_held(shop.ledger)


def test_a_way_that_fails_again_and_again_is_left_alone_for_a_while(shop: Shop) -> None:
    shop.vendor.bend(*[Fate.BUSY] * 20)
    with pytest.raises(ProviderBusy, match="nothing was accepted"):
        shop.buy(a_wanted_job(), patience_s=1.0)
    assert shop.vendor.posts == 5
    assert [route.state for route in shop.ledger.routes() if route.operation == "modify"] == ["open"]
    assert no_money_held(shop.ledger)


def test_failures_are_tried_again_only_as_often_as_the_run_can_afford(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, attempts=20)
    shop.vendor.bend(*[fate for _ in range(30) for fate in (None, Fate.FAILS)])  # in between, so that no breaker opens

    async def one_by_one() -> list[Bought]:
        buyer = shop.buyer()
        return [await shop.obtain(a_wanted_job(f"job {n}"), buyer) for n in range(14)]

    bought = asyncio.run(one_by_one())
    stopped = [each for each in bought if each.state is not JobState.STORED]
    assert stopped
    assert all("retry budget of this run for fake is spent" in each.note for each in stopped)
    assert {each.state for each in stopped} == {JobState.PLANNED}
    retries = shop.vendor.posts - 14
    assert 10 <= retries <= 12  # ten to begin with, and a tenth of one for each success


def test_moderation_names_the_row_and_the_words_and_is_not_asked_again(shop: Shop) -> None:
    shop.vendor.bend(Fate.MODERATED)
    bought = shop.buy(a_wanted_job())
    assert (bought.state, bought.reason, shop.vendor.posts) == (JobState.REJECTED, Reason.MODERATED, 1)
    for word in ("content_moderated", "de-de-winter-families", "template modify", "a snowy market square"):
        assert word in bought.note


@pytest.mark.parametrize("fate", [Fate.MODERATED, Fate.MODERATED_AT_ONCE])
def test_moderation_is_asked_again_as_often_as_the_campaign_says(shop: Shop, fate: Fate) -> None:
    shop.vendor.bend(fate, fate, fate)
    bought = shop.buy(a_wanted_job(), moderation_retries=1)
    assert (bought.state, bought.reason, shop.vendor.posts) == (JobState.REJECTED, Reason.MODERATED, 2)
    assert shop.buy(a_wanted_job("another"), moderation_retries=1).state is JobState.STORED  # refused once, then taken


def test_no_more_requests_wait_for_an_answer_than_may_come_into_doubt(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, Recall.NOTHING, unanswered=2, latency_s=0.02)
    jobs = [a_wanted_job(f"job {n}") for n in range(10)]
    buyer_gate = Gate({("fake", "modify"): 8}, cores=1)
    bought = asyncio.run(shop.obtain_all(jobs, shop.buyer(gate=buyer_gate)))
    assert {each.state for each in bought} == {JobState.STORED}
    assert shop.vendor.most_answering == 2


def test_two_runs_share_the_requests_that_may_come_into_doubt(tmp_path: Path, ledger: Ledger, ledger_url: str) -> None:
    shop = open_shop(tmp_path, ledger, Recall.NOTHING, unanswered=2, latency_s=0.02)
    jobs = [a_wanted_job(f"job {n}") for n in range(8)]

    async def both() -> list[list[Bought]]:
        with Ledger.open(ledger_url) as other:
            one, two = shop.buyer(), shop.buyer(ledger=other)
            return await asyncio.gather(shop.obtain_all(jobs[:4], one), shop.obtain_all(jobs[4:], two))

    first, second = asyncio.run(both())
    assert {each.state for each in (*first, *second)} == {JobState.STORED}
    assert shop.vendor.most_answering <= 2


def test_two_runs_share_the_slots(tmp_path: Path, ledger: Ledger, ledger_url: str) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=0.1)
    jobs = [a_wanted_job(f"job {n}") for n in range(10)]

    async def both() -> list[list[Bought]]:
        with Ledger.open(ledger_url) as other:
            gates = [Gate({("fake", "modify"): 3}, cores=1) for _ in range(2)]
            one, two = shop.buyer(gate=gates[0]), shop.buyer(gate=gates[1], ledger=other)
            return await asyncio.gather(shop.obtain_all(jobs[:5], one), shop.obtain_all(jobs[5:], two))

    first, second = asyncio.run(both())
    assert {each.state for each in (*first, *second)} == {JobState.STORED}
    assert shop.vendor.most_at_once() <= 3
