"""One result's files on their way into the store: its film, looked at, and whatever else belongs to it."""

import asyncio
import errno
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import file_digest
from pathlib import Path

from campaign.buying.counter import Counter
from campaign.errors import MediaError, ProviderBusy, StoreError
from campaign.ledger.records import JobRecord, KeptExtra
from campaign.model.jobs import Job
from campaign.providers.base import Extra, Generation, Provider
from campaign.store.files import Stored

_FILM = ".mp4"
_NO_SUFFIX = re.compile(r"[^a-z0-9]")
_LONGEST_SUFFIX = 8
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


class Fetching:
    """The files of one result. What was fetched once is not fetched again when a later file fails.

    `film` and `extras` are in the store; `findings` say what is odd about them.
    """

    def __init__(self, counter: Counter, provider: Provider, job: Job | None, record: JobRecord) -> None:
        self.film: Stored | None = None
        self.extras: list[KeptExtra] = []
        self.findings: tuple[str, ...] = ()
        self._counter = counter
        self._provider = provider
        self._job = job
        self._label = f"{record.provider} {record.remote_id or record.intent_id}" if record.price_usd else ""
        self._short: str | None = None
        self._settled: set[str] = set()

    async def take_up(self) -> bool:
        """Go on with what an earlier run fetched and the store could not take; whether nothing else is to be fetched.

        Raises StoreError when it still cannot.
        """
        if self._label:
            self.film = await asyncio.to_thread(self._counter.store.left, self._label)
        return self.film is not None and self._job is not None and not self._job.exr

    async def fetch(self, generation: Generation, *, first: bool) -> None:
        """Fetch what is not there yet. `first` tells that this is the first try for the result.

        A file that nobody ordered does not hold the film back: that it cannot be fetched is a finding. Raises ProviderBusy when
        it may work later, StoreError when it cannot be kept.
        """
        if self.film is None:
            self.film = await self._film(generation, first=first)
        for extra in generation.extras:
            if extra.kind not in self._settled:
                await self._add(generation, extra)
        if self._job is not None and self._job.exr and not self.extras:
            self.findings += (f"{self._provider.name} sent no EXR file with it.",)

    async def _film(self, generation: Generation, *, first: bool) -> Stored:
        async with self._temporary(_FILM) as path:
            if self._provider.traits.free:  # the local engine hands its file over, and has looked at it
                await self._provider.fetch(generation, path)
            else:
                async with self._counter.downloads.turn(first=first):
                    await self._provider.fetch(generation, path)
                await self._inspect(generation, path)
            return await asyncio.to_thread(self._counter.store.put, path, _FILM, self._label)

    async def _inspect(self, generation: Generation, path: Path) -> None:
        try:
            seen = await asyncio.to_thread(self._counter.inspect, path, self._job, self._counter.rate)
        except MediaError as error:
            detail = f"what it sent for {generation.remote_id} is no film ({error.problem}); it is fetched again later."
            raise ProviderBusy(self._provider.name, detail) from error
        if seen.short:
            await self._require_again(generation, path)
        self.findings = seen.findings

    async def _require_again(self, generation: Generation, path: Path) -> None:
        """Much of a film is missing: only the same bytes a second time prove that the provider made no more."""
        digest = await asyncio.to_thread(_sha256, path)
        if digest != self._short:
            self._short = digest
            detail = f"much of {generation.remote_id} seems to be missing; it is fetched again."
            raise ProviderBusy(self._provider.name, detail)

    async def _add(self, generation: Generation, extra: Extra) -> None:
        try:
            self.extras.append(await self._extra(generation, extra))
        except ProviderBusy as busy:
            if self._is_owed(generation, extra):
                raise
            self.findings += (f"Not kept with it, and not ordered: {busy.detail}",)
        self._settled.add(extra.kind)

    def _is_owed(self, generation: Generation, extra: Extra) -> bool:
        """Whether it was ordered: an EXR export, under any name where no file is called so. Without a job any may be."""
        if self._job is not None and not self._job.exr:
            return False
        return "exr" in extra.kind or not any("exr" in each.kind for each in generation.extras)

    async def _extra(self, generation: Generation, extra: Extra) -> KeptExtra:
        async with self._temporary(".part") as path:
            async with self._counter.downloads.turn(first=False):
                await self._provider.fetch(generation, path, extra)
            kept = await asyncio.to_thread(self._counter.store.put, path, _suffix(path, extra))
        return KeptExtra(extra.kind, kept.sha256, kept.bytes)

    @asynccontextmanager
    async def _temporary(self, suffix: str) -> AsyncIterator[Path]:
        """A file to write into; gone afterwards unless it was put. A full disk is told as such."""
        path = await asyncio.to_thread(self._counter.store.temporary, suffix)
        try:
            yield path
        except OSError as error:
            if error.errno in _FULL:
                raise StoreError(
                    f"{path.parent}: the disk is full [disk.full]. Free some space (or move FANOUT_HOME), then run again: "
                    "nothing is lost."
                ) from error
            raise
        finally:
            path.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _suffix(path: Path, extra: Extra) -> str:
    """EXR frames come as one file, or packed, as their first bytes show, like films. Other files a vendor may call anything."""
    with path.open("rb") as file:
        head = file.read(8)
    if head[4:] == b"ftyp":
        return _FILM
    called = _NO_SUFFIX.sub("", extra.kind.lower().partition("-")[0])[:_LONGEST_SUFFIX]
    return ".zip" if head.startswith(b"PK") else f".{called or 'bin'}"
