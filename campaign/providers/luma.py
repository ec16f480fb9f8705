"""Luma's Agents API as a provider: Ray 3.2 at its maker.

Facts: types of the SDK luma-agents 0.5.0; docs.agents.lumalabs.ai/guides, copy of 2026-06-11. It knows no idempotency key and
lists no generations: an answer that got lost can be found by nobody but a person.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from campaign.errors import MediaError, ProviderError, ProviderRejected, SetupError
from campaign.net.addresses import Addresses
from campaign.net.exchange import Answer
from campaign.providers.answers import Malformed, members, text_of
from campaign.providers.base import Account, Extra, Generation, GenerationState, Order, Parcel, Provider, Recall, Traits
from campaign.providers.contents import digest, sha256_of
from campaign.providers.departure import SendBy
from campaign.providers.fetching import fetch_result
from campaign.providers.gone import for_certain
from campaign.providers.limits import USUAL
from campaign.providers.luma_answers import NAME, detail, generation, moderated, not_accepted, refusal, success, taken
from campaign.providers.luma_files import LumaFiles
from campaign.providers.luma_payload import Ref, request_body
from campaign.providers.parents import Parents
from campaign.providers.position import box_of
from campaign.providers.posting import submit
from campaign.providers.uploads import Shelf, Uploaded, Uploads
from campaign.providers.wire import Wire
from campaign.settings import Settings

_DREAM_MACHINE = re.compile(r"luma-[0-9a-f]{8}-")
"""How keys of the older API begin; those of the Agents API begin with `luma-api-`."""

_UNKNOWN_MEDIA = frozenset({400, 404, 422})

_TRAITS = Traits(
    recall=Recall.NOTHING,
    settle_s=USUAL.send_s,  # whoever sent it may still be reading its answer for so long
    send_s=30.0,
    poll_s=3.0,  # documented: every 2 to 5 s
    unanswered=4,
    visible_s=120.0,  # ours: a paid job is not given up for a server that restarts, or a copy that lags
    deadline_s=3600.0,  # 5 s at 720p usually under 2 minutes, 1080p, HDR and 10 s several times longer
)


class LumaProvider:
    """Buys from Luma. `sleep` is a parameter so that no test waits."""

    def __init__(self, wire: Wire, shelf: Shelf, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._wire = wire
        self._sleep = sleep
        self._files = LumaFiles(wire, sleep)
        self._uploads = Uploads(NAME, wire.account, shelf)
        self._marks: dict[str, str] = {}
        """What was uploaded, by Luma's name for it."""
        self._parents = Parents()

    @property
    def name(self) -> str:
        """`luma`."""
        return NAME

    @property
    def traits(self) -> Traits:
        """Numbers of docs.agents.lumalabs.ai/guides/videos, copy of 2026-06-11; the bounds on what waits are ours."""
        return _TRAITS

    def request_sha256(self, order: Order) -> str:
        """What is asked for, with the files' contents in place of Luma's names for them, and without our name for the attempt."""
        stills = [{"sha256": sha256_of(still)} for still in order.stills]
        source = self._chained(order) or {"sha256": sha256_of(order.source)}
        body = request_body(order, source, stills, box_of(order))
        return digest({name: value for name, value in body.items() if name != "user_id"})

    async def pack(self, order: Order) -> Parcel:
        """Upload the clip, unless Luma made it, and the stills. Raises ProviderBusy, ProviderBarred, ProviderRejected."""
        parent = self._chained(order)
        paths = [*([] if parent else [order.source]), *order.stills]
        files: list[Ref] = [{"file_id": ref} for ref in await asyncio.gather(*map(self._uploaded, paths))]
        source, stills = (parent, files) if parent else (files[0], files[1:])
        try:
            body = request_body(order, source, stills, await asyncio.to_thread(box_of, order))
        except (ValueError, MediaError) as error:
            raise ProviderRejected(NAME, f"not asked: {error}") from error
        return Parcel(order, json.dumps(body, ensure_ascii=False).encode())

    async def submit(self, parcel: Parcel, send_by: SendBy) -> Generation:
        """One POST. Media that Luma no longer has are uploaded again: ProviderBusy then."""
        return await submit(self, parcel, send_by)

    async def post(self, parcel: Parcel, send_by: SendBy) -> Generation:
        """One POST. Its outcomes are those of the table of errors in Luma's guide; what it does not settle is unknown."""
        return await self._wire.send_once("/generations", parcel.body, send_by, self._taken)

    async def heed(self, parcel: Parcel, told: Generation | ProviderError) -> Generation | ProviderError:
        """Forget the media that a refusal is about."""
        if isinstance(told, ProviderRejected) and await self._forgotten(_missing(told, parcel.body)):
            return self._wire.busy(f"{told.detail} What it no longer has is uploaded again.")
        return told

    async def poll(self, remote_id: str) -> Generation:
        """Where it stands; Luma tells no price. GONE only when it has said so for a while: a paid job is not given up lightly.

        Raises ProviderBusy, ProviderThrottled, ProviderBarred (key refused).
        """
        path = f"/generations/{quote(remote_id, safe='')}"
        found = await for_certain(
            lambda: self._wire.ask("GET", path, lambda answer: self._told(answer, remote_id)), self._sleep
        )
        if found.state is GenerationState.GONE:
            await self.account()  # a wrong address or a lost key would not know it either
        return found

    async def find(self, intent_id: str) -> Generation | None:
        """Luma has no list of generations."""
        return None

    async def fetch(self, generation: Generation, into: Path, extra: Extra | None = None) -> None:
        """Download the film or an extra, with a fresh link when the one at hand has died."""
        await fetch_result(self, generation, into, extra, addresses=self._wire.addresses)

    async def cancel(self, remote_id: str) -> Generation:
        """Luma cannot call work off: it says where it stands."""
        return await self.poll(remote_id)

    async def account(self) -> Account:
        """Ask for the newest file, which costs nothing and needs a valid key."""
        await self._wire.ask("GET", "/files?limit=1", lambda answer: members(success(answer)), barred=True)
        return Account("takes the key; it tells neither balance nor limits: see the dashboard at Luma")

    async def abandon(self, remote_id: str) -> None:
        """Nothing of it runs on this machine."""

    async def close(self) -> None:
        """Let connections and uploads go."""
        await self._uploads.close()
        await self._wire.close()

    def _chained(self, order: Order) -> Ref | None:
        parent = self._parents.of(order)
        return None if parent is None else {"generation_id": parent}

    async def _uploaded(self, path: Path) -> str:
        mark = await asyncio.to_thread(sha256_of, path)

        async def send() -> Uploaded:
            return await self._files.send(path, mark)

        ref = await self._uploads.ref(mark, send)
        self._marks[ref] = mark
        return ref

    def _taken(self, answer: Answer) -> Generation:
        """What an answer to the paid request means."""
        if answer.accepted:
            return taken(answer, datetime.now(UTC))
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise self._wire.throttled(answer)
        if not_accepted(answer):
            raise self._wire.busy(f"takes nothing now (HTTP {answer.status}): {detail(answer)}")
        if refused := moderated(answer):
            return refused
        raise refusal(answer)

    def _told(self, answer: Answer, remote_id: str) -> Generation:
        """What an answer to a poll means. Only Luma's own envelope can say that it does not know a generation."""
        if answer.status == HTTPStatus.NOT_FOUND and text_of(members(answer), "detail"):
            return Generation(state=GenerationState.GONE, remote_id=remote_id, detail=detail(answer))
        found = generation(success(answer), datetime.now(UTC))
        if found.remote_id != remote_id:
            raise Malformed("it tells of another generation")
        return found

    async def _forgotten(self, lost: list[str]) -> bool:
        """Forget media that Luma no longer has; whether uploading them (again) may help."""
        helps = False
        for ref in lost:
            if ref in self._marks:
                helps |= await self._uploads.forget(self._marks.pop(ref))
            else:
                helps |= self._parents.refuse(ref)
        return helps


