"""What every purchase of one run works with."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from campaign.buying.desk import Desk
from campaign.buying.gate import Gate
from campaign.buying.pace import Pace
from campaign.buying.purse import Purse
from campaign.errors import SetupError
from campaign.ledger.ledger import Ledger
from campaign.providers.base import Provider
from campaign.store.files import Store

Inspect = Callable[[Path], object]
"""Looks at fetched bytes. Raises MediaError when they are no film."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Collaborators and terms. `owner` is the name that this run's leases carry; they last `lease_s` unless renewed."""

    ledger: Ledger
    store: Store
    providers: Mapping[str, Provider]
    gate: Gate
    purse: Purse
    owner: str
    inspect: Inspect
    sleep: Callable[[float], Awaitable[None]]
    lease_s: float
    watch_s: float
    desk: Desk = field(default_factory=Desk)
    pace: Pace = field(default_factory=Pace)
    clock: Callable[[], float] = time.monotonic

    def provider(self, name: str) -> Provider:
        """The provider of that name. Raises SetupError when a job lies at one that this run has not opened."""
        if name not in self.providers:
            raise SetupError(
                f"A job lies at provider {name!r}, which is not set up here: set it up, or resolve the job."
            )
        return self.providers[name]
