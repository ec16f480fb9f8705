"""Finds the media that a Luma request refers to, and measures the source (providers.md 1.4)."""

import base64
import binascii

from emulator.calls import Call, Trouble, Troubled
from emulator.footage import NotAFilm
from emulator.job import State
from emulator.links import DeadLink
from emulator.luma_files import LumaFiles
from emulator.luma_reading import Asked, Ref
from emulator.pictures import is_picture
from emulator.works import Blob, Film
from emulator.world import World

MOST_VIDEO, MOST_IMAGE = 200 * 2**20, 50 * 2**20
MOST_SECONDS = {"video_edit": 18, "video_reframe": 30}


class LumaMedia:
    """Turns references into bytes. Every method raises Troubled as Luma refuses."""

    def __init__(self, world: World, files: LumaFiles) -> None:
        self._world = world
        self._files = files

    async def source(self, call: Call, asked: Asked) -> tuple[Blob, Film]:
        """The film to start from, and what was measured of it."""
        blob = self._blob(call, asked.source, MOST_VIDEO)
        try:
            film = await self._world.measure(blob)
        except NotAFilm as error:
            raise Troubled(Trouble.UNUSABLE, f"source: the video cannot be read: {error}") from None
        most = MOST_SECONDS[asked.type]
        if film.seconds > most:
            raise Troubled(Trouble.UNUSABLE, f"source: {float(film.seconds):.2f} s; must be {most} seconds or shorter")
        if any(index >= film.frames for index in asked.indexes):
            raise Troubled(Trouble.UNUSABLE, f"video.edit.keyframe_indexes: the source has {film.frames} frames")
        return blob, film

    def picture(self, call: Call, ref: Ref) -> str:
        """The hash of a guide picture."""
        blob = self._blob(call, ref, MOST_IMAGE)
        if not is_picture(blob):
            raise Troubled(Trouble.UNUSABLE, f"{ref.place}: not a PNG, JPEG or WebP image")
        return blob.sha256

    def _blob(self, call: Call, ref: Ref, most: int) -> Blob:
        match ref.kind:
            case "generation_id":
                return self._result(ref)
            case "file_id":
                return self._files.ready(ref.value)
            case "data":
                blob = self._world.blobs.put(_decoded(ref))
            case _:
                blob = self._fetched(call, ref)
        if blob.size > most:
            raise Troubled(Trouble.REFUSED, f"{ref.place}: larger than {most // 2**20} MB", status=413)
        return blob

    def _result(self, ref: Ref) -> Blob:
        job = self._world.jobs.find("luma", ref.value)
        if job is None:
            raise Troubled(Trouble.NOT_FOUND, f"{ref.place}: generation not found")
        if self._world.jobs.state(job) is not State.DONE or job.outputs is None:
            raise Troubled(Trouble.REFUSED, f"{ref.place}: the generation has no video output (yet)")
        return job.outputs["film"]

    def _fetched(self, call: Call, ref: Ref) -> Blob:
        try:
            blob = self._world.blob_at(call, ref.value)
        except DeadLink as dead:
            raise Troubled(
                Trouble.UNUSABLE, f"{ref.place}: fetching the URL answered {403 if dead.expired else 404}"
            ) from None
        if blob is not None:
            return blob
        if not ref.value.startswith("https://"):
            raise Troubled(Trouble.REFUSED, f"{ref.place}.url: must be https")
        raise Troubled(Trouble.UNUSABLE, f"{ref.place}: the URL cannot be fetched: this stand-in has no network")


def _decoded(ref: Ref) -> bytes:
    try:
        return base64.b64decode(ref.value, validate=True)
    except (binascii.Error, ValueError):
        raise Troubled(Trouble.REFUSED, f"{ref.place}.data: not valid base64") from None
