"""Answers that come late, and a ledger that cannot be written when they do: no id of paid work is ever dropped."""

import asyncio
import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from builders import a_planned_job
from buying_terms import OWNER, planned_and_intended, states, submitted
from fakes.vendor import Fate
from shops import GONE_OWNER, Shop, a_wanted_job, open_shop

from campaign.buying.bought import Bought
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import JobRecord
from campaign.model.outcomes import JobState
from campaign.providers.base import Generation, Parcel, Recall
from campaign.providers.departure import SendBy

CLASSES = [Recall.CLIENT_ID, Recall.HANDLE, Recall.NOTHING]


def taken_over(shop: Shop) -> JobRecord:
    """Another run takes the job while its request is under way: its lease had run out."""
    with shop.ledger._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE job SET lease_until = 0")
    record = shop.record(a_wanted_job())
    return shop.ledger.purchases.claim(record.key, state=record.state, owner=GONE_OWNER, lease_s=60)


@pytest.mark.parametrize("recall", CLASSES)
def test_an_answer_whose_lease_was_lost_meanwhile_is_still_written_down(
    tmp_path: Path, ledger: Ledger, recall: Recall
) -> None:
    shop = open_shop(tmp_path, ledger, recall, latency_s=0.3)

    async def run() -> Bought:
        buying = asyncio.create_task(shop.obtain(a_wanted_job()))
        while shop.vendor.posts < 1:
            await asyncio.sleep(0.01)
        assert taken_over(shop).state is JobState.INTENT
        return await buying

    bought = asyncio.run(run())
    assert (bought.state, bought.record.remote_id) == (JobState.STORED, "gen-1")
    assert shop.billed() == 1


def test_who_took_over_waits_for_a_late_answer_before_he_calls_it_doubtful(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, Recall.NOTHING, send_s=0.1, settle_s=5.0)
    record = planned_and_intended(ledger, a_wanted_job(), owner=GONE_OWNER, lease_s=-1.0, send_s=0.1)

    async def run() -> Bought:
        buying = asyncio.create_task(shop.obtain(a_wanted_job()))
        await asyncio.sleep(0.4)
        assert shop.record(a_wanted_job()).state is JobState.INTENT  # ours, and not in doubt yet
        work = shop.vendor.accept(record.intent_id, record.key, shop.provider._price, None)
        late = ledger.purchases.adopt(
            record.key,
            intent_id=record.intent_id,
            remote_id=work.id,
            request_id=None,
            owner=GONE_OWNER,
            lease_s=-1.0,
        )
        assert late.state is JobState.SUBMITTED
        return await buying

    bought = asyncio.run(run())
    assert (bought.state, bought.record.remote_id, shop.vendor.posts) == (JobState.STORED, "gen-1", 0)


def test_without_a_late_answer_it_is_in_doubt_when_the_settle_window_ends(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, Recall.NOTHING, send_s=0.1, settle_s=0.5)
    planned_and_intended(ledger, a_wanted_job(), owner=GONE_OWNER, lease_s=-1.0, send_s=0.1)
    began = time.monotonic()
    assert shop.buy(a_wanted_job()).state is JobState.IN_DOUBT
    assert time.monotonic() - began >= 0.5


def test_the_id_of_paid_work_waits_for_a_ledger_that_is_locked(tmp_path: Path, sqlite_path: Path) -> None:
    with Ledger.open(f"sqlite:///{sqlite_path}", busy_s=0.1) as ledger:
        shop = open_shop(tmp_path, ledger, Recall.NOTHING, latency_s=0.2)

        def lock() -> None:
            while shop.vendor.posts < 1:
                time.sleep(0.005)
            with sqlite3.connect(sqlite_path, isolation_level=None, timeout=5) as other:
                other.execute("BEGIN EXCLUSIVE")
                time.sleep(1.5)
                other.execute("ROLLBACK")
            other.close()

        holding = threading.Thread(target=lock)
        holding.start()
        bought = shop.buy(a_wanted_job())
        holding.join()
        assert (bought.state, shop.vendor.posts) == (JobState.STORED, 1)


def test_a_refusal_waits_for_a_ledger_that_is_locked(tmp_path: Path, sqlite_path: Path) -> None:
    """Nothing was accepted: were that not written down, a provider that cannot be asked would leave a doubt."""
    with Ledger.open(f"sqlite:///{sqlite_path}", busy_s=0.1) as ledger:
        shop = open_shop(tmp_path, ledger, Recall.NOTHING)
        shop.vendor.bend(Fate.BUSY)
        other = sqlite3.connect(sqlite_path, isolation_level=None, timeout=5, check_same_thread=False)
        shop.vendor.at_post = lambda: other.execute("BEGIN EXCLUSIVE")
        threading.Timer(0.3, lambda: other.execute("ROLLBACK")).start()
        bought = shop.buy(a_wanted_job())
        other.close()
        assert (bought.state, bought.record.attempt) == (JobState.STORED, 1)
        assert states(ledger, bought.key)[:3] == ["planned", "intent", "planned"]


def test_an_answer_with_the_name_of_another_job_leaves_a_doubt_and_never_its_film(
    tmp_path: Path, ledger: Ledger
) -> None:
    shop = open_shop(tmp_path, ledger, Recall.NOTHING, unanswered=4)
    first = shop.buy(a_wanted_job("first"))
    name = first.record.remote_id
    submit = shop.provider.submit

    async def misled(parcel: Parcel, send_by: SendBy) -> Generation:
        return replace(await submit(parcel, send_by), remote_id=name)

    shop.provider.submit = misled  # type: ignore[method-assign]  # a vendor that mixes up its answers
    second = shop.buy(a_wanted_job("second"))
    assert (second.state, second.record.remote_id) == (JobState.IN_DOUBT, None)
    assert f"answered with {name}, which is job {first.record.key[:12]} already" in second.note
    assert ledger.money("fresh-days").reserved_usd == 1
    assert shop.billed() == 2
    found = next(work.id for work in shop.vendor.bill() if work.id != name)
    ledger.resolve_paid(second.record.key, found, by="anna")
    del shop.provider.submit
    assert shop.buy(a_wanted_job("second")).state is JobState.STORED
    assert ledger.verify() == []


def test_a_late_answer_with_the_name_of_another_job_is_only_a_remark(ledger: Ledger) -> None:
    first = submitted(ledger, a_planned_job("first", price="1"), remote_id="gen-1")
    second = planned_and_intended(ledger, a_planned_job("second", price="1"))
    told = {"remote_id": "gen-1", "request_id": None, "owner": OWNER, "lease_s": 60.0}
    after = ledger.purchases.adopt(second.key, intent_id=second.intent_id, **told)
    assert (after.state, after.remote_id) == (JobState.INTENT, None)
    assert f"which is job {first.key[:12]} already" in after.note
