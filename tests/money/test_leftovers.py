"""What an earlier run paid for and this one does not want: collected all the same, named where it cannot be, never bought."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from buying_terms import planned_and_intended
from fakes.vendor import Fate
from shops import GONE_OWNER, Shop, a_wanted_job, open_shop

from campaign.ledger.ledger import Ledger
from campaign.ledger.records import JobRecord
from campaign.model.jobs import PlannedJob
from campaign.model.outcomes import JobState, Reason
from campaign.providers.base import Recall


def sent(shop: Shop, planned: PlannedJob, fate: Fate | None = None, **terms: Any) -> JobRecord:
    """A job that a run which is gone had sent; whether the id was written down is for the test to say."""
    record = planned_and_intended(
        shop.ledger, planned, **{"owner": GONE_OWNER, "lease_s": -1.0, "send_s": 0.1, **terms}
    )
    shop.vendor.accept(record.intent_id, record.key, shop.provider._price, fate)
    return record


def collect(shop: Shop, wanted: set[str] | None = None) -> None:
    asyncio.run(shop.buyer().collect_leftovers("fresh-days", wanted or set()))


@pytest.fixture
def shop(tmp_path: Path, ledger: Ledger) -> Shop:
    return open_shop(tmp_path, ledger)


def test_results_are_fetched_whether_they_were_running_or_ready(shop: Shop) -> None:
    for name in ("running", "ready"):
        record = sent(shop, a_wanted_job(name))
        work = shop.vendor.by_client(record.intent_id)
        assert work is not None
        record = shop.ledger.purchases.submitted(record.lease, remote_id=work.id)
        if name == "ready":
            shop.ledger.purchases.ready(record.lease)
    collect(shop)
    for name in ("running", "ready"):
        record = shop.record(a_wanted_job(name))
        assert record.state is JobState.STORED
        assert shop.store.local(str(record.artifact_sha256)).read_bytes() == f"film {record.remote_id}".encode()
    assert (shop.vendor.posts, shop.ledger.money("fresh-days").reserved_usd) == (0, 0)
    assert shop.ledger.verify(store=shop.store, deep=True) == []


@pytest.mark.parametrize(
    ("recall", "arrived", "state"),
    [
        (Recall.HANDLE, True, JobState.STORED),
        (Recall.HANDLE, False, JobState.PLANNED),
        (Recall.NOTHING, True, JobState.IN_DOUBT),
    ],
)
def test_what_may_have_been_sent_is_found_out_and_never_sent_again(
    tmp_path: Path, ledger: Ledger, recall: Recall, arrived: bool, state: JobState
) -> None:
    shop = open_shop(tmp_path, ledger, recall)
    if arrived:
        sent(shop, a_wanted_job())
    else:
        planned_and_intended(ledger, a_wanted_job(), owner=GONE_OWNER, lease_s=-1.0, send_s=0.1)
    collect(shop)
    assert shop.record(a_wanted_job()).state is state
    assert shop.vendor.posts == 0


@pytest.mark.parametrize(
    ("fate", "state", "reason", "spent"),
    [
        (Fate.FAILS, JobState.PLANNED, None, 0),
        (Fate.FAILS_FOR_GOOD, JobState.REJECTED, Reason.REJECTED, 0),
        (Fate.FAILS_BILLED, JobState.DEAD, Reason.REJECTED, 1),
        (Fate.MODERATED, JobState.REJECTED, Reason.MODERATED, 0),
        (Fate.CALLED_OFF, JobState.CANCELLED, Reason.CANCELLED, 0),
    ],
)
def test_failures_are_booked(shop: Shop, fate: Fate, state: JobState, reason: Reason | None, spent: int) -> None:
    sent(shop, a_wanted_job(), fate if fate is not Fate.CALLED_OFF else None)
    if fate is Fate.CALLED_OFF:
        shop.vendor._takes_s = 60
        shop.vendor.cancel("gen-1")
    collect(shop)
    record = shop.record(a_wanted_job())
    assert (record.state, record.reason) == (state, reason)
    assert shop.ledger.money("fresh-days").spent_usd == spent
    assert shop.ledger.money("fresh-days").reserved_usd == 0


def test_what_is_wanted_or_held_by_a_living_run_is_left_alone(shop: Shop) -> None:
    sent(shop, a_wanted_job("wanted"))
    sent(shop, a_wanted_job("held"), lease_s=60.0)
    collect(shop, {a_wanted_job("wanted").job.key})
    assert shop.record(a_wanted_job("wanted")).state is JobState.INTENT
    assert shop.record(a_wanted_job("held")).state is JobState.INTENT
    assert shop.vendor.requests() == {}


def test_given_up_in_the_middle_they_are_free_for_the_next_run(tmp_path: Path, ledger: Ledger) -> None:
    shop = open_shop(tmp_path, ledger, takes_s=60.0)
    record = sent(shop, a_wanted_job())
    shop.ledger.purchases.submitted(record.lease, remote_id="gen-1")

    async def give_up() -> None:
        collecting = asyncio.create_task(shop.buyer().collect_leftovers("fresh-days", set()))
        while shop.vendor.polls < 2:
            await asyncio.sleep(0.01)
        collecting.cancel()
        await asyncio.wait({collecting})

    asyncio.run(give_up())
    after = shop.record(a_wanted_job())
    assert (after.state, after.lease_owner) == (JobState.SUBMITTED, None)
