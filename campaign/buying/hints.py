"""What providers tell us unasked: read from the ledger about once a second, while somebody waits for one of them."""

import time
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress

from campaign.buying.desk import Desk
from campaign.errors import LedgerError, ProviderBarred, ProviderBusy
from campaign.ledger.ledger import Ledger
from campaign.ledger.records import JobRecord
from campaign.providers.base import Generation, GenerationState, Provider

LOOK_S = 1.0
RECENT = 5000
"""So many of the hints that came before this run are read with its first look: more jobs are not under way at once."""


class Hints:
    """Wakes those who wait for a job that its provider has told of. A hint proves nothing: whoever is woken asks.

    `hooked` names the providers that are told where we can be reached; all others are only ever asked. One event loop.
    """

    def __init__(
        self,
        ledger: Ledger,
        desk: Desk,
        sleep: Callable[[float], Awaitable[None]],
        hooked: Collection[str] = (),
    ) -> None:
        self._ledger = ledger
        self._desk = desk
        self._sleep = sleep
        self._hooked = frozenset(hooked)
        self._last: int | None = None
        self._looking = False
        self._looked = -LOOK_S
        self._fresh: set[str] = set()

    def hears(self, provider: str) -> bool:
        """Whether a provider may tell us anything."""
        return provider in self._hooked

    async def pause(self, record: JobRecord, seconds: float) -> None:
        """Sleep for so long, or until there is news of the job's intent. The same news wakes once."""
        left = seconds
        while left > 0:
            if self.hears(record.provider):
                await self._look()
                if record.intent_id in self._fresh:
                    self._fresh.discard(record.intent_id)
                    return
            step = min(left, LOOK_S) if self.hears(record.provider) else left
            await self._sleep(step)
            left -= step

    async def confirmed(self, provider: Provider, record: JobRecord) -> Generation | None:
        """The work that a hint names for an intent whose id we have lost, once the provider itself says that it is there."""
        if not self.hears(provider.name):
            return None
        with suppress(LedgerError, ProviderBusy, ProviderBarred):  # it is looked for again
            for hint in await self._desk.ask(self._ledger.hints_of, record.intent_id):
                if hint.provider == provider.name:
                    found = await provider.poll(hint.remote_id)
                    if found.state is not GenerationState.GONE:
                        return found
        return None

    async def _look(self) -> None:
        """One look for all who wait, at most two a second however many they are."""
        now = time.monotonic()
        if self._looking or now - self._looked < LOOK_S / 2:
            return
        self._looking, self._looked = True, now
        try:
            with suppress(LedgerError):  # advice: what is missed is polled for
                if self._last is None:
                    self._last = max(0, await self._desk.ask(self._ledger.newest_hint) - RECENT)
                for hint in await self._desk.ask(self._ledger.hints_after, self._last):
                    self._last = hint.number
                    self._fresh.add(hint.intent_id)
        finally:
            self._looking = False
