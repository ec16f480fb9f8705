"""fal as a provider of Ray 3.2: a queue in front of the model, and a storage beside it.

Facts: fal.ai/docs (queue, cancel, errors, data retention), the model schemas of 2026-10-08, fal-client 1.0.3; read 2026-11-20.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

from campaign.errors import MediaError, ProviderBusy, ProviderError, ProviderRejected, SetupError
from campaign.media.engine import Engine
from campaign.net.addresses import Addresses
from campaign.net.exchange import Answer
from campaign.net.hooks import Hooks
from campaign.providers.answers import told_again
from campaign.providers.base import Account, Extra, Generation, GenerationState, Order, Parcel, Provider, Recall, Traits
from campaign.providers.contents import digest, sha256_of
from campaign.providers.departure import SendBy
from campaign.providers.fal_answers import NAME, moderated, queued, refusal
from campaign.providers.fal_clips import FalClips, Sent, sent_of
from campaign.providers.fal_payload import ENDPOINTS, request_body
from campaign.providers.fal_places import FollowUps
from campaign.providers.fal_queue import FalQueue
from campaign.providers.fal_storage import LIFECYCLE, FalStorage
from campaign.providers.fetching import fetch_result
from campaign.providers.gone import for_certain
from campaign.providers.limits import USUAL
from campaign.providers.parents import Parents
from campaign.providers.position import box_of
from campaign.providers.posting import submit
from campaign.providers.uploads import MediaRefused, Shelf, Uploaded, Uploads
from campaign.providers.wire import Wire
from campaign.settings import Settings

_CHAIN_LIFE = timedelta(days=1)
"""How long a parent's film is counted on for others to start from; it was asked to stay for longer when it was bought."""

_TRAITS = Traits(
    recall=Recall.NOTHING,
    settle_s=USUAL.send_s,  # whoever sent it may still be reading its answer for so long
    send_s=30.0,
    poll_s=3.0,
    unanswered=4,
    visible_s=120.0,  # ours: a paid job is not given up for a server that restarts, or a copy that lags
    deadline_s=3600.0,  # what is too much waits in its queue, without a limit
    cancels=True,
)
_HEADERS = {
    "x-fal-no-retry": "1",  # fal itself tries up to 10 times: how often is ours to decide
    "X-Fal-Object-Lifecycle-Preference": LIFECYCLE,
}


