"""Runware as a provider of Ray 3.2. Everything is one POST of a list of tasks, each under a taskUUID that we choose.

Facts: runware.ai/docs platform/* and models/luma-ray3-2, runware-sdk 1.8.0, read 2026-11-20.
"""

import asyncio
import json
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

from campaign.errors import MediaError, ProviderRejected, SetupError
from campaign.net.addresses import Addresses
from campaign.net.exchange import Answer
from campaign.net.hooks import Hooks
from campaign.providers.answers import Members, sentence, text_of
from campaign.providers.base import Account, Extra, Generation, GenerationState, Order, Parcel, Provider, Recall, Traits
from campaign.providers.contents import digest, sha256_of
from campaign.providers.departure import SendBy
from campaign.providers.fetching import fetch_result
from campaign.providers.gone import for_certain
from campaign.providers.limits import Limits
from campaign.providers.parents import Parents
from campaign.providers.position import box_of
from campaign.providers.runware_answers import detailed, item_of, polled, taken, video_uuid
from campaign.providers.runware_errors import NAME, asks_to_slow_down
from campaign.providers.runware_media import RunwareMedia
from campaign.providers.runware_payload import video_task
from campaign.providers.uploads import MediaRefused, Shelf, Uploaded, Uploads
from campaign.providers.wire import Wire
from campaign.settings import Settings

T = TypeVar("T")

FILM_LIFE = timedelta(days=1)
"""How long a film is counted on for others to start from. How long it can be is in no document."""

_TRAITS = Traits(
    recall=Recall.CLIENT_ID,
    settle_s=5.0,
    send_s=15.0,  # short, since a lost request waits for its end before it is sent again
    poll_s=2.0,  # documented: begin with 1 to 2 s, then less often
    deadline_s=3600.0,
)
UPLOADING = Limits(try_s=600.0, ask_s=1800.0)
"""A clip is one JSON body of up to some hundred megabytes."""