def _missing(refused: ProviderRejected, body: bytes) -> list[str]:
    """Which of a request's media a refusal is about. An unknown id and a foreign one are both a 404 that names nothing."""
    status = json.loads(refused.answer)["status"] if refused.answer else 0
    if status not in _UNKNOWN_MEDIA:
        return []
    refs = [str(ref) for ref in _refs_in(json.loads(body))]
    return [ref for ref in refs if status == HTTPStatus.NOT_FOUND or ref in refused.answer]


def _refs_in(part: object) -> Iterator[object]:
    if isinstance(part, dict):
        for name, value in part.items():
            if name in {"file_id", "generation_id"}:
                yield value
            else:
                yield from _refs_in(value)
    elif isinstance(part, list):
        for value in part:
            yield from _refs_in(value)


def luma_provider(settings: Settings, shelf: Shelf) -> Provider:
    """Luma with the key and at the address of the settings. Raises SetupError for no key, or one of the older API."""
    vendors = settings.vendors
    key = vendors.luma_key
    if key is None:
        raise SetupError(vendors.lack(NAME))
    if _DREAM_MACHINE.match(key.reveal()):
        raise SetupError(
            "LUMA_AGENTS_API_KEY holds a key of the Dream Machine API, which has no Ray 3.2. "
            "Make one for the Agents API at Luma: it begins with luma-api-."
        )
    return LumaProvider(Wire(NAME, vendors.luma_url, "Bearer", key, Addresses(settings.allow_hosts)), shelf)