class FalProvider:
    """Buys from fal: class N, since its queue knows no id of ours and lists nothing. It can call work off.

    The remote id is the request's.
    """

    def __init__(
        self,
        wire: Wire,
        places: FollowUps,
        storage: FalStorage,
        clips: FalClips,
        shelf: Shelf,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        hooks: Hooks | None = None,
    ) -> None:
        self._wire = wire
        self._hooks = hooks
        self._storage = storage
        self._clips = clips
        self._uploads = Uploads(NAME, wire.account, shelf)
        self._sleep = sleep
        self._queue = FalQueue(wire, places)
        self._parents = Parents()

    @property
    def name(self) -> str:
        """`fal`."""
        return NAME

    @property
    def traits(self) -> Traits:
        """fal states no interval of polls and no deadline: these are ours."""
        return _TRAITS

    def request_sha256(self, order: Order) -> str:
        """What is asked for, with the files' contents in place of their addresses, and without our name for the attempt."""
        stills = [sha256_of(still) for still in order.stills]
        body = request_body(order, sent_of(order).mark, stills, box_of(order))
        return digest({name: value for name, value in body.items() if name != "user"})

    async def pack(self, order: Order) -> Parcel:
        """Bring the clip to its length and upload it, and the stills. Raises ProviderBusy, ProviderBarred, ProviderRejected."""
        try:
            sent = await asyncio.to_thread(sent_of, order)
            box = await asyncio.to_thread(box_of, order)
        except MediaError as error:
            raise ProviderRejected(NAME, f"not asked: {error}") from error
        source, *stills = await asyncio.gather(
            self._source(order, sent), *(self._uploaded(still) for still in order.stills)
        )
        body = request_body(order, source, stills, box)
        return Parcel(order, json.dumps(body, ensure_ascii=False).encode())

    async def submit(self, parcel: Parcel, send_by: SendBy) -> Generation:
        """One POST. Media that fal no longer has are uploaded again: ProviderBusy then."""
        return await submit(self, parcel, send_by)

    async def post(self, parcel: Parcel, send_by: SendBy) -> Generation:
        """One POST to the queue. A server error settles nothing: no document says that a 5xx was not queued."""
        path = f"/{ENDPOINTS[parcel.order.job.operation]}"
        if self._hooks is not None:
            path += f"?{urlencode({'fal_webhook': self._hooks.url(parcel.order.intent_id)})}"
        return await self._wire.send_once(path, parcel.body, send_by, self._taken, headers=_HEADERS)

    async def heed(self, parcel: Parcel, told: Generation | ProviderError) -> Generation | ProviderError:
        """Forget the media of an order when a refusal is about one of them; learn where to ask about what was taken."""
        if isinstance(told, MediaRefused) and await self._forgotten(parcel.order):
            return self._wire.busy(f"{told.detail} What it no longer has is uploaded again.")
        if isinstance(told, Generation) and told.remote_id:
            self.remind(told.remote_id, told.answer)
        return told

    def remind(self, remote_id: str, answer: str) -> None:
        """Where a request is asked about is in the answer that took it."""
        self._queue.learn(remote_id, told_again(answer))

    async def poll(self, remote_id: str) -> Generation:
        """Where it stands. GONE only when fal has said so for a while: a paid job is not given up lightly.

        Raises ProviderBusy, ProviderThrottled, ProviderBarred (key refused).
        """
        found = await for_certain(lambda: self._queue.look(remote_id), self._sleep)
        if found.state is GenerationState.GONE:
            await self.account()  # with a lost key it would not be known either
        return found

    async def find(self, intent_id: str) -> Generation | None:
        """The queue lists nothing."""
        return None

    async def fetch(self, generation: Generation, into: Path, extra: Extra | None = None) -> None:
        """Download the film or an extra, with a fresh link when the one at hand has died."""
        await fetch_result(self, generation, into, extra, addresses=self._wire.addresses)

    async def cancel(self, remote_id: str) -> Generation:
        """Ask to call it off, and say where it stands: what had begun may end, and be billed, all the same."""
        await self._queue.call_off(remote_id)
        return await self.poll(remote_id)

    async def account(self) -> Account:
        """Ask for leave to upload, which costs nothing and needs a valid key. Raises ProviderBarred, ProviderBusy."""
        await self._storage.token(fresh=True)
        return Account("takes the key; it tells neither balance nor limits: see the dashboard at fal")

    async def abandon(self, remote_id: str) -> None:
        """Nothing of it runs on this machine."""

    async def close(self) -> None:
        """Let connections and uploads go."""
        await self._uploads.close()
        await self._storage.close()
        await self._wire.close()

    def _taken(self, answer: Answer) -> Generation:
        """What an answer to the paid request means."""
        if answer.accepted:
            return queued(answer)
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise self._wire.throttled(answer)
        if refused := moderated(answer):
            return refused
        raise refusal(answer)

    async def _source(self, order: Order, sent: Sent) -> str:
        """The address of the clip: the parent's film where it is as long as is paid for, else what is uploaded."""

        async def obtain() -> Uploaded:
            if sent.frames is None:
                return await self._chained(order) or await self._storage.send(order.source, sent.mark[:16])
            clip = await self._clips.cut(order.source, sent.frames)
            try:
                return await self._storage.send(clip, sent.mark[:16])
            finally:
                await asyncio.to_thread(clip.unlink, missing_ok=True)

        return await self._uploads.ref(sent.mark, obtain)

    async def _chained(self, order: Order) -> Uploaded | None:
        parent = self._parents.of(order)
        if parent is None:
            return None
        try:
            found = await self._queue.result(parent)
        except ProviderBusy:  # its storage may answer where its queue does not
            return None
        return None if found.url is None else Uploaded(found.url, datetime.now(UTC) + _CHAIN_LIFE)

    async def _uploaded(self, path: Path) -> str:
        mark = await asyncio.to_thread(sha256_of, path)
        return await self._uploads.ref(mark, lambda: self._storage.send(path, mark[:16]))

    async def _forgotten(self, order: Order) -> bool:
        """Forget the media of an order, one of which was refused; whether to upload them (again) may help."""
        helps = self._parents.refuse(order.parent_remote_id)
        for mark in (sent_of(order).mark, *map(sha256_of, order.stills)):
            helps |= await self._uploads.forget(mark)
        return helps


def fal_provider(settings: Settings, shelf: Shelf, engine: Engine, temporary: Callable[[str], Path]) -> Provider:
    """fal with the key and at the addresses of the settings; clips are brought to their length in files that `temporary` names.

    Raises SetupError for no key.
    """
    vendors = settings.vendors
    key = vendors.fal_key
    if key is None:
        raise SetupError(vendors.lack(NAME))
    addresses = Addresses(settings.allow_hosts)
    queue = Wire(NAME, vendors.fal_queue_url, "Key", key, addresses)
    storage = FalStorage(Wire(NAME, vendors.fal_rest_url, "Key", key, addresses))
    hooks = Hooks(settings.webhook_url, NAME, key) if settings.webhook_url else None
    return FalProvider(
        queue, FollowUps(vendors.fal_queue_url), storage, FalClips(engine, temporary), shelf, hooks=hooks
    )
