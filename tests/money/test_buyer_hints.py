"""What a provider tells unasked: it wakes who waits and names lost work, and nothing is believed that the provider denies."""

import asyncio
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from buying_terms import planned_and_intended
from fakes.vendor import Fate
from shops import GONE_OWNER, Shop, a_wanted_job, no_money_held, open_shop

from campaign.buying.bought import Bought
from campaign.buying.gate import Gate
from campaign.buying.hints import Hints
from campaign.ledger.jobs import intent_id
from campaign.ledger.ledger import Ledger
from campaign.model.outcomes import JobState
from campaign.providers.base import Recall

HOOKED = ("fake",)


def told(shop: Shop, remote_id: str = "gen-1", after_s: float = 0.0) -> threading.Thread:
    """The provider tells of the wanted job."""
    intent = intent_id(a_wanted_job().job.key, 1)

    def tell() -> None:
        time.sleep(after_s)
        shop.ledger.hint("fake", intent, remote_id)

    thread = threading.Thread(target=tell)
    thread.start()
    return thread


def bought_slowly(shop: Shop, hooked: tuple[str, ...]) -> tuple[Bought, float]:
    began = time.monotonic()
    bought = shop.buy(a_wanted_job(), sleep=asyncio.sleep, hooked=hooked)
    return bought, time.monotonic() - began


def test_a_hint_wakes_who_waits(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=0.5, poll_s=12.0)
    telling = told(shop, after_s=0.6)
    bought, took_s = bought_slowly(shop, HOOKED)
    telling.join()
    assert bought.state is JobState.STORED
    assert took_s < 2.5  # the first poll would have come after 3 s at the earliest


def test_a_hint_that_comes_before_the_answer_to_the_request_is_not_lost(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, poll_s=12.0, latency_s=0.4)
    telling = told(shop, after_s=0.2)
    bought, took_s = bought_slowly(shop, HOOKED)
    telling.join()
    assert bought.state is JobState.STORED
    assert took_s < 2.5


def test_who_is_not_hooked_is_only_asked(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, poll_s=2.4)
    told(shop).join()
    bought, took_s = bought_slowly(shop, ())
    assert bought.state is JobState.STORED
    assert took_s > 0.55


@pytest.mark.parametrize("early", [True, False])
def test_lost_work_that_a_hint_names_is_no_doubt(tmp_path: Path, ledger: Ledger, early: bool) -> None:
    shop = open_shop(tmp_path, ledger, Recall.NOTHING)
    shop.vendor.bend(Fate.ANSWER_LOST)
    telling = told(shop, after_s=0.0 if early else 0.5)
    bought = shop.buy(a_wanted_job(), hooked=HOOKED)
    telling.join()
    assert (bought.state, bought.record.remote_id) == (JobState.STORED, "gen-1")
    assert (shop.billed(), shop.vendor.posts) == (1, 1)
    assert no_money_held(ledger)
    assert ledger.verify() == []


def test_a_hint_that_the_provider_denies_changes_nothing(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, Recall.NOTHING, told_s=0.8)
    shop.vendor.bend(Fate.ANSWER_LOST)
    told(shop, remote_id="forged").join()
    began = time.monotonic()
    bought = shop.buy(a_wanted_job(), hooked=HOOKED, sleep=asyncio.sleep)
    assert (bought.state, bought.record.remote_id) == (JobState.IN_DOUBT, None)
    assert time.monotonic() - began >= 0.8
    assert shop.vendor.posts == 1


def test_who_listens_for_a_hint_keeps_nobody_from_buying(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, Recall.NOTHING, unanswered=1)
    shop.vendor.bend(Fate.ANSWER_LOST)

    async def run() -> tuple[Bought, Bought]:
        buyer = shop.buyer(hooked=HOOKED, gate=Gate({("fake", "modify"): 1}, cores=2))
        lost = asyncio.create_task(shop.obtain(a_wanted_job(), buyer))
        while shop.vendor.posts < 1:
            await asyncio.sleep(0.01)
        other = await shop.obtain(a_wanted_job("other"), buyer)
        assert (shop.record(a_wanted_job()).state, lost.done()) == (JobState.IN_DOUBT, False)
        await asyncio.to_thread(told(shop).join)
        return await lost, other

    assert [each.state for each in asyncio.run(run())] == [JobState.STORED, JobState.STORED]
    assert (shop.billed(), shop.vendor.posts) == (2, 2)
    assert ledger.verify() == []


def test_without_hooks_a_hint_is_no_name_either(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, Recall.NOTHING)
    shop.vendor.bend(Fate.ANSWER_LOST)
    told(shop).join()
    assert shop.buy(a_wanted_job()).state is JobState.IN_DOUBT


def test_what_was_left_in_doubt_is_collected_by_the_next_run_once_a_hint_named_it(
    tmp_path: Path, ledger: Ledger
) -> None:
    shop = open_shop(tmp_path, ledger, Recall.NOTHING)
    record = planned_and_intended(ledger, a_wanted_job(), owner=GONE_OWNER, lease_s=-1.0, send_s=0.1)
    shop.vendor.accept(record.intent_id, record.key, shop.provider._price, None)
    record = ledger.purchases.reconciling(record.lease, "No answer.")
    record = ledger.purchases.in_doubt(record.lease, "Nobody knows.")
    collecting = shop.buyer(hooked=HOOKED).collect_leftovers
    asyncio.run(collecting("fresh-days", {record.key}))
    assert shop.record(a_wanted_job()).state is JobState.IN_DOUBT
    told(shop).join()
    asyncio.run(shop.buyer(hooked=HOOKED).collect_leftovers("fresh-days", {record.key}))
    after = shop.record(a_wanted_job())
    assert (after.state, after.remote_id, shop.vendor.posts) == (JobState.STORED, "gen-1", 0)
    assert no_money_held(ledger)
    assert ledger.verify() == []


def test_many_who_wait_share_one_look(ledger: Ledger) -> None:
    ledger.plan("fresh-days", [a_wanted_job()])
    record = replace(ledger.record(a_wanted_job().job.key), provider="fake")
    looks: list[int] = []

    class Desk:
        async def ask(self, question: Any, *words: Any) -> Any:
            looks.append(1)
            return question(*words)

    async def wait() -> None:
        hints = Hints(ledger, cast(Any, Desk()), asyncio.sleep, HOOKED)

        async def one(number: int) -> None:
            await asyncio.sleep(number / 100)
            await hints.pause(record, 1.2)

        await asyncio.gather(*(one(number) for number in range(50)))

    asyncio.run(wait())
    assert 2 <= len(looks) < 10
