"""The vendor as a provider, the way a paid adapter will be: it translates, and decides nothing."""

import asyncio
import hashlib
import signal
import time
from collections import deque
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from fakes.vendor import Fate, Vendor, Work

from campaign.buying.inspecting import Seen
from campaign.errors import (
    MediaError,
    ProviderBarred,
    ProviderBusy,
    ProviderRejected,
    ProviderThrottled,
    SubmissionUnknown,
)
from campaign.model.jobs import Job
from campaign.providers.base import Account, Extra, Generation, GenerationState, Order, Parcel, Traits
from campaign.providers.departure import SendBy

_ENDS = {
    Fate.FAILS: (GenerationState.FAILED, "generation_failed"),
    Fate.FAILS_FOR_GOOD: (GenerationState.FAILED, "corrupt_input"),
    Fate.FAILS_BILLED: (GenerationState.FAILED, "budget_exhausted"),
    Fate.MODERATED: (GenerationState.MODERATED, "content_moderated"),
    Fate.CALLED_OFF: (GenerationState.CANCELLED, ""),
}


class FakeProvider:
    """Buys from a `Vendor` at `price` a job. A request is `latency_s` on its way there, and its answer on the way back.

    `sends` are the films that the next downloads bring, in place of the real ones (b"" breaks the transfer). While
    `unreachable` only requests for new work get through; while `barred` none but downloads; `odd` is the state that running
    work is told in. Films are `weight` bytes longer than their names. Before every `stops_every`th request it stops its own
    process, as a machine that goes to sleep would: somebody else has to let it go on.
    """

    def __init__(
        self, vendor: Vendor, *, name: str = "fake", price: str = "1", latency_s: float = 0.0, **traits: Any
    ) -> None:
        self.vendor = vendor
        self.sends: deque[bytes] = deque()
        self.unreachable = False
        self.barred = False
        self.odd = ""
        self.extras: tuple[str, ...] = ()
        self.dead_extras: frozenset[str] = frozenset()
        self.packs = 0
        self.weight = 0
        self.stops_every: int | None = None
        self._submits = 0
        self._latency_s = latency_s
        self._name = name
        self._price = Decimal(price)
        usual = Traits(recall=vendor.recall, settle_s=0.05, send_s=5.0, poll_s=0.01)
        self._traits = replace(usual, **traits)

    @property
    def name(self) -> str:
        return self._name

    @property
    def traits(self) -> Traits:
        return self._traits

    def request_sha256(self, order: Order) -> str:
        return hashlib.sha256(order.job.key.encode()).hexdigest()

    async def pack(self, order: Order) -> Parcel:
        self.packs += 1
        self.vendor.requested("upload")
        self._know()
        if self.vendor.pack_refused:
            raise ProviderRejected(self._name, self.vendor.pack_refused)
        return Parcel(order)

    async def submit(self, parcel: Parcel, send_by: SendBy) -> Generation:
        order = parcel.order
        self._submits += 1
        if self.stops_every is not None and self._submits % self.stops_every == 0:
            signal.raise_signal(signal.SIGSTOP)
        departed = time.time()  # before the check: no pause between the two makes a punctual request look late
        send_by.require(self._name)
        fate = self.vendor.next_fate()
        self.vendor.posts += 1
        self.vendor.requested("post")
        self._know()
        match fate:
            case Fate.BUSY:
                raise ProviderBusy(self._name, "too many jobs, nothing was accepted")
            case Fate.THROTTLED:
                raise ProviderThrottled(self._name, "rate limit exceeded", 0.2)
            case Fate.NO_CREDIT:
                raise ProviderBarred(self._name, "no credit is left: top it up, then run again")
            case Fate.REFUSED:
                raise ProviderRejected(self._name, "unknown model")
            case Fate.LOST_ON_THE_WAY:
                raise SubmissionUnknown(self._name, "connection reset")
            case Fate.MODERATED_AT_ONCE:
                return Generation(state=GenerationState.MODERATED, remote_id="", detail="content_moderated")
        with self.vendor.answering():
            await asyncio.sleep(self._latency_s)
            work = self.vendor.accept(order.intent_id, order.job.key, self._price, fate, departed)
            await asyncio.sleep(self._latency_s)
        if fate is Fate.ANSWER_LOST:
            raise SubmissionUnknown(self._name, "the answer timed out")
        return Generation(
            state=GenerationState.RUNNING,
            remote_id=work.id,
            request_id=f"req-{self.vendor.posts}",
            answer='{"state": "queued"}',
        )

    async def poll(self, remote_id: str) -> Generation:
        self._reach()
        self._know()
        self.vendor.polls += 1
        self.vendor.requested("poll")
        work = self.vendor.by_id(remote_id)
        if work is None:
            return Generation(state=GenerationState.GONE, remote_id=remote_id, detail="unknown id")
        return self._told(work)

    async def find(self, intent_id: str) -> Generation | None:
        self._reach()
        self._know()
        work = self.vendor.by_client(intent_id)
        return None if work is None else self._told(work)

    async def cancel(self, remote_id: str) -> Generation:
        self.vendor.cancel(remote_id)
        return await self.poll(remote_id)

    async def account(self) -> Account:
        return Account("an honest fake")

    async def close(self) -> None:
        """Nothing is kept open."""

    async def fetch(self, generation: Generation, into: Path, extra: Extra | None = None) -> None:
        self._reach()
        self.vendor.downloads += 1
        self.vendor.requested("download")
        if extra is not None:
            if extra.kind in self.dead_extras:
                raise ProviderBusy(self._name, f"the {extra.kind}'s link died")
            into.write_bytes(f"{extra.kind} {extra.url}".encode())
            return
        film = self.sends.popleft() if self.sends else f"film {generation.remote_id}".encode() + bytes(self.weight)
        if not film:
            raise ProviderBusy(self._name, "the link died")
        into.write_bytes(film)

    async def abandon(self, remote_id: str) -> None:
        """Nothing of it runs here."""

    def _told(self, work: Work) -> Generation:
        if not self.vendor.is_done(work):
            return Generation(state=GenerationState.RUNNING, remote_id=work.id, odd=self.odd, answer='{"state": "odd"}')
        if work.fate in _ENDS:
            state, detail = _ENDS[work.fate]
            return Generation(
                state=state,
                remote_id=work.id,
                detail=detail,
                billed=work.fate is Fate.FAILS_BILLED,
                hopeless=work.fate is Fate.FAILS_FOR_GOOD,
            )
        price = 2 * work.price if work.fate is Fate.DEARER else work.price
        return Generation(
            state=GenerationState.DONE,
            remote_id=work.id,
            price_usd=price,
            url="https://fake/film",
            extras=tuple(Extra(kind, work.id) for kind in self.extras),
        )

    def _reach(self) -> None:
        if self.unreachable:
            raise ProviderBusy(self._name, "no answer")

    def _know(self) -> None:
        if self.barred:
            raise ProviderBarred(self._name, "the key is not taken: set FAKE_KEY, then run again")


def look_at(path: Path, job: Job | None, rate: Fraction) -> Seen:
    """Tell a film of this fake from what is none, and a short one from a whole."""
    film = path.read_bytes()
    if not film.startswith(b"film "):
        raise MediaError(f"{path.name}: no film")
    return Seen(("It is short.",), short=True) if film.endswith(b"short") else Seen()
