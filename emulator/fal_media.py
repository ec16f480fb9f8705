"""Finds the media that a request to fal refers to by their addresses, and measures the source."""

from urllib.parse import urlsplit

from emulator.calls import Refused
from emulator.fal_requests import Asked, Invalid, Place, problem
from emulator.fal_storage import NAME, FalStorage
from emulator.footage import NotAFilm
from emulator.links import DeadLink
from emulator.pictures import is_picture
from emulator.works import Blob, Film
from emulator.world import World

MOST_REFRAME_S = 10
MOST_VIDEO, MOST_IMAGE = 200 * 2**20, 50 * 2**20
"""No document of fal's names a size: these are Luma's."""


class FalMedia:
    """Turns addresses into bytes. Raises Invalid as the model refuses."""

    def __init__(self, world: World, storage: FalStorage) -> None:
        self._world = world
        self._storage = storage

    async def source(self, asked: Asked) -> tuple[Blob, Film]:
        """The film to start from, and what was measured of it: an edit's is no longer than its bucket."""
        blob = self._fetched(asked.video, ("video_url",), MOST_VIDEO)
        try:
            film = await self._world.measure(blob)
        except NotAFilm as error:
            raise Invalid([problem(("video_url",), "unsupported_video_format", f"Unreadable video: {error}")]) from None
        most = asked.bucket_s or MOST_REFRAME_S
        if film.seconds > most:
            told = f"Video duration is {float(film.seconds):.2f}s, must be at most {most}s"
            ctx = {"max_duration": most, "provided_duration": float(film.seconds)}
            raise Invalid([problem(("video_url",), "video_duration_too_long", told, **ctx)])
        if any(index >= film.frames for index in asked.indexes):
            told = f"Value error, the source has {film.frames} frames"
            raise Invalid([problem(("keyframe_indexes",), "value_error", told)])
        return blob, film

    def picture(self, address: str, place: Place) -> str:
        """The hash of a guide picture."""
        blob = self._fetched(address, place, MOST_IMAGE)
        if not is_picture(blob):
            raise Invalid([problem(place, "image_load_error", "The image could not be loaded")])
        return blob.sha256

    def _fetched(self, address: str, place: Place, most: int) -> Blob:
        try:
            blob = self._at(address)
        except (DeadLink, Refused):
            blob = None
        if blob is None:
            told = "Failed to download the file. Please check if the URL is accessible and try again."
            raise Invalid([problem(place, "file_download_error", told, url=address)])
        if blob.size > most:
            raise Invalid([problem(place, "file_too_large", f"File size exceeds {most} bytes", max_size=most)])
        return blob

    def _at(self, address: str) -> Blob | None:
        """The bytes at an address of ours, under whatever name we are called: the CDN has another one than the queue."""
        if found := self._storage.at(address):
            return found
        name = self._world.links.read_address(address, frozenset({urlsplit(address).netloc}))
        return None if name is None else self._world.object(name)

    def origin(self, address: object) -> str:
        """What an address holds, in words that a second run would use too."""
        path = urlsplit(str(address)).path
        if f"/job/{NAME}/" in path:
            job = self._world.jobs.known(NAME, path.partition(f"/job/{NAME}/")[2].partition("/")[0])
            return job.work.asked if job else "unknown"
        try:
            blob = self._at(str(address))
        except (DeadLink, Refused):
            blob = None
        return blob.sha256 if blob else str(address)
