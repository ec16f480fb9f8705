"""fanout cancel: what vendors can call off is not billed, what had finished is kept, the rest is named with its price."""

import asyncio
from pathlib import Path

import pytest
from fakes.provider import look_at
from fakes.vendor import Fate
from shops import GONE_OWNER, Shop, a_wanted_job, hurried, open_shop

from campaign.buying.calling_off import CalledOff, at_most_usd, call_off
from campaign.ledger.ledger import Ledger
from campaign.model.outcomes import JobState, Reason
from campaign.store.files import Store


def running(shop: Shop, name: str = "job", fate: Fate | None = None, *, lease_s: float = -1.0) -> str:
    """A job that its vendor has, left behind by a run that was stopped; returns its key."""
    planned = a_wanted_job(name)
    shop.ledger.plan("fresh-days", [planned])
    record = shop.ledger.purchases.intend(
        planned, owner=GONE_OWNER, caps=shop.buyer()._counter.purse.caps(planned), request_sha256="a" * 64,
        lease_s=lease_s, send_s=30.0,
    ).record  # fmt: skip
    work = shop.vendor.accept(record.intent_id, record.key, shop.provider._price, fate)
    shop.ledger.purchases.submitted(record.lease, remote_id=work.id)
    return record.key


def call(shop: Shop, grace_s: float = 0.3) -> CalledOff:
    return asyncio.run(
        call_off(
            ledger=shop.ledger, store=shop.store, providers={"fake": shop.provider}, campaign="fresh-days",
            grace_s=grace_s, inspect=look_at, sleep=hurried,
        )
    )  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path, ledger: Ledger) -> Shop:
    return open_shop(tmp_path, ledger, takes_s=60.0, cancels=True)


def test_what_runs_is_called_off_and_costs_nothing(shop: Shop) -> None:
    keys = {running(shop, f"job {n}") for n in range(3)}
    done = call(shop)
    assert {record.key for record in done.cancelled} == keys
    assert (done.collected, done.billing) == ((), ())
    assert shop.vendor.bill() == []
    assert {record.reason for record in done.cancelled} == {Reason.CANCELLED}
    assert (shop.ledger.money("fresh-days").reserved_usd, shop.ledger.money("fresh-days").spent_usd) == (0, 0)
    assert shop.ledger.verify() == []


def test_what_had_finished_is_kept_for_it_is_paid(shop: Shop) -> None:
    shop.vendor._takes_s = 0.0
    running(shop)
    done = call(shop)
    (record,) = done.collected
    assert shop.store.local(str(record.artifact_sha256)).read_bytes() == b"film gen-1"
    assert shop.ledger.money("fresh-days").spent_usd == 1
    assert len(shop.vendor.bill()) == 1
    assert (done.cancelled, done.billing) == ((), ())


def test_what_a_vendor_cannot_call_off_is_named_with_its_id_and_price(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=60.0)
    running(shop)
    done = call(shop)
    assert [(record.remote_id, record.price_reserved_usd) for record in done.billing] == [("gen-1", 1)]
    assert shop.record(a_wanted_job()).state is JobState.SUBMITTED
    assert at_most_usd(done.billing) == 1


def test_a_vendor_that_does_not_answer_in_time_may_still_bill_and_the_next_run_asks(shop: Shop) -> None:
    key = running(shop)
    shop.provider.unreachable = True
    done = call(shop, grace_s=0.1)
    assert [(record.key, record.state) for record in done.billing] == [(key, JobState.CANCELLING)]
    shop.provider.unreachable = False
    bought = shop.buy(a_wanted_job())  # it was called off there, which this run learns: only the next one buys it anew
    assert (bought.state, bought.reason) == (JobState.CANCELLED, Reason.CANCELLED)
    assert shop.vendor.posts == 0
    shop.vendor._takes_s = 0.0
    assert shop.buy(a_wanted_job()).state is JobState.STORED


def test_a_job_that_a_living_run_holds_is_left_to_it(shop: Shop) -> None:
    running(shop, lease_s=60.0)
    assert [record.state for record in call(shop).billing] == [JobState.SUBMITTED]
    assert len(shop.ledger.history(a_wanted_job().job.key)) == 3


@pytest.mark.parametrize("fate", [Fate.FAILS, Fate.FAILS_BILLED])
def test_what_failed_before_it_could_be_called_off_is_paid_only_if_it_was_billed(shop: Shop, fate: Fate) -> None:
    shop.vendor._takes_s = 0.0
    running(shop, fate=fate)
    call(shop)
    billed = fate is Fate.FAILS_BILLED
    assert shop.record(a_wanted_job()).state is (JobState.DEAD if billed else JobState.CANCELLED)
    assert shop.ledger.money("fresh-days").spent_usd == (1 if billed else 0)


def test_a_cancel_that_races_with_the_end_never_leaves_a_charge_without_its_film(
    tmp_path: Path, ledger: Ledger
) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=0.15, cancels=True)

    async def race() -> None:
        for n in range(12):
            planned = a_wanted_job(f"job {n}")
            buying = asyncio.create_task(shop.obtain(planned))
            while shop.vendor.posts <= n and not buying.done():
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.012 * n)
            buying.cancel()
            await asyncio.wait({buying})
            await call_off(
                ledger=ledger, store=shop.store, providers={"fake": shop.provider}, campaign="fresh-days",
                inspect=look_at,
            )  # fmt: skip

    asyncio.run(race())
    records = [shop.record(a_wanted_job(f"job {n}")) for n in range(12)]
    assert {record.state for record in records} <= {JobState.CANCELLED, JobState.STORED, JobState.PLANNED}
    stored = [record for record in records if record.state is JobState.STORED]
    assert sorted(str(record.remote_id) for record in stored) == sorted(work.id for work in shop.vendor.bill())
    assert ledger.money("fresh-days").spent_usd == len(stored)
    assert ledger.verify(store=Store(tmp_path / "store"), deep=True) == []


def test_a_provider_hears_again_what_it_answered_to_another_process(shop: Shop) -> None:
    planned, heard = a_wanted_job(), []
    shop.provider.remind = lambda remote_id, answer: heard.append((remote_id, answer))
    shop.ledger.plan("fresh-days", [planned])
    record = shop.ledger.purchases.intend(
        planned, owner=GONE_OWNER, caps=shop.buyer()._counter.purse.caps(planned), request_sha256="a" * 64,
        lease_s=-1.0, send_s=30.0,
    ).record  # fmt: skip
    work = shop.vendor.accept(record.intent_id, record.key, shop.provider._price, None)
    shop.ledger.purchases.submitted(record.lease, remote_id=work.id, answer='{"status": 200}')
    call(shop)
    assert heard == [(work.id, '{"status": 200}')]


def test_a_film_that_comes_too_slowly_is_left_to_the_next_run(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.vendor._takes_s = 0.0
    key = running(shop)

    async def dripping(*_: object) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr("campaign.buying.calling_off._LEAST_S", 0.2)
    monkeypatch.setattr(shop.provider, "fetch", dripping)
    assert call(shop).collected == ()
    record = shop.ledger.record(key)
    assert record is not None
    assert (record.state, record.lease_owner) == (JobState.READY, None)
