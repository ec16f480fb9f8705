"""The local engine as a provider: free, offline, real pixels. What it does is in campaign.media."""

import asyncio
import hashlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from campaign.errors import MediaError, ProviderBusy, ProviderRejected, StoreError
from campaign.media.engine import Engine
from campaign.media.local.framing import render_framing
from campaign.media.local.hdr_crop import CROPS, crop_hdr
from campaign.media.local.looks import render_look
from campaign.media.probe import probe
from campaign.model.jobs import Operation
from campaign.providers.base import Account, Extra, Generation, GenerationState, Order, Parcel, Provider, Recall, Traits
from campaign.providers.departure import SendBy

_NAME = "local"
HDR = "hdr"
"""The kind of the HDR crop beside a film."""
_FREE = Decimal(0)
_KILLED = "was killed"


class LocalProvider:
    """Renders in this process's ffmpeg children; what was not fetched dies with the process and is simply made again."""

    def __init__(self, engine: Engine, temporary: Callable[[str], Path]) -> None:
        self._engine = engine
        self._temporary = temporary
        self._renders: dict[str, asyncio.Task[Path]] = {}
        self._beside: dict[str, Path] = {}
        """HDR crops by intent, until they are fetched."""

    @property
    def name(self) -> str:
        """`local`."""
        return _NAME

    @property
    def traits(self) -> Traits:
        """Its memory is this process: an id that it does not know is not being rendered, at once and for certain."""
        return Traits(recall=Recall.CLIENT_ID, free=True, poll_s=0.0)

    def request_sha256(self, order: Order) -> str:
        """The job's key is the hash of all that decides the picture."""
        return hashlib.sha256(f"{_NAME}:{order.job.key}".encode()).hexdigest()

    async def pack(self, order: Order) -> Parcel:
        """Nothing is sent anywhere."""
        return Parcel(order)

    async def submit(self, parcel: Parcel, send_by: SendBy) -> Generation:
        """Begin to render. Raises ProviderRejected for a job that this engine cannot make."""
        order = parcel.order
        if order.job.look is None and order.job.framing is None:
            raise ProviderRejected(
                _NAME, f"{order.job.short} has neither look nor framing: it is no job for this engine."
            )
        if order.intent_id not in self._renders:
            self._renders[order.intent_id] = asyncio.create_task(self._render(order), name=f"render-{order.job.short}")
        return Generation(state=GenerationState.RUNNING, remote_id=order.intent_id)

    async def poll(self, remote_id: str) -> Generation:
        """Wait for the render to end. Raises StoreError when the disk is full."""
        render = self._renders.get(remote_id)
        if render is None:
            return Generation(
                state=GenerationState.GONE, remote_id=remote_id, detail="The process that made it has ended."
            )
        try:
            await asyncio.shield(render)
        except MediaError as error:
            del self._renders[remote_id]
            return _failed(remote_id, error)
        except StoreError:
            del self._renders[remote_id]
            raise
        extras = (Extra(HDR, ""),) if remote_id in self._beside else ()
        return Generation(state=GenerationState.DONE, remote_id=remote_id, price_usd=_FREE, extras=extras)

    async def find(self, intent_id: str) -> Generation | None:
        """The render of this process under `intent_id`."""
        known = intent_id in self._renders
        return Generation(state=GenerationState.RUNNING, remote_id=intent_id) if known else None

    async def fetch(self, generation: Generation, into: Path, extra: Extra | None = None) -> None:
        """Hand the finished file over; it is no longer here afterwards."""
        if extra is not None:
            self._beside.pop(generation.remote_id).replace(into)
            return
        render = self._renders.pop(generation.remote_id, None)
        if render is None:
            raise ProviderBusy(_NAME, "the finished file was handed over before; it is made again.")
        (await render).replace(into)

    async def cancel(self, remote_id: str) -> Generation:
        """Kill the render: nothing of it is kept."""
        await self.abandon(remote_id)
        return Generation(state=GenerationState.CANCELLED, remote_id=remote_id)

    async def account(self) -> Account:
        """Nobody's."""
        return Account("renders on this machine, free")

    async def close(self) -> None:
        """Nothing is kept open."""

    async def abandon(self, remote_id: str) -> None:
        """Kill the render and wait until it is dead; its files go too."""
        render = self._renders.pop(remote_id, None)
        if render is None:
            return
        render.cancel()
        await asyncio.wait({render})
        if not render.cancelled() and render.exception() is None:
            render.result().unlink(missing_ok=True)
        if beside := self._beside.pop(remote_id, None):
            beside.unlink(missing_ok=True)

    async def _render(self, order: Order) -> Path:
        into = await asyncio.to_thread(self._temporary, ".mp4")
        try:
            await self._draw(order, into)
            await self._draw_hdr(order)
        except MediaError as error:
            into.unlink(missing_ok=True)
            if "No space left on device" in error.tail or "Disk quota exceeded" in error.tail:
                raise _stopped(into, "the disk is full [disk.full]") from error  # no fault of the job
            raise
        except OSError as error:
            into.unlink(missing_ok=True)
            raise _stopped(into, error.strerror or str(error)) from error
        except BaseException:
            into.unlink(missing_ok=True)
            raise
        return into

    async def _draw(self, order: Order, into: Path) -> None:
        job = order.job
        rate = (await asyncio.to_thread(probe, order.source)).rate
        frames = job.segment.frames
        if job.operation is Operation.MODIFY and job.look is not None:
            seed = int(job.key[:8], 16)
            await render_look(
                order.source,
                job.look,
                seed=seed,
                size=job.size,
                rate=rate,
                frames=frames,
                into=into,
                engine=self._engine,
            )
        elif job.framing is not None:
            await render_framing(
                order.source,
                job.framing,
                guide=order.guide,
                hdr=job.hdr,
                size=job.size,
                rate=rate,
                frames=frames,
                into=into,
                engine=self._engine,
            )

    async def _draw_hdr(self, order: Order) -> None:
        """Of a picture that was ordered in HDR, the same window in HDR, too."""
        job = order.job
        if not job.hdr or job.framing is None or job.framing.how not in CROPS:
            return
        if not (await asyncio.to_thread(probe, order.source)).curved:  # it came in SDR: told where the film is made
            return
        into = await asyncio.to_thread(self._temporary, ".mp4")
        try:
            await crop_hdr(
                order.source,
                job.framing,
                size=job.size,
                frames=job.segment.frames,
                into=into,
                engine=self._engine,
                guide=order.guide,
            )
        except BaseException:
            into.unlink(missing_ok=True)
            raise
        self._beside[order.intent_id] = into


def _failed(remote_id: str, error: MediaError) -> Generation:
    """A render that fails will fail again, unless the machine ran out of memory under it."""
    hopeless = _KILLED not in error.problem
    return Generation(state=GenerationState.FAILED, remote_id=remote_id, detail=str(error), hopeless=hopeless)


def _stopped(path: Path, why: str) -> StoreError:
    return StoreError(f"{path.parent}: {why}. Free some space (or move FANOUT_HOME), then run again: nothing is lost.")


def local_provider(engine: Engine, temporary: Callable[[str], Path]) -> Provider:
    """The local engine, writing its files where `temporary` says."""
    return LocalProvider(engine, temporary)
