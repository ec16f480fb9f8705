"""The buying loop against an honest vendor: what is sent, what is billed, what is kept, whatever goes wrong."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from builders import a_job, a_planned_job
from buying_terms import planned_and_intended, states
from fakes.provider import FakeProvider
from fakes.vendor import Fate
from shops import GONE_OWNER, Shop, a_wanted_job, open_shop

from campaign.buying.bought import Bought
from campaign.buying.gate import Gate
from campaign.errors import ProviderBusy, SetupError, StoreError
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Money
from campaign.model.campaign import Budget
from campaign.model.jobs import Operation
from campaign.model.outcomes import JobState, Reason
from campaign.providers.base import Recall
from campaign.store.files import Store


@pytest.fixture
def shop(tmp_path: Path, ledger: Ledger) -> Shop:
    return open_shop(tmp_path, ledger)


def test_a_job_is_bought_stored_and_paid(shop: Shop) -> None:
    bought = shop.buy(a_wanted_job())
    assert bought.state is JobState.STORED
    assert bought.sha256 is not None
    assert shop.store.local(bought.sha256).read_bytes() == b"film gen-1"
    assert (bought.reused, bought.note, bought.reason) == (False, "", None)
    assert shop.ledger.money("fresh-days") == Money(Decimal(0), Decimal(1))
    assert states(shop.ledger, bought.key) == ["planned", "intent", "submitted", "ready", "stored"]
    assert shop.ledger.verify(store=shop.store, deep=True) == []


def test_what_is_stored_costs_no_request_at_all(shop: Shop) -> None:
    first = shop.buy(a_wanted_job())
    posts, polls, downloads = shop.vendor.posts, shop.vendor.polls, shop.vendor.downloads
    second = shop.buy(a_wanted_job())
    assert second.reused
    assert second.sha256 == first.sha256
    assert (shop.vendor.posts, shop.vendor.polls, shop.vendor.downloads) == (posts, polls, downloads)
    assert len(shop.ledger.history(first.key)) == 5


def test_ten_who_want_the_same_share_one_purchase(shop: Shop) -> None:
    async def all_at_once() -> list[Bought]:
        buyer = shop.buyer()
        return await asyncio.gather(*(shop.obtain(a_wanted_job(), buyer) for _ in range(10)))

    results = asyncio.run(all_at_once())
    assert len({result.sha256 for result in results}) == 1
    assert shop.billed() == 1


def test_two_runs_at_once_buy_each_job_once(shop: Shop, ledger_url: str) -> None:
    jobs = [a_wanted_job(f"job {n}") for n in range(12)]

    async def both() -> list[Bought]:
        with Ledger.open(ledger_url) as other:
            buyers = [shop.buyer(), shop.buyer(ledger=other)]
            return await asyncio.gather(*(shop.obtain(job, buyer) for job in jobs for buyer in buyers))

    results = asyncio.run(both())
    assert {result.state for result in results} == {JobState.STORED}
    assert shop.billed() == 12
    assert shop.ledger.verify(store=shop.store) == []


def test_a_reframe_starts_from_what_its_parent_left(shop: Shop) -> None:
    seen = []
    submit = shop.provider.submit

    class Watched(FakeProvider):
        async def submit(self, parcel: Any, send_by: Any) -> Any:
            seen.append((parcel.order.source, parcel.order.parent_remote_id))
            return await submit(parcel, send_by)

    shop.provider = Watched(shop.vendor)
    modify = shop.buy(a_wanted_job("modify"))
    reframe = a_planned_job(
        job=a_job("reframe", operation=Operation.REFRAME, parent=modify.key), provider="fake", price="1"
    )
    shop.ledger.plan("fresh-days", [reframe])
    result = asyncio.run(shop.buyer().obtain(reframe, None, modify.record))
    assert result.state is JobState.STORED
    assert seen == [(shop.source, None), (shop.store.local(str(modify.sha256)), "gen-1")]


def test_a_job_with_nothing_to_start_from_is_named(shop: Shop) -> None:
    shop.ledger.plan("fresh-days", [a_wanted_job()])
    with pytest.raises(StoreError, match="nothing to start from"):
        asyncio.run(shop.buyer().obtain(a_wanted_job(), None))
    assert shop.record(a_wanted_job()).state is JobState.PLANNED


def test_a_busy_provider_is_asked_again_under_the_same_intent(shop: Shop) -> None:
    shop.vendor.bend(Fate.BUSY, Fate.BUSY)
    bought = shop.buy(a_wanted_job())
    assert (bought.state, bought.record.attempt, shop.vendor.posts) == (JobState.STORED, 1, 3)
    assert shop.billed() == 1
    assert states(shop.ledger, bought.key)[:5] == ["planned", "intent", "planned", "intent", "planned"]


def test_patience_with_a_busy_provider_ends_and_the_job_is_left_to_the_next_run(shop: Shop) -> None:
    shop.vendor.bend(*[Fate.BUSY] * 3)
    with pytest.raises(ProviderBusy, match="could not be sent"):
        shop.buy(a_wanted_job(), patience_s=0.0)
    record = shop.record(a_wanted_job())
    assert (record.state, record.attempt, record.lease_owner) == (JobState.PLANNED, 1, None)
    assert shop.ledger.money("fresh-days").reserved_usd == 0
    assert shop.buy(a_wanted_job()).state is JobState.STORED
    assert shop.record(a_wanted_job()).intent_id == record.intent_id


@pytest.mark.parametrize(
    ("fate", "reason", "said"),
    [
        (Fate.REFUSED, Reason.REJECTED, "unknown model"),
        (Fate.MODERATED_AT_ONCE, Reason.MODERATED, "content_moderated"),
        (Fate.MODERATED, Reason.MODERATED, "content_moderated"),
        (Fate.FAILS_FOR_GOOD, Reason.REJECTED, "corrupt_input"),
    ],
)
def test_a_refusal_is_a_result_with_the_providers_sentence(shop: Shop, fate: Fate, reason: Reason, said: str) -> None:
    shop.vendor.bend(fate)
    bought = shop.buy(a_wanted_job())
    assert (bought.state, bought.sha256, bought.reason) == (JobState.REJECTED, None, reason)
    assert said in bought.note
    assert shop.ledger.money("fresh-days") == Money(Decimal(0), Decimal(0))
    posts = shop.vendor.posts
    again = shop.buy(a_wanted_job())
    assert (again.state, again.note) == (JobState.REJECTED, bought.note)
    assert shop.vendor.posts == posts


def test_a_failure_that_was_not_billed_is_tried_again_within_its_attempts(shop: Shop) -> None:
    shop.vendor.bend(Fate.FAILS)
    bought = shop.buy(a_wanted_job())
    assert (bought.state, bought.record.attempt) == (JobState.STORED, 2)
    shop.vendor.bend(Fate.FAILS, Fate.FAILS)
    other = shop.buy(a_wanted_job("other"))
    assert (other.state, other.record.attempt) == (JobState.REJECTED, 2)
    assert shop.vendor.posts == 4
    assert shop.billed() == 1
    assert [line["state"] for line in shop.ledger.export() if line["work_key"] == other.key] == ["rejected", "rejected"]


def test_a_billed_failure_is_dead_and_spent(shop: Shop) -> None:
    shop.vendor.bend(Fate.FAILS_BILLED)
    bought = shop.buy(a_wanted_job())
    assert bought.state is JobState.DEAD
    assert "gen-1" in bought.note
    assert shop.ledger.money("fresh-days") == Money(Decimal(0), Decimal(1))


def test_a_dearer_bill_freezes_the_provider(shop: Shop) -> None:
    shop.vendor.bend(Fate.DEARER)
    assert shop.buy(a_wanted_job()).state is JobState.STORED
    assert shop.ledger.money("fresh-days").spent_usd == 2
    held = shop.buy(a_wanted_job("other"))
    assert (held.state, held.sha256) == (JobState.PLANNED, None)
    assert "billed 2.00 USD where 1.00 were quoted" in held.note
    assert shop.vendor.posts == 1


def test_what_does_not_fit_into_the_budget_is_a_result(shop: Shop) -> None:
    shop.budget = Budget(campaign_usd=Decimal("2.5"))

    async def three() -> list[Bought]:
        buyer = shop.buyer()
        return await asyncio.gather(*(shop.obtain(a_wanted_job(f"job {n}"), buyer) for n in range(3)))

    results = asyncio.run(three())
    assert sorted(result.state.value for result in results) == ["budget", "stored", "stored"]
    refused = next(result for result in results if result.state is JobState.BUDGET)
    assert "do not fit into 2.50" in refused.note
    assert refused.reason is Reason.BUDGET
    assert shop.billed() == 2


@pytest.mark.parametrize("recall", [Recall.CLIENT_ID, Recall.HANDLE])
def test_a_lost_answer_is_never_paid_twice(tmp_path: Path, ledger: Ledger, recall: Recall) -> None:
    shop = open_shop(tmp_path, ledger, recall)
    shop.vendor.bend(Fate.ANSWER_LOST)
    bought = shop.buy(a_wanted_job())
    assert bought.state is JobState.STORED
    assert (shop.vendor.posts, shop.billed()) == (1, 1)
    assert "reconciling" in states(ledger, bought.key)


@pytest.mark.parametrize("recall", [Recall.CLIENT_ID, Recall.HANDLE])
def test_a_lost_request_is_sent_again_only_when_it_cannot_arrive_any_more(
    tmp_path: Path, ledger: Ledger, recall: Recall
) -> None:
    shop = open_shop(tmp_path, ledger, recall, send_s=0.5)
    shop.vendor.bend(Fate.LOST_ON_THE_WAY)
    bought = shop.buy(a_wanted_job())
    assert (bought.state, bought.record.attempt) == (JobState.STORED, 1)
    assert (shop.vendor.posts, shop.billed()) == (2, 1)
    sent = [event for event in ledger.history(bought.key) if event.to_state is JobState.INTENT]
    assert (sent[1].at - sent[0].at).total_seconds() >= 0.5  # its last moment to leave


@pytest.mark.parametrize("fate", [Fate.ANSWER_LOST, Fate.LOST_ON_THE_WAY])
def test_where_nobody_can_be_asked_a_person_decides(tmp_path: Path, ledger: Ledger, fate: Fate) -> None:
    shop = open_shop(tmp_path, ledger, Recall.NOTHING)
    shop.vendor.bend(fate)
    bought = shop.buy(a_wanted_job())
    assert (bought.state, bought.reason) == (JobState.IN_DOUBT, Reason.IN_DOUBT)
    assert f"fanout jobs resolve {a_wanted_job().job.short}" in bought.note
    assert ledger.money("fresh-days").reserved_usd == 1
    assert shop.buy(a_wanted_job()).state is JobState.IN_DOUBT
    assert shop.vendor.posts == 1


@pytest.mark.parametrize("recall", [Recall.CLIENT_ID, Recall.HANDLE, Recall.NOTHING])
@pytest.mark.parametrize("sent", [True, False])
def test_an_intent_of_a_dead_process_is_cleared_up_first(
    tmp_path: Path, ledger: Ledger, recall: Recall, sent: bool
) -> None:
    shop = open_shop(tmp_path, ledger, recall)
    record = planned_and_intended(ledger, a_wanted_job(), owner=GONE_OWNER, lease_s=-1.0, send_s=0.2)
    if sent:
        shop.vendor.accept(record.intent_id, record.key, Decimal(1), None)
    bought = shop.buy(a_wanted_job())
    assert bought.state is (JobState.IN_DOUBT if recall is Recall.NOTHING else JobState.STORED)
    assert shop.billed() == (0 if recall is Recall.NOTHING and not sent else 1)


def test_what_was_submitted_before_a_crash_is_polled_not_sent(shop: Shop) -> None:
    record = planned_and_intended(shop.ledger, a_wanted_job(), owner=GONE_OWNER, lease_s=-1.0)
    work = shop.vendor.accept(record.intent_id, record.key, Decimal(1), None)
    shop.ledger.purchases.submitted(record.lease, remote_id=work.id)
    assert shop.buy(a_wanted_job()).state is JobState.STORED
    assert shop.vendor.posts == 0


def test_what_was_ready_before_a_crash_is_only_downloaded(shop: Shop) -> None:
    record = planned_and_intended(shop.ledger, a_wanted_job(), owner=GONE_OWNER, lease_s=-1.0)
    work = shop.vendor.accept(record.intent_id, record.key, Decimal(1), None)
    record = shop.ledger.purchases.submitted(record.lease, remote_id=work.id)
    shop.ledger.purchases.ready(record.lease)
    assert shop.buy(a_wanted_job()).state is JobState.STORED
    assert (shop.vendor.posts, shop.vendor.downloads) == (0, 1)


def test_a_job_of_a_living_owner_is_waited_for(shop: Shop) -> None:
    record = planned_and_intended(shop.ledger, a_wanted_job(), owner=GONE_OWNER, lease_s=60)

    async def wait() -> Bought:
        waiting = asyncio.create_task(shop.obtain(a_wanted_job()))
        await asyncio.sleep(0.15)
        assert not waiting.done()
        shop.ledger.purchases.ended(record.lease, JobState.REJECTED, note="no", reason=Reason.REJECTED)
        return await waiting

    bought = asyncio.run(wait())
    assert (bought.state, bought.reused) == (JobState.REJECTED, True)
    assert shop.vendor.posts == 0


def test_a_provider_that_does_not_answer_costs_nothing_but_time(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, deadline_s=0.1)
    shop.provider.unreachable = True
    with pytest.raises(ProviderBusy, match="is there as gen-1 and stays there"):
        shop.buy(a_wanted_job())
    record = shop.record(a_wanted_job())
    assert (record.state, record.remote_id, record.lease_owner) == (JobState.SUBMITTED, "gen-1", None)
    shop.provider.unreachable = False
    assert shop.buy(a_wanted_job()).state is JobState.STORED
    assert shop.vendor.posts == 1


def test_what_is_no_film_is_never_stored(shop: Shop) -> None:
    shop.provider.sends.extend([b"<Error/>"] * 5)
    with pytest.raises(ProviderBusy, match="is no film"):
        shop.buy(a_wanted_job())
    assert shop.record(a_wanted_job()).state is JobState.READY
    assert list(shop.store._partials()) == []
    assert shop.buy(a_wanted_job()).state is JobState.STORED
    assert shop.billed() == 1


def test_a_result_that_the_provider_deleted_is_lost_by_name(shop: Shop) -> None:
    shop.provider.sends.extend([b"<Error/>"] * 5)
    with pytest.raises(ProviderBusy):
        shop.buy(a_wanted_job())
    shop.vendor.forget("gen-1")
    bought = shop.buy(a_wanted_job())
    assert (bought.state, bought.reason) == (JobState.LOST, Reason.LOST)
    assert "gen-1" in bought.note
    assert "refund" in bought.note
    assert shop.ledger.money("fresh-days") == Money(Decimal(0), Decimal(1))


@pytest.mark.parametrize(("visible_s", "state"), [(60.0, JobState.STORED), (0.0, JobState.LOST)])
def test_a_job_that_is_not_known_yet_is_not_given_up(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, visible_s: float, state: JobState
) -> None:
    shop.provider = FakeProvider(shop.vendor, visible_s=visible_s)
    known, asked = shop.vendor.by_id, iter(range(100))
    monkeypatch.setattr(shop.vendor, "by_id", lambda remote_id: known(remote_id) if next(asked) > 3 else None)
    assert shop.buy(a_wanted_job()).state is state
    assert shop.billed() == 1


def test_a_paid_file_that_vanished_is_fetched_again_while_the_provider_has_it(shop: Shop) -> None:
    first = shop.buy(a_wanted_job())
    shop.store.local(str(first.sha256)).unlink()
    second = shop.buy(a_wanted_job())
    assert (second.state, second.sha256) == (JobState.STORED, first.sha256)
    assert (shop.vendor.posts, shop.vendor.downloads, shop.billed()) == (1, 2, 1)
    shop.store.local(str(first.sha256)).unlink()
    shop.vendor.forget("gen-1")
    assert shop.buy(a_wanted_job()).state is JobState.LOST
    assert shop.ledger.money("fresh-days").spent_usd == 1
    assert shop.ledger.verify() == []


def test_a_free_file_that_vanished_is_made_again(shop: Shop) -> None:
    shop.provider = FakeProvider(shop.vendor, price="0")
    first = shop.buy(a_wanted_job(price="0"))
    shop.store.local(str(first.sha256)).unlink()
    second = shop.buy(a_wanted_job(price="0"))
    assert second.state is JobState.STORED
    assert not second.reused
    assert shop.store.exists(str(second.sha256))


def test_cancelled_before_it_is_sent_a_job_holds_nothing(shop: Shop) -> None:
    gate = Gate({("fake", "modify"): 1}, cores=1)

    async def cancel() -> None:
        buyer = shop.buyer(gate=gate)
        async with gate.slot("fake", "modify"):
            waiting = asyncio.create_task(shop.obtain(a_wanted_job(), buyer))
            await asyncio.sleep(0.1)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting

    asyncio.run(cancel())
    assert shop.record(a_wanted_job()).state is JobState.PLANNED
    assert shop.vendor.posts == 0
    assert shop.buy(a_wanted_job()).state is JobState.STORED


def test_cancelled_while_it_runs_a_job_is_continued_by_the_next_run(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=0.4)

    async def cancel() -> None:
        running = asyncio.create_task(shop.obtain(a_wanted_job()))
        while shop.vendor.posts == 0:
            await asyncio.sleep(0.01)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(cancel())
    record = shop.record(a_wanted_job())
    assert (record.state, record.lease_owner) == (JobState.SUBMITTED, None)
    assert shop.buy(a_wanted_job()).state is JobState.STORED
    assert (shop.vendor.posts, shop.billed()) == (1, 1)


def test_one_who_gives_up_does_not_take_the_job_from_the_others(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=0.3)

    async def both() -> Bought:
        buyer = shop.buyer()
        one, other = (asyncio.create_task(shop.obtain(a_wanted_job(), buyer)) for _ in range(2))
        await asyncio.sleep(0.1)
        one.cancel()
        with pytest.raises(asyncio.CancelledError):
            await one
        return await other

    assert asyncio.run(both()).state is JobState.STORED
    assert shop.vendor.posts == 1


def test_who_asks_while_a_job_is_given_up_gets_it_nonetheless(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=0.2)

    async def both() -> Bought:
        buyer = shop.buyer()
        one = asyncio.create_task(shop.obtain(a_wanted_job(), buyer))
        await asyncio.sleep(0.1)
        one.cancel()
        await asyncio.sleep(0)
        return await shop.obtain(a_wanted_job(), buyer)

    assert asyncio.run(both()).state is JobState.STORED
    assert shop.billed() == 1


def test_leases_are_renewed_while_a_job_runs(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=0.7)

    async def run() -> Bought:
        running = asyncio.create_task(shop.obtain(a_wanted_job(), shop.buyer(lease_s=0.3)))
        await asyncio.sleep(0.6)
        record = shop.record(a_wanted_job())
        other = ledger.purchases.claim(record.key, state=record.state, owner="other", lease_s=60)
        assert other.lease_owner == record.lease_owner != "other"
        return await running

    assert asyncio.run(run()).state is JobState.STORED


def test_who_was_replaced_drops_his_answer_and_takes_the_others(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=0.3)

    ledger.plan("fresh-days", [a_wanted_job()])

    async def run() -> Bought:
        running = asyncio.create_task(shop.obtain(a_wanted_job()))
        while shop.record(a_wanted_job()).state is not JobState.SUBMITTED:
            await asyncio.sleep(0.02)
        with ledger._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE job SET lease_until = 0")
        record = shop.record(a_wanted_job())
        theirs = ledger.purchases.claim(record.key, state=record.state, owner=GONE_OWNER, lease_s=60)
        await asyncio.sleep(0.6)
        theirs = ledger.purchases.ready(theirs.lease)
        path = shop.store.temporary(".mp4")
        path.write_bytes(b"film theirs")
        kept = shop.store.put(path, ".mp4")
        ledger.purchases.stored(theirs.lease, sha256=kept.sha256, size=kept.bytes)
        return await running

    bought = asyncio.run(run())
    assert shop.store.local(str(bought.sha256)).read_bytes() == b"film theirs"
    assert shop.billed() == 1


def test_a_job_at_a_provider_that_is_not_set_up_is_named(shop: Shop) -> None:
    record = planned_and_intended(shop.ledger, a_wanted_job(), owner=GONE_OWNER, lease_s=-1.0)
    shop.ledger.purchases.submitted(record.lease, remote_id="gen-1")
    with pytest.raises(SetupError, match="'fake'"):
        asyncio.run(shop.obtain(a_wanted_job(), shop.buyer(providers={})))


def test_a_full_disk_stops_before_money_is_spent(shop: Shop) -> None:
    shop.store = Store(shop.store._root, room=2**62)
    with pytest.raises(StoreError, match="disk is full"):
        shop.buy(a_wanted_job())
    assert shop.record(a_wanted_job()).state is JobState.PLANNED
    assert shop.vendor.posts == 0
