"""fal's storage: a token, an upload in one piece, in parts, or by an address; and its CDN, which asks nobody for a key.

From providers.md 3.7 and the wire of fal-client 1.0.3: small files go to the CDN's own host under /files/upload, those above
100 MB in parts to the token's `base_url`; the fallback is /storage/upload/initiate and a PUT without a key.
"""

import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from urllib.parse import quote, urlsplit

from emulator.blobs import TooLarge
from emulator.calls import Answer, Call, Refused, Trouble, Troubled
from emulator.clock import iso
from emulator.links import DeadLink
from emulator.routes import Route
from emulator.works import Blob
from emulator.world import World

NAME = "fal"
TOKEN_S = 3600.0
PUT_S = 3600.0
MOST_BYTES = 2 * 2**30
CDN = "/files/b/"


@dataclass(slots=True, kw_only=True)
class Upload:
    """One file. `core` is None until its bytes are there; `ends_at` when its life was limited. `upload` names its parts."""

    id: str
    file_name: str
    media_type: str
    upload: str | None = None
    core: str | None = None
    tail: str = ""
    ends_at: float | None = None


@dataclass(frozen=True, slots=True)
class Token:
    """What uploads are done with: made from the key, and good for an hour."""

    key: str
    ends_at: float


@dataclass(slots=True)
class _Parts:
    """The parts of a file that came so far, by number."""

    came: dict[int, Blob] = field(default_factory=dict)


