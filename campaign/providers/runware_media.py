"""Runware's media storage: bytes go in as a data URI, and have an id (UUID) that tasks may start from.

Source: runware.ai/docs platform/media-storage, read 2026-11-20. How long media stay is in no document.
"""

import asyncio
import base64
import json
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from campaign.errors import ProviderRejected
from campaign.net.exchange import Answer
from campaign.providers.answers import id_of, members
from campaign.providers.contents import media_type
from campaign.providers.runware_answers import item_of, said_of
from campaign.providers.runware_errors import NAME, TAKEN, code_of
from campaign.providers.uploads import Uploaded
from campaign.providers.wire import Wire

KEPT_FOR = timedelta(days=7)
"""Media are uploaded anew after this, or as soon as one is refused."""

_AT_ONCE = 2
"""A clip in transit is held in memory whole, and a third larger than it is."""


class RunwareMedia:
    """Uploads to Runware. `wire` must have the patience for large bodies."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def send(self, path: Path) -> Uploaded:
        """Upload a clip or a still. Raises ProviderBusy, ProviderBarred, ProviderRejected (these bytes are not taken)."""
        async with self._room:
            media = await asyncio.to_thread(_data_uri, path)
            for _ in range(2):  # a repeat whose first answer was lost is refused as a duplicate: it takes another id
                found = await self._store(media)
                if found is not None:
                    return Uploaded(found, datetime.now(UTC) + KEPT_FOR)
        raise self._wire.busy("refuses ids for an upload that nobody can have used. Try again later.")

    async def close(self) -> None:
        """Let connections go."""
        await self._wire.close()

    async def _store(self, media: str) -> str | None:
        task_uuid = str(uuid.uuid4())
        task = {"taskType": "mediaStorage", "taskUUID": task_uuid, "operation": "upload", "media": media}

        def read(answer: Answer) -> str | None:
            if any(code_of(error) == TAKEN for error in said_of(members(answer), task_uuid).errors):
                return None
            return id_of(item_of(answer, task_uuid), "mediaUUID")

        return await self._wire.ask("POST", "", read, body=json.dumps([task]).encode("ascii"), barred=True)


def _data_uri(path: Path) -> str:
    try:
        return f"data:{media_type(path)[0]};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
    except ValueError as error:
        raise ProviderRejected(NAME, f"not asked: {error}") from None
