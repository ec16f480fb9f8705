"""What every purchase of one run works with."""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from campaign.buying.choosing import Failover
from campaign.buying.desk import Desk
from campaign.buying.downloads import Downloads
from campaign.buying.gate import Gate
from campaign.buying.hints import Hints
from campaign.buying.inspecting import Inspect
from campaign.buying.pace import Pace
from campaign.buying.patience import Patience, trouble_told
from campaign.buying.postman import Postman
from campaign.buying.purse import Purse
from campaign.errors import LedgerError, SetupError
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import Outcome
from campaign.providers.base import Provider
from campaign.store.files import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """Collaborators and terms. `owner` is the name that this run's leases carry; they last `lease_s` unless renewed.

    `rate` is the master's, in frames a second. `moderation_retries` is how often words that moderation refused are sent again.
    """

    ledger: Ledger
    store: Store
    providers: Mapping[str, Provider]
    gate: Gate
    purse: Purse
    owner: str
    hints: Hints
    inspect: Inspect
    sleep: Callable[[float], Awaitable[None]]
    lease_s: float
    watch_s: float
    rate: Fraction = Fraction(24)
    failover: Failover = Failover()
    moderation_retries: int = 0
    patience: Patience = field(default_factory=Patience)
    desk: Desk = field(default_factory=Desk)
    pace: Pace = field(default_factory=Pace)
    downloads: Downloads = field(default_factory=Downloads)
    postman: Postman | None = None
    clock: Callable[[], float] = time.monotonic

    def provider(self, name: str) -> Provider:
        """The provider of that name. Raises SetupError when a job lies at one that this run has not opened."""
        if name not in self.providers:
            raise SetupError(
                f"A job lies at provider {name!r}, which is not set up here: set it up, or resolve the job."
            )
        return self.providers[name]

    def is_ours(self, owner: str | None) -> bool:
        """Whether a lease is this run's: its own, or its postman's."""
        return owner is not None and owner in (self.owner, self.postman and self.postman.name)

    def complain(self, provider: str, why: str, again_s: float) -> None:
        """Say what keeps a provider's jobs waiting, when it has done so for a while: a bar that stands still is no answer.

        It is tried again in `again_s`.
        """
        if why and (lasted_s := self.patience.trouble(provider)) is not None:
            told = trouble_told(provider, why, lasted_s, again_s, datetime.now().astimezone())
            logging.getLogger(__name__).warning("%s", told)

    async def hear(
        self, provider: Provider, operation: str, outcome: Outcome, note: str = "", retry_after_s: float | None = None
    ) -> None:
        """Tell all runs how it went with a provider. The engine of this machine has no route to it that could break."""
        if provider.traits.free:
            return
        with suppress(LedgerError):  # advice to others: no job may fail over it
            await self.desk.ask(
                self.ledger.heard, provider.name, operation, outcome, note=note, retry_after_s=retry_after_s
            )

    async def bar(self, provider: Provider, operation: str, why: str) -> None:
        """Buy nothing more at a provider in this run, and let no other run do so before a person has acted."""
        self.patience.barred[provider.name] = why
        await self.hear(provider, operation, Outcome.BARRED, why)
