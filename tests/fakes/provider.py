"""The vendor as a provider, the way a paid adapter will be: it translates, and decides nothing."""

import asyncio
import hashlib
from decimal import Decimal
from pathlib import Path

from fakes.vendor import Fate, Vendor, Work

from campaign.errors import MediaError, ProviderBusy, ProviderRejected, SubmissionUnknown
from campaign.providers.base import Generation, GenerationState, Order, SendBy, Traits

_ENDS = {
    Fate.FAILS: (GenerationState.FAILED, "generation_failed"),
    Fate.FAILS_FOR_GOOD: (GenerationState.FAILED, "corrupt_input"),
    Fate.FAILS_BILLED: (GenerationState.FAILED, "budget_exhausted"),
    Fate.MODERATED: (GenerationState.MODERATED, "content_moderated"),
}


class FakeProvider:
    """Buys from a `Vendor` at `price` a job. A request is `latency_s` on its way there, and its answer on the way back.

    Results that are `spoiled` are no film; while `unreachable` only requests for new work get through.
    """

    def __init__(
        self, vendor: Vendor, *, name: str = "fake", price: str = "1", settle_s: float = 0.0, latency_s: float = 0.0
    ) -> None:
        self.vendor = vendor
        self.spoiled = False
        self.unreachable = False
        self._latency_s = latency_s
        self._name = name
        self._price = Decimal(price)
        self._traits = Traits(recall=vendor.recall, settle_s=settle_s, send_s=0.3, poll_s=0.01)

    @property
    def name(self) -> str:
        return self._name

    @property
    def traits(self) -> Traits:
        return self._traits

    def request_sha256(self, order: Order) -> str:
        return hashlib.sha256(order.job.key.encode()).hexdigest()

    async def submit(self, order: Order, send_by: SendBy) -> Generation:
        send_by.require(self._name)
        fate = self.vendor.next_fate()
        self.vendor.posts += 1
        match fate:
            case Fate.BUSY:
                raise ProviderBusy(self._name, "too many jobs, nothing was accepted")
            case Fate.REFUSED:
                raise ProviderRejected(self._name, "unknown model")
            case Fate.LOST_ON_THE_WAY:
                raise SubmissionUnknown(self._name, "connection reset")
            case Fate.MODERATED_AT_ONCE:
                return Generation(state=GenerationState.MODERATED, remote_id="", detail="content_moderated")
        await asyncio.sleep(self._latency_s)
        work = self.vendor.accept(order.intent_id, order.job.key, self._price, fate)
        await asyncio.sleep(self._latency_s)
        if fate is Fate.ANSWER_LOST:
            raise SubmissionUnknown(self._name, "the answer timed out")
        return Generation(state=GenerationState.RUNNING, remote_id=work.id, request_id=f"req-{self.vendor.posts}")

    async def poll(self, remote_id: str) -> Generation:
        self._reach()
        self.vendor.polls += 1
        work = self.vendor.by_id(remote_id)
        if work is None:
            return Generation(state=GenerationState.GONE, remote_id=remote_id, detail="unknown id")
        return self._told(work)

    async def find(self, intent_id: str) -> Generation | None:
        self._reach()
        work = self.vendor.by_client(intent_id)
        return None if work is None else self._told(work)

    async def fetch(self, generation: Generation, into: Path) -> None:
        self._reach()
        self.vendor.downloads += 1
        into.write_bytes(b"<Error/>" if self.spoiled else f"film {generation.remote_id}".encode())

    async def abandon(self, remote_id: str) -> None:
        """Nothing of it runs here."""

    def _told(self, work: Work) -> Generation:
        if not self.vendor.is_done(work):
            return Generation(state=GenerationState.RUNNING, remote_id=work.id)
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
        return Generation(state=GenerationState.DONE, remote_id=work.id, price_usd=price, url="https://fake/film")

    def _reach(self) -> None:
        if self.unreachable:
            raise ProviderBusy(self._name, "no answer")


def look_at(path: Path) -> None:
    """Tell a film of this fake from what is none."""
    if not path.read_bytes().startswith(b"film "):
        raise MediaError(f"{path.name}: no film")
