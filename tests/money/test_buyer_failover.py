"""Turning to another provider: off unless asked for, and only where nothing can have been bought."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from builders import a_job
from buying_terms import planned_and_intended
from fakes.provider import FakeProvider
from fakes.vendor import Fate, Vendor
from plans import a_capability
from shops import GONE_OWNER, Shop, a_wanted_job, open_shop

from campaign.buying.bought import Bought
from campaign.buying.choosing import Failover
from campaign.errors import ProviderBusy
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Outcome
from campaign.model.jobs import Operation, PlannedJob
from campaign.model.outcomes import JobState, Reason
from campaign.model.ratios import AspectRatio
from campaign.providers.base import Recall


class Two:
    """A shop whose jobs may be bought from `other` as well."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop = shop
        self.other = FakeProvider(Vendor(folder / "other", shop.vendor.recall), name="other", price="1.08")
        self.terms: dict[str, Any] = {
            "providers": {"fake": shop.provider, "other": self.other},
            "failover": Failover((a_capability("other"),)),
        }

    def buy(self, planned: PlannedJob, **terms: Any) -> Bought:
        return self.shop.buy(planned, **{**self.terms, **terms})

    @property
    def posts(self) -> tuple[int, int]:
        return self.shop.vendor.posts, self.other.vendor.posts


def a_movable_job(name: str = "job") -> PlannedJob:
    return replace(a_wanted_job(name), job=a_job(name, model="ray-3.2", resolution="720p"))


@pytest.fixture
def two(tmp_path: Path, ledger: Ledger) -> Two:
    return Two(open_shop(tmp_path, ledger), tmp_path)


def test_a_job_stays_where_it_was_planned_while_the_way_is_open(two: Two) -> None:
    bought = two.buy(a_movable_job())
    assert (bought.state, bought.record.provider, two.posts) == (JobState.STORED, "fake", (1, 0))


def test_where_no_credit_is_left_the_job_is_bought_elsewhere_at_the_others_price(two: Two) -> None:
    two.shop.vendor.bend(Fate.NO_CREDIT)
    bought = two.buy(a_movable_job())
    assert (bought.state, bought.record.provider, two.posts) == (JobState.STORED, "other", (1, 1))
    assert str(bought.record.price_final_usd) == "1.08"
    assert two.shop.ledger.verify(store=two.shop.store) == []
    assert two.buy(a_movable_job("next")).record.provider == "other"  # the bar is in the ledger
    assert two.posts == (1, 2)


def test_without_failover_the_job_waits_for_the_top_up(two: Two) -> None:
    two.shop.vendor.bend(Fate.NO_CREDIT)
    bought = two.buy(a_movable_job(), failover=Failover())
    assert (bought.state, two.posts) == (JobState.PLANNED, (1, 0))


@pytest.mark.parametrize("fate", [Fate.NO_CREDIT, Fate.REFUSED])
def test_at_prices_that_were_agreed_to_nothing_is_bought_dearer_elsewhere(two: Two, fate: Fate) -> None:
    two.shop.vendor.bend(fate)
    bound = Failover((a_capability("other"),), dearer=False)
    bought = two.buy(a_movable_job(), failover=bound)
    assert (bought.state in (JobState.PLANNED, JobState.REJECTED), two.posts) == (True, (1, 0))
    for words in (a_movable_job().job.short, "1.08 USD at other", "1.00 USD was agreed to", "--provider other"):
        assert words in bought.note
    assert two.shop.ledger.money("fresh-days").reserved_usd == 0


def test_whoever_waits_too_long_for_a_way_is_told_that_the_other_is_dearer(two: Two) -> None:
    for _ in range(5):
        two.shop.ledger.heard("fake", "modify", Outcome.FAILED, "out of order")
    bound = Failover((a_capability("other"),), dearer=False)
    with pytest.raises(ProviderBusy, match=r"1\.08 USD at other, and no more than 1\.00 USD was agreed"):
        two.buy(a_movable_job(), failover=bound, patience_s=0)
    assert two.other.vendor.posts == 0


