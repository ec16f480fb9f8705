"""Which day it is: rows begin and end at midnight of their own market."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from campaign.model.campaign import Campaign


@dataclass(frozen=True, slots=True)
class Days:
    """The day in the campaign's time zone, and in that of each market that is scheduled in one of its own."""

    campaign: date
    markets: Mapping[str, date] = field(default_factory=dict)

    def of(self, market: str) -> date:
        """The day in a market; case does not matter."""
        return self.markets.get(market.casefold(), self.campaign)


def days_at(now: datetime, campaign: Campaign) -> Days:
    """The days at the moment `now` (aware). A market with several schedules goes by the first one's time zone."""
    zones: dict[str, str] = {}
    for schedule in campaign.schedules:
        zones.setdefault(schedule.market.casefold(), schedule.timezone)
    markets = {market: now.astimezone(ZoneInfo(zone)).date() for market, zone in zones.items()}
    return Days(now.astimezone(ZoneInfo(campaign.timezone)).date(), markets)