class RunwareProvider:
    """Buys from Runware: class C, since a second task of one taskUUID is refused (`conflictTaskUUID`).

    The taskUUID is the intent's id with its version set to 4, and is the remote id. What no document says is how long a UUID
    stays taken, and whether a failed task frees it; and getResponse says nothing of a task that runs, as of one that never
    came. What follows from that, with money in mind:

    * `poll` of a task that was taken never concludes from silence. It asks getTaskDetails, which repeats what was answered to
      any task ever executed, and else takes it for running.
    * `find` answers None only when getResponse and getTaskDetails both know nothing. A request is then sent again under the
      same UUID: if the first runs after all it is refused, which counts as taken; if it never came it is accepted. Only a UUID
      forgotten by all three while its task was billed could be bought twice.
    * A failed task is tried again as a new attempt, hence under another UUID: whether the old one is free does not matter.

    `settle_s` therefore covers no more than the way to Runware and the difference of two clocks.
    """

    def __init__(
        self,
        wire: Wire,
        media: RunwareMedia,
        shelf: Shelf,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        hooks: Hooks | None = None,
    ) -> None:
        self._wire = wire
        self._hooks = hooks
        self._media = media
        self._sleep = sleep
        self._uploads = Uploads(NAME, wire.account, shelf)
        self._parents = Parents()

    @property
    def name(self) -> str:
        """`runware`."""
        return NAME

    @property
    def traits(self) -> Traits:
        """See the class. It queues what is too much: it has no limit of its own on what waits."""
        return _TRAITS

    def request_sha256(self, order: Order) -> str:
        """What is asked for, with the files' contents in place of Runware's names for them, and without the taskUUID."""
        stills = [sha256_of(still) for still in order.stills]
        return digest(video_task(order, "", sha256_of(order.source), stills, box_of(order)))

    async def pack(self, order: Order) -> Parcel:
        """Upload the clip, unless Runware made it, and the stills. Raises ProviderBusy, ProviderBarred, ProviderRejected."""
        source, *stills = await asyncio.gather(self._source(order), *(self._uploaded(still) for still in order.stills))
        try:
            box = await asyncio.to_thread(box_of, order)
            task = video_task(order, task_uuid_of(order.intent_id), source, stills, box)
        except (ValueError, MediaError) as error:
            raise ProviderRejected(NAME, f"not asked: {error}") from error
        if self._hooks is not None:
            task["webhookURL"] = self._hooks.url(order.intent_id)
        return Parcel(order, json.dumps([task], ensure_ascii=False).encode())

    async def submit(self, parcel: Parcel, send_by: SendBy) -> Generation:
        """One POST. That the UUID is taken means that an earlier request of this intent arrived: RUNNING."""
        task_uuid = task_uuid_of(parcel.order.intent_id)

        def read(answer: Answer) -> Generation:
            if asks_to_slow_down(answer):
                raise self._wire.throttled(answer)
            return taken(answer, task_uuid)

        try:
            return await self._wire.send_once("", parcel.body, send_by, read)
        except MediaRefused as refused:
            if await self._forgotten(parcel.order):
                raise self._wire.busy(f"{refused.detail} What it no longer has is uploaded again.") from refused
            raise

    async def poll(self, remote_id: str) -> Generation:
        """Where the task stands, by its UUID. GONE only when Runware has said so for a while, never for its silence.

        Raises ProviderBusy, ProviderThrottled, ProviderBarred (key refused).
        """
        if not _is_uuid(remote_id):
            detail = f"no task of Runware's is called {sentence(remote_id)!r}."
            return Generation(state=GenerationState.GONE, remote_id=remote_id, detail=detail)

        async def look() -> Generation:
            return await self._look(remote_id) or Generation(state=GenerationState.RUNNING, remote_id=remote_id)

        return await for_certain(look, self._sleep)

    async def find(self, intent_id: str) -> Generation | None:
        """The task sent under an intent's id; None when Runware knows nothing of it, which see in the class."""
        found = await self._look(task_uuid_of(intent_id))
        return None if found is None or found.state is GenerationState.GONE else found

    async def fetch(self, generation: Generation, into: Path, extra: Extra | None = None) -> None:
        """Download the film or an extra, with a fresh link when the one at hand has died."""
        await fetch_result(self, generation, into, extra, addresses=self._wire.addresses)

    async def cancel(self, remote_id: str) -> Generation:
        """Runware cannot call work off, and leaving does not stop its bill: it says where it stands."""
        return await self.poll(remote_id)

    async def account(self) -> Account:
        """Name and balance of the organisation that the key belongs to. Raises ProviderBarred, ProviderBusy."""
        task_uuid, kind = str(uuid.uuid4()), "accountManagement"
        try:
            found = await self._ask(
                kind, task_uuid, lambda answer: item_of(answer, task_uuid), operation="getDetails", barred=True
            )
        except ProviderRejected:  # not for the key
            return Account("takes the key, and tells nothing of the account")
        who = sentence(text_of(found, "organizationName") or "an organisation without a name")
        return Account(f"takes the key of {who}", _balance(found))

    async def abandon(self, remote_id: str) -> None:
        """Nothing of it runs on this machine."""

    async def close(self) -> None:
        """Let connections and uploads go."""
        await self._uploads.close()
        await self._media.close()
        await self._wire.close()

    async def _look(self, task_uuid: str) -> Generation | None:
        """What getResponse says of a task, else getTaskDetails, which outlives it; None when neither knows it."""
        found = await self._ask("getResponse", task_uuid, lambda answer: polled(answer, task_uuid))
        return found or await self._ask("getTaskDetails", task_uuid, lambda answer: detailed(answer, task_uuid))

    async def _ask(
        self, kind: str, task_uuid: str, read: Callable[[Answer], T], *, barred: bool = False, **more: str
    ) -> T:
        task = {"taskType": kind, "taskUUID": task_uuid, **more}
        return await self._wire.ask("POST", "", read, body=json.dumps([task]).encode("ascii"), barred=barred)

    async def _source(self, order: Order) -> str:
        """What Runware calls the clip: the film of the parent task where it made that, else what is uploaded."""
        mark = await asyncio.to_thread(sha256_of, order.source)

        async def obtain() -> Uploaded:
            return await self._chained(order) or await self._media.send(order.source)

        return await self._uploads.ref(mark, obtain)

    async def _chained(self, order: Order) -> Uploaded | None:
        parent = self._parents.of(order)
        if parent is None or not _is_uuid(parent):
            return None
        found = await self._ask("getResponse", parent, lambda answer: video_uuid(answer, parent))
        return None if found is None else Uploaded(found, datetime.now(UTC) + FILM_LIFE)

    async def _uploaded(self, path: Path) -> str:
        mark = await asyncio.to_thread(sha256_of, path)
        return await self._uploads.ref(mark, lambda: self._media.send(path))

    async def _forgotten(self, order: Order) -> bool:
        """Forget the media of an order, one of which was refused; whether to upload them (again) may help."""
        helps = self._parents.refuse(order.parent_remote_id)
        for path in (order.source, *order.stills):
            helps |= await self._uploads.forget(await asyncio.to_thread(sha256_of, path))
        return helps


def task_uuid_of(intent_id: str) -> str:
    """The UUID that an intent is sent under: the 16 bytes of its id, marked as version 4 since only that is accepted."""
    return str(uuid.UUID(bytes=uuid.UUID(intent_id).bytes, version=4))


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _balance(found: Members) -> Decimal | None:
    """USD: a number by the documentation, an object by the SDK's types."""
    told = found.get("balance")
    told = told.get("amount") if isinstance(told, dict) else told
    try:
        balance = Decimal(str(told))
    except InvalidOperation:
        return None
    return balance if balance.is_finite() else None


def runware_provider(settings: Settings, shelf: Shelf) -> Provider:
    """Runware with the key and at the address of the settings. Raises SetupError for no key."""
    vendors = settings.vendors
    key = vendors.runware_key
    if key is None:
        raise SetupError(vendors.lack(NAME))
    addresses = Addresses(settings.allow_hosts)
    wire = Wire(NAME, vendors.runware_url, "Bearer", key, addresses)
    storage = Wire(NAME, vendors.runware_url, "Bearer", key, addresses, limits=UPLOADING)
    hooks = Hooks(settings.webhook_url, NAME, key) if settings.webhook_url else None
    return RunwareProvider(wire, RunwareMedia(storage), shelf, hooks=hooks)