def test_an_equal_price_elsewhere_was_agreed_to_as_well(two: Two) -> None:
    two.shop.vendor.bend(Fate.NO_CREDIT)
    planned = replace(a_movable_job(), price_usd=Decimal("1.08"))
    bought = two.buy(planned, failover=Failover((a_capability("other"),), dearer=False))
    assert (bought.state, bought.record.provider, two.posts) == (JobState.STORED, "other", (1, 1))


def test_a_broken_way_is_left_for_another(two: Two) -> None:
    two.shop.vendor.bend(*[Fate.BUSY] * 10)
    bought = two.buy(a_movable_job())
    assert (bought.state, bought.record.provider, two.posts) == (JobState.STORED, "other", (5, 1))


def test_being_asked_to_slow_down_is_no_reason_to_leave(two: Two) -> None:
    two.shop.vendor.bend(Fate.THROTTLED)
    assert two.buy(a_movable_job()).record.provider == "fake"


def test_what_one_refuses_for_good_the_other_is_asked_for_once(two: Two) -> None:
    two.shop.vendor.bend(Fate.REFUSED)
    assert two.buy(a_movable_job()).record.provider == "other"
    two.shop.vendor.bend(Fate.REFUSED)
    two.other.vendor.bend(Fate.REFUSED)
    bought = two.buy(a_movable_job("hopeless"))
    assert (bought.state, bought.note) == (JobState.REJECTED, "other: unknown model")
    posts = two.posts
    assert two.buy(a_movable_job("hopeless")).state is JobState.REJECTED
    assert two.posts == posts


@pytest.mark.parametrize("fate", [Fate.MODERATED, Fate.MODERATED_AT_ONCE])
def test_what_moderation_refuses_is_never_taken_elsewhere(two: Two, fate: Fate) -> None:
    two.shop.vendor.bend(fate)
    bought = two.buy(a_movable_job())
    assert (bought.reason, two.posts) == (Reason.MODERATED, (1, 0))


@pytest.mark.parametrize("recall", [Recall.HANDLE, Recall.NOTHING])
def test_what_may_have_been_bought_is_never_bought_elsewhere(tmp_path: Path, ledger: Ledger, recall: Recall) -> None:
    two = Two(open_shop(tmp_path, ledger, recall, deadline_s=0.2), tmp_path)
    planned_and_intended(ledger, a_movable_job(), owner=GONE_OWNER, lease_s=-1.0, send_s=0.1)
    two.shop.provider.unreachable = True
    ledger.heard("fake", "modify", Outcome.BARRED, "no")
    if recall is Recall.NOTHING:
        assert two.buy(a_movable_job()).state is JobState.IN_DOUBT
    else:
        with pytest.raises(ProviderBusy, match="may be there"):
            two.buy(a_movable_job())
    assert two.posts == (0, 0)


def test_what_is_under_way_is_waited_for_although_the_way_is_shut(tmp_path: Path, ledger: Ledger) -> None:
    two = Two(open_shop(tmp_path, ledger, takes_s=0.2), tmp_path)
    planned = a_movable_job()

    async def run() -> Bought:
        buying = asyncio.create_task(two.shop.obtain(planned, two.shop.buyer(**two.terms)))
        while two.shop.billed() < 1:
            await asyncio.sleep(0.01)
        two.shop.vendor.bend(Fate.NO_CREDIT)
        other = await two.shop.obtain(a_movable_job("other"), two.shop.buyer(**two.terms))
        assert other.record.provider == "other"
        return await buying

    bought = asyncio.run(run())
    assert (bought.record.provider, bought.state) == ("fake", JobState.STORED)


def test_a_reframe_goes_where_its_parent_was_bought(two: Two) -> None:
    two.shop.vendor.bend(Fate.NO_CREDIT)
    parent = two.buy(a_movable_job("parent"))
    job = a_job(
        "reframe", model="ray-3.2", resolution="720p", operation=Operation.REFRAME, parent=parent.key,
        ratio=AspectRatio("9:16"),
    )  # fmt: skip
    reframe = replace(a_wanted_job("reframe"), job=job)
    two.shop.ledger.plan("fresh-days", [reframe])
    buyer = two.shop.buyer(**two.terms)
    bought = asyncio.run(buyer.obtain(reframe, two.shop.source, parent.record))
    assert (bought.state, bought.record.provider) == (JobState.STORED, "other")
    assert str(bought.record.price_usd) == "0.36"  # three started seconds at 0.12
