"""Luma's Files API (providers.md 1.2): presigned PUT, inline upload, states, list, delete."""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from emulator.answering import storage_error
from emulator.blobs import TooLarge
from emulator.calls import Answer, Call, Trouble, Troubled
from emulator.clock import iso
from emulator.links import DeadLink
from emulator.works import Blob
from emulator.world import World

MOST_PUT = 5 * 2**30
MOST_INLINE = 20 * 2**20
"""Luma names no figure for inline uploads; this one is the stand-in's own."""
PUT_TTL_S = 3600.0
FIELDS = ("mime_type", "size_bytes", "filename", "purpose", "user_id", "expires_at")


@dataclass(slots=True, kw_only=True)
class File:
    """One upload. `core` and `tail` name the bytes that were PUT, `sha256` is their hash (None: none came yet).

    `ready_at` is when ingest is over (None: not complete yet).
    """

    id: str
    mime_type: str
    size_bytes: int
    filename: str | None
    purpose: str
    user_id: str | None
    expires_at: str | None
    created_at: float
    sha256: str | None = None
    core: str | None = None
    tail: str = ""
    ready_at: float | None = None
    failure: str | None = None
    deleted_at: float | None = None


class LumaFiles:
    """All files of one emulator; they outlive a restart where the bill does."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._journal = world.journal("luma-files")
        self._files = {line["id"]: File(**line) for line in self._journal.kept}

    async def create(self, call: Call) -> Answer:
        """`POST /files`: JSON for a presigned PUT, multipart for the bytes themselves."""
        if call.headers.get("content-type", "").startswith("multipart/form-data"):
            return self._inline(call)
        told = _told(call.json())
        file = self._new(call, told)
        url = self._world.links.storage(call.base, f"upload/{file.id}", PUT_TTL_S, "PUT")
        upload = {
            "url": url,
            "method": "PUT",
            "headers": {"Content-Type": file.mime_type},
            "expires_at": iso(self._world.clock.now() + PUT_TTL_S),
        }
        return Answer(201, self._made(file) | {"upload": upload})

    async def put(self, call: Call) -> Answer:
        """The presigned PUT: storage, which wants no key and speaks XML."""
        if "authorization" in call.headers:
            return storage_refusal(400, "InvalidArgument", "Only one auth mechanism allowed")
        try:
            self._world.links.read(call.path, call.query, "PUT")
        except DeadLink as dead:
            return storage_refusal(
                403, "AccessDenied" if dead.expired else "SignatureDoesNotMatch", "Request has expired"
            )
        file = self._files.get(call.parts["id"])
        if file is None:
            return storage_refusal(404, "NoSuchKey", "No such upload")
        if call.headers.get("content-type") != file.mime_type:
            return storage_refusal(
                403, "SignatureDoesNotMatch", "The headers that were signed must be sent as they are"
            )
        if "content-length" not in call.headers:
            return storage_refusal(411, "MissingContentLength", "You must provide the Content-Length HTTP header")
        if int(call.headers["content-length"]) != file.size_bytes:
            return storage_refusal(400, "EntityTooLarge", "The size is not the one that was announced")
        try:
            blob = await self._world.blobs.put_stream(call.request.stream(), file.size_bytes)
        except TooLarge:
            return storage_refusal(400, "EntityTooLarge", "The size is not the one that was announced")
        self._holds(file, blob)
        return Answer(200, None, {"etag": f'"{blob.sha256[:32]}"'}, "application/xml")

    async def complete(self, call: Call) -> Answer:
        """`POST /files/{id}/complete`: ingest begins."""
        file = self._named(call)
        if file.sha256 is None:
            raise Troubled(Trouble.REFUSED, "No bytes were uploaded to this file")
        self._ingest(file)
        return Answer(200, self._shown(file))

    async def show(self, call: Call) -> Answer:
        """`GET /files/{id}`."""
        return Answer(200, self._shown(self._named(call)))

    async def delete(self, call: Call) -> Answer:
        """`DELETE /files/{id}`: soft."""
        file = self._named(call)
        file.deleted_at = file.deleted_at or self._world.clock.now()
        self._write(file)
        return Answer(204)

    async def list(self, call: Call) -> Answer:
        """`GET /files`: newest first, by pages."""
        query = call.request.query_params
        limit = query.get("limit", "25")
        if not limit.isdigit() or not 1 <= int(limit) <= 100:
            raise Troubled(Trouble.REFUSED, "limit: 1 to 100")
        shown = [self._shown(file) for file in reversed(self._files.values())]
        for name in ("purpose", "state"):
            shown = [file for file in shown if query.get(name) in (None, file[name])]
        after = _place(query.get("cursor"), shown)
        page = shown[after : after + int(limit)]
        more = after + len(page) < len(shown)
        cursor = base64.urlsafe_b64encode(page[-1]["id"].encode()).decode() if more else None
        return Answer(200, {"data": page, "has_more": more, "next_cursor": cursor})

    def ready(self, file_id: str) -> Blob:
        """The bytes of a file that may be used. Raises Troubled."""
        file = self._files.get(file_id)
        if file is None or self._state(file) == "deleted":
            raise Troubled(Trouble.NOT_FOUND, "File not found")
        if (state := self._state(file)) != "ready":
            raise Troubled(Trouble.UNUSABLE, f"File {file_id} is {state}, not ready")
        assert file.core is not None
        return self._world.blobs.with_tail(file.core, bytes.fromhex(file.tail))

    def _inline(self, call: Call) -> Answer:
        parts = _parts(call)
        if "file" not in parts:
            raise Troubled(Trouble.REFUSED, "file: this part is required")
        content, headers = parts["file"]
        if len(content) > MOST_INLINE:
            raise Troubled(Trouble.REFUSED, "file: too large to be sent inline; use the presigned flow", status=413)
        told: dict[str, Any] = {
            name: parts[name][0].decode() for name in ("purpose", "user_id", "expires_at") if name in parts
        }
        told |= {"mime_type": headers.get("type", ""), "size_bytes": len(content), "filename": headers.get("filename")}
        file = self._new(call, _told(told))
        self._holds(file, self._world.blobs.put(content))
        self._ingest(file)
        return Answer(201, self._made(file) | {"upload": None})

    def _new(self, call: Call, told: Mapping[str, Any]) -> File:
        now = self._world.clock.now()
        drawn = self._world.faults.chance("file id", call.about).getrandbits(128)
        name = str(uuid.UUID(int=drawn, version=4))
        name = str(uuid.uuid4()) if name in self._files else name
        file = File(id=name, created_at=now, **told)
        self._files[file.id] = file
        self._write(file)
        return file

    def _holds(self, file: File, blob: Blob) -> None:
        file.sha256, file.core, file.tail = blob.sha256, blob.core, blob.tail.hex()
        self._write(file)

    def _ingest(self, file: File) -> None:
        if file.ready_at is not None:
            return
        faults = self._world.faults
        file.ready_at = self._world.clock.now() + faults.number("pending_s", "luma")
        moderates = faults.word("mod_when", "luma") == "ingest"
        if moderates and faults.strikes("p_mod", "luma", file.sha256 or ""):
            file.failure = "The file was refused by content moderation."
        elif faults.strikes("p_up_failed", "luma", file.sha256 or ""):
            file.failure = "The file could not be ingested."
        self._write(file)

    def _state(self, file: File) -> str:
        now, forget_s = self._world.clock.now(), self._world.faults.number("forget_files_s", "luma")
        over = file.expires_at is not None and datetime.fromisoformat(file.expires_at).timestamp() <= now
        if file.deleted_at is not None or over or (forget_s and now > file.created_at + forget_s):
            return "deleted"
        if file.ready_at is None or now < file.ready_at:
            return "pending"
        return "failed" if file.failure else "ready"

    def _shown(self, file: File) -> dict[str, Any]:
        state = self._state(file)
        return {
            "id": file.id,
            "created_at": iso(file.created_at),
            "mime_type": file.mime_type,
            "purpose": file.purpose,
            "size_bytes": file.size_bytes,
            "state": state,
            "deleted_at": iso(file.deleted_at) if file.deleted_at else None,
            "expires_at": file.expires_at,
            "failure_reason": file.failure if state == "failed" else None,
            "filename": file.filename,
            "user_id": file.user_id,
        } | self._world.odd_fields("luma")

    def _made(self, file: File) -> dict[str, Any]:
        return {"id": file.id, "state": self._state(file), "file": self._shown(file)}

    def _named(self, call: Call) -> File:
        file = self._files.get(call.parts["id"])
        if file is None:
            raise Troubled(Trouble.NOT_FOUND, "File not found")
        return file

    def _write(self, file: File) -> None:
        self._journal.append({name: getattr(file, name) for name in File.__dataclass_fields__})


def _told(document: Any) -> dict[str, Any]:
    """The fields of a new file, checked."""
    if not isinstance(document, dict):
        raise Troubled(Trouble.REFUSED, "body: must be an object")
    if unknown := [name for name in document if name not in FIELDS]:
        raise Troubled(Trouble.REFUSED, f"body: unknown field {unknown[0]!r}")
    mime, size = document.get("mime_type"), document.get("size_bytes")
    if not isinstance(mime, str) or not mime.startswith(("video/", "image/")):
        raise Troubled(Trouble.REFUSED, "mime_type: required, image/* or video/*")
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= MOST_PUT:
        raise Troubled(Trouble.REFUSED, "size_bytes: required, 1 byte to 5 GiB")
    purpose = document.get("purpose") or "input"
    if purpose not in ("input", "reference"):
        raise Troubled(Trouble.REFUSED, "purpose: input or reference")
    if (expires := document.get("expires_at")) is not None:
        try:
            datetime.fromisoformat(str(expires))
        except ValueError:
            raise Troubled(Trouble.REFUSED, "expires_at: must be a date and time") from None
    return {name: document.get(name) for name in FIELDS} | {"purpose": purpose}


def _parts(call: Call) -> dict[str, tuple[bytes, dict[str, str]]]:
    """The parts of a multipart body: name -> (bytes, {type, filename})."""
    head = f"Content-Type: {call.headers['content-type']}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=HTTP).parsebytes(head + call.body)
    parts: dict[str, tuple[bytes, dict[str, str]]] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        about = {"type": part.get_content_type()} | ({"filename": told} if (told := part.get_filename()) else {})
        parts[str(name)] = (content if isinstance(content, bytes) else b"", about)
    return parts


def _place(cursor: str | None, shown: list[dict[str, Any]]) -> int:
    """Where the page after a cursor begins."""
    if cursor is None:
        return 0
    try:
        last = base64.urlsafe_b64decode(cursor.encode()).decode()
        return next(place for place, file in enumerate(shown) if file["id"] == last) + 1
    except (ValueError, StopIteration):
        raise Troubled(Trouble.REFUSED, "cursor: not one of ours") from None


def storage_refusal(status: int, code: str, text: str) -> Answer:
    """How storage refuses: in XML."""
    return Answer(status, storage_error(code, text), media_type="application/xml")
