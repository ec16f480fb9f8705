"""What a person asks a run to do."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from campaign.model.money import text


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrder:
    """The options of `fanout run`, as the flow takes them: plain values, no secrets.

    `only` holds selector texts (`market=DE,ratio=9:16`); empty means the whole campaign. `provider` None means
    campaign.toml's. `max_usd` caps this run's spend. `films` names films by id and takes the place of `only`.
    """

    campaign_file: Path
    provider: str | None = None
    draft: bool = False
    only: tuple[str, ...] = ()
    skip_bad: bool = False
    max_usd: Decimal | None = None
    films: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapUse:
    """A cap, by the name of whoever sets it (`budget.day_usd (fresh-days:2026-11-20)`), and what is taken from it."""

    name: str
    cap_usd: Decimal
    spent_usd: Decimal
    reserved_usd: Decimal

    @property
    def left_usd(self) -> Decimal:
        """What can still be bought."""
        return max(Decimal(0), self.cap_usd - self.spent_usd - self.reserved_usd)

    @property
    def told(self) -> str:
        """`1.08 of 500.00 USD of budget.campaign_usd (fresh-days) spent, 2.16 held`."""
        held = f", {text(self.reserved_usd)} held" if self.reserved_usd else ""
        return f"{text(self.spent_usd)} of {text(self.cap_usd)} USD of {self.name} spent{held}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is: films counted against those selected, jobs in flight, money, seconds.

    `seconds_left` is None until enough jobs have ended to tell.
    """

    films: int
    delivered: int
    failed: int
    jobs_total: int
    jobs_done: int
    jobs_running: int
    spent_usd: Decimal
    reserved_usd: Decimal
    elapsed_s: float
    seconds_left: float | None
    note: str = ""
