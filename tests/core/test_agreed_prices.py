"""A run that a person has agreed to turns to no provider that is dearer; one that nobody had to be asked about may."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from plans import a_brief, a_campaign, a_capability, a_catalogue, a_plan

import tasks.hands
from campaign.buying.buyer import Buyer
from campaign.buying.choosing import Failover
from campaign.ledger.ledger import Ledger
from campaign.model.campaign import Budget
from campaign.model.orders import RunOrder
from campaign.preparing.billing import asked_about, bill_of
from campaign.preparing.prepare import Prepared
from campaign.settings import Settings
from tasks.hands import Leftovers, campaign_hands


class Told(Buyer):
    """A buyer that keeps what it was told about other providers."""

    failover: Failover

    def __init__(self, *, failover: Failover, **terms: Any) -> None:
        super().__init__(failover=failover, **terms)
        self.failover = failover


@asynccontextmanager
async def nobody(*asked: object) -> AsyncIterator[dict[str, Any]]:
    yield {}


def prepared_with(ledger: Ledger, folder: Path, ask_above: Decimal | None) -> Prepared:
    campaign = a_campaign(root=folder, failover=("fal",), budget=Budget(ask_above_usd=ask_above))
    brief = a_brief(campaign=campaign, catalogue=a_catalogue(fal=a_capability("fal")))
    return cast(Prepared, SimpleNamespace(brief=brief, plan=a_plan(brief), ledger=ledger, store=None, previous=None))


def failover_in(prepared: Prepared, leftovers: Leftovers, count: int | None = None) -> Failover:
    async def look() -> Failover:
        films = prepared.plan.films[:count]
        order = RunOrder(campaign_file=prepared.brief.campaign.root / "campaign.toml")
        async with campaign_hands(prepared, order, "run-1", films, Settings(), leftovers=leftovers) as hands:
            assert isinstance(hands.buyer, Told)
            return hands.buyer.failover

    return asyncio.run(look())


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.hands, "Buyer", Told)
    monkeypatch.setattr(tasks.hands, "_opened", nobody)


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("leftovers", [Leftovers.ONCE, Leftovers.NEVER])
@pytest.mark.parametrize(("ask_above", "dearer"), [("1000", True), ("0.01", False), (None, False)])
def test_what_was_asked_about_is_bought_nowhere_dearer(
    ledger: Ledger, tmp_path: Path, leftovers: Leftovers, ask_above: str | None, dearer: bool
) -> None:
    prepared = prepared_with(ledger, tmp_path, None if ask_above is None else Decimal(ask_above))
    failover = failover_in(prepared, leftovers)
    assert ([other.name for other in failover.others], failover.dearer) == (["fal"], dearer)


def test_a_page_of_a_run_counts_as_asked_about_where_the_whole_campaign_would_be(
    ledger: Ledger, tmp_path: Path
) -> None:
    prepared = prepared_with(ledger, tmp_path, None)
    film = prepared.plan.films[0]
    price = bill_of(prepared, [film]).price_usd
    campaign = replace(prepared.brief.campaign, budget=Budget(ask_above_usd=price))
    limited = cast(Prepared, SimpleNamespace(**{**vars(prepared), "brief": replace(prepared.brief, campaign=campaign)}))
    assert not asked_about(limited, [film])
    assert asked_about(limited, [film], part=True)
    assert asked_about(limited, prepared.plan.films)
