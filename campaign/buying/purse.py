"""Which budgets a job is paid from."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from campaign.ledger.ledger import campaign_scope
from campaign.ledger.records import Cap
from campaign.model.campaign import Budget
from campaign.model.jobs import PlannedJob


def now() -> datetime:
    """This machine's time."""
    return datetime.now(UTC)


def run_scope(run: str) -> str:
    """The budget of one run."""
    return f"run:{run}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """The budgets of one run of a campaign: campaign, day (in its time zone), market, and the run itself (`--max-usd`).

    `markets` gives the market of each variant by its key; a shared job is paid by the first that planned it.
    """

    campaign: str
    run: str
    budget: Budget = field(default_factory=Budget)
    run_usd: Decimal | None = None
    markets: Mapping[str, str] = field(default_factory=dict)
    timezone: str = "UTC"
    clock: Callable[[], datetime] = now

    def caps(self, planned: PlannedJob) -> tuple[Cap, ...]:
        """The budgets that this job's price is reserved in, each with its limit."""
        market = self.markets.get(planned.variants[0])
        return (*self._common(), *([] if market is None else [self._market(market)]))

    def all_caps(self) -> tuple[Cap, ...]:
        """Every budget that this run can touch today."""
        return (*self._common(), *(self._market(market) for market in sorted(set(self.markets.values()))))

    def _common(self) -> tuple[Cap, ...]:
        day = self.clock().astimezone(ZoneInfo(self.timezone)).date()
        return (
            Cap(campaign_scope(self.campaign), self.budget.campaign_usd),
            Cap(f"day:{self.campaign}:{day}", self.budget.day_usd),
            Cap(run_scope(self.run), self.run_usd),
        )

    def _market(self, market: str) -> Cap:
        return Cap(f"market:{self.campaign}:{market}", self.budget.market_usd)
