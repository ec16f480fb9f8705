"""Uploads: each file goes out once, however many orders start from it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from campaign.errors import ProviderRejected


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What a vendor calls a file of ours, and until when it is certain to be there (None: for good, as far as told)."""

    ref: str
    expires_at: datetime | None = None


class MediaRefused(ProviderRejected):
    """Refused for one of its media: what was uploaded, or a film to start from, may no longer be there."""


class Shelf(Protocol):
    """Remembers what was uploaded, so that one clip goes out once however many jobs start from it. Safe from threads.

    `account` is a fingerprint of the key: what one account uploaded another cannot see.
    """

    def known(self, provider: str, account: str, sha256: str) -> str | None:
        """The provider's name (id or address) for these bytes, None when they were not uploaded or have expired there."""

    def remember(self, provider: str, account: str, sha256: str, ref: str, expires_at: datetime | None) -> None:
        """Keep the name for the next job, and for the next run."""

    def forget(self, provider: str, account: str, sha256: str) -> None:
        """It is no longer there."""


class Uploads:
    """One account's files at one vendor. The shelf remembers them for other runs; who asks for the same file meanwhile, waits.

    A `mark` names what a file holds: its sha256, with the recipe when it goes out changed.
    """

    def __init__(self, provider: str, account: str, shelf: Shelf) -> None:
        self._provider = provider
        self._account = account
        self._shelf = shelf
        self._under_way: dict[str, asyncio.Task[str]] = {}
        self._ours: set[str] = set()

    async def ref(self, mark: str, make: Callable[[], Awaitable[Uploaded]]) -> str:
        """The vendor's name for the file, uploaded by `make` unless it is there. Raises what `make` raises."""
        task = self._under_way.get(mark)
        if task is None:
            task = asyncio.create_task(self._obtain(mark, make), name=f"upload-{mark[:12]}")
            self._under_way[mark] = task
            task.add_done_callback(lambda done: self._end(mark, done))
        return await asyncio.shield(task)  # who gives up does not take the upload away from the others

    async def forget(self, mark: str) -> bool:
        """The vendor no longer has it. Whether another upload may help: not, if this process made the one that is refused."""
        await asyncio.to_thread(self._shelf.forget, self._provider, self._account, mark)
        ours = mark in self._ours
        self._ours.discard(mark)
        return not ours

    async def close(self) -> None:
        """Give up what is under way: nobody waits for it any more."""
        tasks = tuple(self._under_way.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _obtain(self, mark: str, make: Callable[[], Awaitable[Uploaded]]) -> str:
        known = await asyncio.to_thread(self._shelf.known, self._provider, self._account, mark)
        if known is not None:
            return known
        uploaded = await make()
        self._ours.add(mark)
        await asyncio.to_thread(
            self._shelf.remember, self._provider, self._account, mark, uploaded.ref, uploaded.expires_at
        )
        return uploaded.ref

    def _end(self, mark: str, task: asyncio.Task[str]) -> None:
        self._under_way.pop(mark, None)
        if not task.cancelled():
            task.exception()  # seen: whoever waited has it, and if nobody did it must not be reported as forgotten