class FalStorage:
    """All uploads of one emulator; they outlive a restart where the bill does, tokens and parts do not."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._journal = world.journal("fal-files")
        self._uploads = {line["id"]: Upload(**line) for line in self._journal.kept}
        self._tokens: dict[str, Token] = {}
        self._parts: dict[str, _Parts] = {}

    def routes(self) -> Sequence[Route]:
        """Of the REST host, and of the CDN."""
        file = CDN + "{id}/{name}"
        return (
            Route("POST", "/storage/auth/token", self.token),
            Route("POST", "/storage/upload/initiate", self.initiate),
            Route("PUT", "/media/fal-upload/{id}", self.put, open=True, streams=True),
            Route("POST", "/files/upload", self.whole, streams=True),
            Route("POST", "/files/upload/multipart", self.begin),
            Route("PUT", file + "/multipart/{upload}/{number}", self.part, streams=True),
            Route("POST", file + "/multipart/{upload}/complete", self.complete),
            Route("GET", file, self.show, open=True),
        )

    def key_of(self, token: str) -> str | None:
        """The key that a token was made from, while it is good."""
        known = self._tokens.get(token)
        return known.key if known and self._world.clock.now() < known.ends_at else None

    async def token(self, call: Call) -> Answer:
        """`POST /storage/auth/token?storage_type=fal-cdn-v3`."""
        if call.request.query_params.get("storage_type") != "fal-cdn-v3":
            raise _refused(400, "storage_type: this stand-in knows fal-cdn-v3")
        scheme, _, key = call.headers.get("authorization", "").partition(" ")
        if scheme != "Key":
            raise Troubled(Trouble.KEY_INVALID)
        token, ends_at = uuid.uuid4().hex, self._world.clock.now() + TOKEN_S
        self._tokens[token] = Token(key, ends_at)
        # fal-client 1.0.3 reads the moment with datetime.fromisoformat: the Z of older Pythons would stop it.
        ends = iso(ends_at).removesuffix("Z") + "+00:00"
        return Answer(200, {"token": token, "token_type": "Bearer", "base_url": call.base, "expires_at": ends})

    async def initiate(self, call: Call) -> Answer:
        """`POST /storage/upload/initiate`: where to PUT, and where the file will lie."""
        left = self._world.credit_left()
        if left is not None and left <= 0:
            # Seen at fal: who is locked for want of money cannot upload either (fal-ai/fal issue 1147).
            raise Troubled(Trouble.OUT_OF_CREDIT)
        told = call.json()
        if not isinstance(told, dict) or not all(
            isinstance(told.get(name), str) for name in ("file_name", "content_type")
        ):
            raise _refused(422, "file_name and content_type are required")
        upload = self._new(call, told["file_name"], told["content_type"])
        url = self._world.links.storage(call.base, f"fal-upload/{upload.id}", PUT_S, "PUT")
        return Answer(200, {"upload_url": url, "file_url": _address(call, upload)})

    async def put(self, call: Call) -> Answer:
        """The PUT to storage, which wants no key."""
        try:
            self._world.links.read(call.path, call.query, "PUT")
        except DeadLink as dead:
            raise _refused(403, "Request has expired" if dead.expired else "SignatureDoesNotMatch") from None
        upload = self._uploads.get(call.parts["id"])
        if upload is None or call.headers.get("content-type") != upload.media_type:
            raise _refused(403, "SignatureDoesNotMatch")
        self._holds(upload, await self._stream(call))
        return Answer(200, None)

    async def whole(self, call: Call) -> Answer:
        """`POST /files/upload`: the bytes as they are."""
        upload = self._new(
            call, call.headers.get("x-fal-file-name", "upload.bin"), call.headers.get("content-type", "")
        )
        blob = await self._stream(call)
        if self._world.faults.strikes("p_up_failed", NAME, blob.sha256):
            raise _refused(400, "The file could not be stored")
        self._holds(upload, blob)
        return Answer(200, {"access_url": _address(call, upload)})

    async def begin(self, call: Call) -> Answer:
        """`POST /files/upload/multipart`: an address for the file, and a name for its parts."""
        upload = self._new(
            call, call.headers.get("x-fal-file-name", "upload.bin"), call.headers.get("content-type", "")
        )
        upload.upload = uuid.uuid4().hex
        self._parts[upload.id] = _Parts()
        self._write(upload)
        return Answer(200, {"access_url": _address(call, upload), "uploadId": upload.upload})

    async def part(self, call: Call) -> Answer:
        """`PUT {access_url}/multipart/{uploadId}/{number}`: the ETag is what completes it later."""
        parts = self._begun(call)
        number = call.parts["number"]
        if not number.isdigit() or not 1 <= int(number) <= 10_000:
            raise _refused(400, "A part's number lies between 1 and 10000")
        blob = parts.came[int(number)] = await self._stream(call)
        return Answer(200, None, {"etag": f'"{blob.sha256[:32]}"'})

    async def complete(self, call: Call) -> Answer:
        """`POST {access_url}/multipart/{uploadId}/complete`: every part by its number and ETag."""
        parts, told = self._begun(call), call.json()
        listed = told.get("parts") if isinstance(told, dict) else None
        if not isinstance(listed, list) or not listed:
            raise _refused(422, "parts: required")
        named = {each.get("partNumber"): each.get("etag") for each in listed if isinstance(each, dict)}
        if sorted(named, key=str) != sorted(parts.came, key=str) or sorted(parts.came) != list(
            range(1, len(named) + 1)
        ):
            raise _refused(400, "parts: not those that were uploaded")
        if any(named[number] != f'"{blob.sha256[:32]}"' for number, blob in parts.came.items()):
            raise _refused(400, "parts: an ETag is not that of its part")
        upload = self._uploads[call.parts["id"]]
        content = b"".join(parts.came[number].read() for number in sorted(parts.came))
        self._holds(upload, self._world.blobs.put(content))
        del self._parts[upload.id]
        return Answer(200, {"access_url": _address(call, upload)})

    async def show(self, call: Call) -> Answer:
        """The CDN: whoever knows the address may read."""
        upload, blob = self._found(call.parts["id"])
        return Answer(200, blob.read(), media_type=upload.media_type or "application/octet-stream")

    def at(self, address: str) -> Blob | None:
        """The bytes at an address of this CDN; None for any other. Raises Refused (404) when nothing is there (any more)."""
        path = urlsplit(address).path
        if not path.startswith(CDN):
            return None
        return self._found(path.removeprefix(CDN).partition("/")[0])[1]

    def _found(self, name: str) -> tuple[Upload, Blob]:
        upload, now = self._uploads.get(name), self._world.clock.now()
        if upload is None or upload.core is None or (upload.ends_at is not None and now > upload.ends_at):
            raise _refused(404, "File not found")
        return upload, self._world.blobs.with_tail(upload.core, bytes.fromhex(upload.tail))

    def _begun(self, call: Call) -> _Parts:
        upload = self._uploads.get(call.parts["id"])
        if upload is None or upload.upload != call.parts["upload"] or upload.id not in self._parts:
            raise _refused(404, "Upload not found")
        return self._parts[upload.id]

    def _new(self, call: Call, file_name: str, media_type: str) -> Upload:
        told = call.headers.get("x-fal-object-lifecycle") or call.headers.get("x-fal-object-lifecycle-preference")
        life_s, forget_s = life_of(told), self._world.faults.number("forget_files_s", NAME)
        lives_s = forget_s or life_s
        upload = Upload(
            id=uuid.uuid4().hex[:20],
            file_name=file_name.replace("/", "_") or "upload.bin",
            media_type=media_type,
            ends_at=None if lives_s is None else self._world.clock.now() + lives_s,
        )
        self._uploads[upload.id] = upload
        return upload

    async def _stream(self, call: Call) -> Blob:
        try:
            blob = await self._world.blobs.put_stream(call.request.stream(), MOST_BYTES)
        except TooLarge:
            raise _refused(413, "File too large") from None
        if not blob.size:
            raise _refused(400, "The file is empty")
        return blob

    def _holds(self, upload: Upload, blob: Blob) -> None:
        upload.core, upload.tail = blob.core, blob.tail.hex()
        self._write(upload)

    def _write(self, upload: Upload) -> None:
        self._journal.append(asdict(upload))


def life_of(preference: str | None) -> float | None:
    """The seconds that a lifecycle header asks for; None for no end (and for what cannot be read, as with fal)."""
    try:
        told = json.loads(preference or "null")
    except ValueError:
        return None
    seconds = told.get("expiration_duration_seconds") if isinstance(told, dict) else None
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds <= 0:
        return None
    return float(seconds)


def _address(call: Call, upload: Upload) -> str:
    return f"{call.base}{CDN}{upload.id}/{quote(upload.file_name)}"


def _refused(status: int, text: str) -> Refused:
    return Refused(Answer(status, {"detail": text}))
