"""Runware's media: what was uploaded, what its tasks made, and whatever else a task may name as its input."""

import base64
import binascii
import hashlib
import uuid
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

from emulator.films import FILM
from emulator.footage import NotAFilm
from emulator.job import Job, State
from emulator.links import DeadLink
from emulator.pictures import is_picture
from emulator.runware_tasks import Asked, Refusal
from emulator.works import Blob, Film
from emulator.world import World

NAME = "runware"
MOST_EDIT_S, MOST_REFRAME_S = 18, 30
"""Luma's limits: Runware states none of its own (providers.md 0)."""
UNREACHED = "invalidValueUploadFailed"


@dataclass(slots=True, kw_only=True)
class Stored:
    """One upload."""

    id: str
    core: str
    sha256: str
    tail: str
    at: float
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A film to start from. `origin` tells it from all others without ids that differ from run to run."""

    blob: Blob
    film: Film
    origin: str


class RunwareMedia:
    """All media of one emulator; they outlive a restart where the bill does. Every method raises Refusal."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._journal = world.journal("runware-media")
        self._stored = {line["id"]: Stored(**line) for line in self._journal.kept}
        self._videos: dict[str, Job] = {}
        for job in world.jobs.of(NAME):
            self.made(job)

    def store(self, media: object) -> Stored:
        """Keep what a data URI, bare base64 or an address of ours holds."""
        if not isinstance(media, str) or not media:
            raise Refusal("invalidMedia", "Invalid value for 'media': it must be a URL, a data URI or base64.", "media")
        blob = self._fetched(media, "media") if _is_address(media) else self._world.blobs.put(_decoded(media, "media"))
        if self._world.faults.strikes("p_up_failed", NAME, blob.sha256):
            raise Refusal("invalidMedia", "The media could not be processed.", "media")
        drawn = self._world.faults.chance("media id", blob.sha256).getrandbits(128)
        name = str(uuid.UUID(int=drawn, version=4))
        name = str(uuid.uuid4()) if name in self._stored else name
        stored = Stored(id=name, core=blob.core, sha256=blob.sha256, tail=blob.tail.hex(), at=self._world.clock.now())
        return self._keep(stored)

    def delete(self, media: object) -> Stored:
        """Forget an upload."""
        stored = self._stored.get(str(media))
        if stored is None or stored.deleted:
            raise Refusal("mediaNotFound", f"There is no media {media!r}.", "media", 404)
        stored.deleted = True
        return self._keep(stored)

    def made(self, job: Job) -> None:
        """A task will make a film: let others name it."""
        self._videos.setdefault(video_uuid(job), job)

    async def source(self, asked: Asked) -> Source:
        """The film that a task starts from, measured and short enough."""
        blob, origin = self._named(asked.video, "inputs.video")
        try:
            film = await self._world.measure(blob)
        except NotAFilm as error:
            raise Refusal(
                "invalidInputsVideo", f"'inputs.video' cannot be read as a video: {error}.", "inputs.video"
            ) from None
        most = MOST_EDIT_S if asked.canvas is None else MOST_REFRAME_S
        if film.seconds > most:
            told = f"'inputs.video' lasts {float(film.seconds):.2f} s; it must be {most} seconds or shorter."
            raise Refusal("invalidInputsVideo", told, "inputs.video")
        last = max((frame for _, frame in asked.guides if isinstance(frame, int)), default=0)
        if last >= film.frames:
            told = f"There is no frame {last}: 'inputs.video' has {film.frames}."
            raise Refusal("invalidInputsFrameImagesFrame", told, "inputs.frameImages")
        return Source(blob, film, origin)

    def picture(self, image: str, place: int) -> str:
        """The hash of a guide picture."""
        where = f"inputs.frameImages.{place}.image"
        blob, _ = self._named(image, where)
        if not is_picture(blob):
            raise Refusal("invalidInputsFrameImagesImage", f"'{where}' is no PNG, JPEG or WebP picture.", where)
        return blob.sha256

    def origin(self, media: str) -> str:
        """What an input is, in words that a second run would use too."""
        if media in self._videos:
            return self._videos[media].work.asked
        return self._stored[media].sha256 if media in self._stored else _short(media)

    def _named(self, media: str, where: str) -> tuple[Blob, str]:
        if _is_uuid(media):
            return self._held(media.lower(), where), self.origin(media.lower())
        blob = self._fetched(media, where) if _is_address(media) else self._world.blobs.put(_decoded(media, where))
        return blob, blob.sha256

    def _held(self, name: str, where: str) -> Blob:
        if job := self._videos.get(name):
            if self._world.jobs.state(job) is State.DONE and job.outputs is not None:
                return job.outputs[FILM]
            raise Refusal(UNREACHED, f"'{where}': the video {name} is not there yet.", where)
        stored, forget_s = self._stored.get(name), self._world.faults.number("forget_files_s", NAME)
        is_over = stored is not None and forget_s and self._world.clock.now() > stored.at + forget_s
        if stored is None or stored.deleted or is_over:
            raise Refusal(UNREACHED, f"'{where}': there is no media {name}.", where)
        return self._world.blobs.with_tail(stored.core, bytes.fromhex(stored.tail))

    def _fetched(self, address: str, where: str) -> Blob:
        try:
            name = self._world.links.read_address(address, frozenset({urlsplit(address).netloc}))
            if name is not None:
                return self._world.object(name)
        except DeadLink as dead:
            told = f"'{where}': fetching the URL answered {403 if dead.expired else 404}."
            raise Refusal(UNREACHED, told, where) from None
        raise Refusal(UNREACHED, f"'{where}': the URL cannot be fetched: this stand-in has no network.", where)

    def _keep(self, stored: Stored) -> Stored:
        self._stored[stored.id] = stored
        self._journal.append(asdict(stored))
        return stored


def video_uuid(job: Job) -> str:
    """What the film of a task is called."""
    return str(uuid.UUID(bytes=hashlib.sha256(f"video {job.id}".encode()).digest()[:16], version=4))


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text.lower()
    except ValueError:
        return False


def _is_address(text: str) -> bool:
    return text.startswith(("https://", "http://"))


def _decoded(text: str, where: str) -> bytes:
    content = text.partition(";base64,")[2] if text.startswith("data:") else text
    try:
        decoded = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if not decoded:
        raise Refusal("invalidBase64", f"'{where}' is neither a URL nor a known UUID nor base64.", where)
    return decoded


def _short(text: str) -> str:
    return text if len(text) < 200 else hashlib.sha256(text.encode()).hexdigest()
