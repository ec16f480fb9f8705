"""Luma's Files API: a file goes to storage under an address signed for it, is looked at by Luma, and then has an id.

Source: types of the SDK luma-agents 0.5.0 (POST /files, POST /files/{id}/complete, GET /files/{id}).
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote

from campaign.errors import ProviderBusy, ProviderRejected, ProviderThrottled
from campaign.net.exchange import Answer
from campaign.providers.answers import Malformed, Members, id_of, members, sentence, text_of
from campaign.providers.contents import media_type
from campaign.providers.luma_answers import MODERATION, success
from campaign.providers.uploads import Uploaded
from campaign.providers.wire import Wire

_TRIES = 3
_READY_WITHIN_S = 300.0
_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 3.0
_BEFORE = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY})
"""How a second `complete` may be refused: no document says."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where to put the bytes of the file `id`, and the headers that storage wants with them."""

    id: str
    url: str
    headers: dict[str, str]


class LumaFiles:
    """Uploads to Luma."""

    def __init__(self, wire: Wire, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._wire = wire
        self._sleep = sleep

    async def send(self, path: Path, sha256: str) -> Uploaded:
        """Upload a clip or a still and wait until Luma takes it.

        Raises ProviderBusy, ProviderBarred, and ProviderRejected for a file that Luma will not have (moderation, form).
        """
        try:
            kind, suffix = await asyncio.to_thread(media_type, path)
        except ValueError as error:
            raise ProviderRejected(self._wire.provider, str(error)) from None
        asked = {
            "mime_type": kind,
            "size_bytes": (await asyncio.to_thread(path.stat)).st_size,
            "filename": f"{sha256[:16]}{suffix}",  # what people call the file is nobody's business there
            "purpose": "input" if kind.startswith("video/") else "reference",
        }
        for turn in range(_TRIES):
            try:
                return await self._ready(await self._put(path, json.dumps(asked).encode()))
            except ProviderThrottled:
                raise
            except ProviderBusy:
                if turn == _TRIES - 1:
                    raise
        raise AssertionError("the last try returns or raises")

    async def _put(self, path: Path, asked: bytes) -> str:
        envelope = await self._wire.ask("POST", "/files", self._envelope, body=asked, barred=True)
        await self._wire.put(envelope.url, path, headers=envelope.headers)
        await self._complete(envelope.id)
        return envelope.id

    async def _complete(self, file_id: str) -> None:
        """Say that the bytes are there. What comes of it is in the file's state, whatever the answer holds."""
        path = f"{_at(file_id)}/complete"
        try:
            await self._wire.ask("POST", path, self._known, tries=1, barred=True)
        except ProviderBusy:  # it may have arrived: a file that is complete already may be refused a second time
            await self._wire.ask("POST", path, self._complete_before, barred=True)

    async def _ready(self, file_id: str) -> Uploaded:
        pause, waited = _PAUSE_S, 0.0
        while waited < _READY_WITHIN_S:
            file = await self._wire.ask("GET", _at(file_id), self._file, barred=True)
            match file.get("state"):
                case "ready":
                    return Uploaded(file_id, _moment(text_of(file, "expires_at")))
                case "failed":
                    why = sentence(text_of(file, "failure_reason") or "it gives no reason")
                    moderated = bool(MODERATION.search(why))
                    kind = "its moderation refused" if moderated else "it could not use, or its moderation refused,"
                    raise ProviderRejected(self._wire.provider, f"{kind} an uploaded file: {why}")
                case "deleted":
                    raise self._wire.busy("deleted an uploaded file.")
            await self._sleep(pause)
            waited, pause = waited + pause, min(pause * 2, _LONGEST_PAUSE_S)
        raise self._wire.busy(f"an uploaded file was not ready within {_READY_WITHIN_S:g} s.")

    def _envelope(self, answer: Answer) -> Envelope:
        told = members(success(answer))
        upload = told.get("upload")
        if not isinstance(upload, dict) or not (url := text_of(upload, "url")):
            raise Malformed("it names no place to upload to")
        headers = upload.get("headers") or {}
        if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
            raise Malformed("its upload headers are no texts")
        return Envelope(id_of(told, "id"), url, dict(headers))

    def _file(self, answer: Answer) -> Members:
        return members(self._known(answer))

    def _known(self, answer: Answer) -> Answer:
        if answer.status == HTTPStatus.NOT_FOUND:
            raise self._wire.busy("no longer knows a file that is being uploaded.")
        return success(answer)

    def _complete_before(self, answer: Answer) -> None:
        if answer.status not in _BEFORE:
            self._known(answer)


def _at(file_id: str) -> str:
    return f"/files/{quote(file_id, safe='')}"


def _moment(text: str | None) -> datetime | None:
    """A date with its zone; None for none that can be read."""
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)
